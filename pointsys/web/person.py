"""One person's page for staff: what is known, masked; what changed; and the acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, SelectMultipleField, StringField, widgets

from pointsys.core.audit import AuditRow
from pointsys.core.people import consent, merging, unmasking
from pointsys.core.people.children import is_child
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import masked
from pointsys.core.people.services import leave, move_person, unmask, update_person
from pointsys.core.privacy.notices import in_force
from pointsys.core.rate_limits import TooMany
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import slots
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.entries import entries_of
from pointsys.web.forms import Form, at_most, chosen_day, needed
from pointsys.web.frame import flash_done, flash_outcome, show
from pointsys.web.people import PersonForm, age_on
from pointsys.web.privacy_words import CONSENT_TITLES
from pointsys.web.scope import area_choices, area_here, area_names, person_here

# Named after the list, so that the menu shows where one is.
blueprint = Blueprint("people_person", __name__)

View = Response | tuple[str, int]
CONSENTS = {kind: CONSENT_TITLES[kind] for kind in (consent.NOTICE, consent.RANKING)}
HISTORY = 30
FEW = 10


class EditForm(PersonForm):
    """The data with boxes to empty what a blank would keep."""

    clear = SelectMultipleField(
        lazy_gettext("Empty these"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )


class MoveForm(Form):
    """Where to and since when."""

    area = SelectField(lazy_gettext("New area"), [needed()])
    on = DateField(lazy_gettext("From this day"), [needed()])


class LeaveForm(Form):
    """The last day."""

    on = DateField(lazy_gettext("Last day here"), [needed()])


class UnmaskForm(Form):
    """Which value and what for."""

    field = SelectField(lazy_gettext("What to show"), [needed()])
    reason = StringField(lazy_gettext("What do you need it for?"), [needed(), at_most(200)])


@dataclass(frozen=True)
class Span:
    """A stretch of belonging, for the page."""

    area: str
    from_on: date | None
    to_on: date | None


@blueprint.get("/a/<code>/people/<pid>")
@area_scope("people.view")
def page(code: str, pid: str) -> View:
    """All about one person, masked."""
    with read_scope() as session:
        person = person_here(session, pid)
        if person.public_id != pid:
            return redirect(url_for("people_person.page", code=code, pid=person.public_id))
        return _page(session, person)


def _page(session: Session, person: Person, shown: dict[str, str] | None = None) -> tuple[str, int]:
    (rows,) = groups(session, [person.id]).values()
    others = list(session.scalars(select(Person).where(Person.id.in_(rows), Person.id != person.id)))
    editing = may("people.edit")
    held = consent.current(session, [person.id]).get(person.id, {})
    return show(
        "people/person.html",
        person=person,
        known=masked(person),
        age=age_on(person.birth_date),
        shown=shown or {},
        spans=_spans(session, rows),
        merged=others,
        alike=merging.duplicates_of(session, person, current_area().id) if editing else [],
        consents=held,
        consent_titles=CONSENTS,
        lacks_guardian=is_child(person.birth_date) and consent.GUARDIAN not in held,
        entries=entries_of(session, person, FEW) if may("log.view") else [],
        history=_history(session, [person, *others]),
        slots=slots.person_panels(session, person),
        looks=unmasking.looks_at(session, rows),
    )


def _spans(session: Session, rows: Sequence[int]) -> list[Span]:
    spans = session.scalars(
        select(PersonArea).where(PersonArea.person_id.in_(rows)).order_by(PersonArea.id.desc())
    ).all()
    names = area_names(session, {span.area_id for span in spans})
    ordered = sorted(spans, key=lambda span: (span.from_on or date.min, span.id), reverse=True)
    return [Span(names[span.area_id], span.from_on, span.to_on) for span in ordered]


def _history(session: Session, people: Sequence[Person]) -> list[AuditRow]:
    ids = [person.public_id for person in people]
    query = select(AuditRow).where(AuditRow.object_type == "person", AuditRow.object_id.in_(ids))
    return list(session.scalars(query.order_by(AuditRow.id.desc()).limit(HISTORY)))


@blueprint.route("/a/<code>/people/<pid>/edit", methods=["GET", "POST"])
@area_scope("people.edit")
def edit(code: str, pid: str) -> View:
    """Correct the data."""
    with read_scope() as session:
        person = person_here(session, pid)
        known = masked(person)
        form = EditForm(obj=None if request.method == "POST" else _editable(person))
        form.prepare()
        stored = {"phone": known.phone, "id_number": known.id_number, "note": person.note}
        form.clear.choices = [(name, name) for name, value in stored.items() if value]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "people.edit", person.area_id)
                changes = form.data_for(person.area_id)
                clear = {*(form.clear.data or ()), *_emptied(form)}
                changed = update_person(session, person, changes, current_actor(), clear=clear)
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The data is corrected.") if changed else N_("Nothing was changed."))
            return redirect(url_for("people_person.page", code=code, pid=pid), 303)
    status = 422 if form.errors or form.problems else 200
    return show("people/edit.html", status, form=form, known=known)


def _editable(person: Person) -> object:
    """What the form starts with: everything but phone and ID number, which stay masked."""

    class Start:
        name, sex, birth_date, note = person.name, person.sex or "", person.birth_date, person.note

    return Start


def _emptied(form: EditForm) -> set[str]:
    """Fields that are shown in full and came back empty."""
    return {name for name in ("sex", "birth_date", "note") if not form[name].data}


@blueprint.route("/a/<code>/people/<pid>/move", methods=["GET", "POST"])
@area_scope("people.edit")
def move(code: str, pid: str) -> View:
    """Let the person belong to another area from a day on."""
    form = MoveForm()
    with read_scope() as session:
        name = person_here(session, pid).name
        form.area.choices = [(choice.code, choice.label) for choice in area_choices(session)]
    if request.method == "GET":
        form.on.data = current_site().today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person, area = person_here(session, pid), area_here(session, form.area.data)
                require_again(session, "people.edit", person.area_id)
                require_again(session, "people.edit", area.id)
                move_person(session, person, area.id, chosen_day(form.on), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("%(name)s belongs to the new area now."), name=name)
            return redirect(url_for("people_person.page", code=code, pid=pid), 303)
    return show("people/move.html", 422 if form.errors or form.problems else 200, form=form, name=name)


@blueprint.route("/a/<code>/people/<pid>/leave", methods=["GET", "POST"])
@area_scope("people.edit")
def left(code: str, pid: str) -> View:
    """Record the person's last day here."""
    form = LeaveForm()
    with read_scope() as session:
        name = person_here(session, pid).name
    if request.method == "GET":
        form.on.data = current_site().today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "people.edit", person.area_id)
                leave(session, person, chosen_day(form.on), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Noted. What %(name)s did stays on record."), name=name)
            return redirect(url_for("people_person.page", code=code, pid=pid), 303)
    return show(
        "people/leave.html", 422 if form.errors or form.problems else 200, form=form, name=name,
        back=url_for("people_person.page", code=code, pid=pid),
    )  # fmt: skip


@blueprint.route("/a/<code>/people/<pid>/unmask", methods=["GET", "POST"])
@area_scope("people.unmask")
def reveal(code: str, pid: str) -> View:
    """Ask for a reason, then show one full value once; who asked and what for is kept."""
    form = UnmaskForm()
    with read_scope() as session:
        person = person_here(session, pid)
        known = masked(person)
        lately = unmasking.looked_lately(session, current_actor())
        looks = unmasking.looks_at(session, [person.id])
        fields = (("phone", known.phone, N_("Phone")), ("id_number", known.id_number, N_("ID number")))
        form.field.choices = [(key, str(lazy_gettext(title))) for key, value, title in fields if value]
        if not form.field.choices:
            abort(404)
    if request.method == "GET":
        form.field.data = request.args.get("field", "phone")
        form.reason.data = request.args.get("reason", "")[: unmasking.MAX_REASON]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "people.unmask", person.area_id)
                value = unmask(session, person, form.field.data, form.reason.data or "", current_actor())
        except TooMany:
            raise
        except Problem as problem:
            form.refuse(problem)
            if problem.code == "cannot_decrypt":
                with unit_of_work(drain=False) as session:
                    person = person_here(session, pid)
                    unmasking.note_unreadable(session, person, form.field.data, current_actor())
        else:
            with read_scope() as session:
                return _page(session, person_here(session, pid), {form.field.data: value})
    status = 422 if form.errors or form.problems else 200
    return show(
        "people/unmask.html",
        status,
        form=form,
        known=known,
        reasons=unmasking.REASONS,
        lately=lately,
        looks=looks,
    )


@blueprint.post("/a/<code>/people/<pid>/consent")
@area_scope("people.edit")
def record_consent(code: str, pid: str) -> View:
    """Record or take back a consent that the person gave to staff."""
    note_consent(pid)
    return redirect(url_for("people_person.page", code=code, pid=pid, _anchor="consents"), 303)


def note_consent(pid: str) -> None:
    """Record or take back what the person said to staff, or signed, as this request's form says, and tell so."""
    kind, act = request.form.get("kind", ""), request.form.get("act", "")
    with flash_outcome(N_("Noted.")), unit_of_work() as session:
        person = person_here(session, pid)
        require_again(session, "people.edit", person.area_id)
        if act == "withdraw":
            consent.withdraw(session, person, kind, current_actor())
        else:
            version = in_force(session, person.area_id).version
            consent.give(session, person, kind, version, "paper", current_actor())
