"""The data of one person, for staff: consents and guardian, requests taken for them, erasing, freezing, a death."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, SelectField, StringField

from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.attachments.models import Attachment
from pointsys.core.attachments.services import ACTIVITY
from pointsys.core.documents.models import Document
from pointsys.core.people import consent
from pointsys.core.people.children import is_child
from pointsys.core.people.groups import groups
from pointsys.core.privacy import deaths, erasing, freezing, notices, requests
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, require_again
from pointsys.web.forms import Form, at_most, chosen_day, needed
from pointsys.web.frame import flash_done, flash_outcome, flash_problem, show
from pointsys.web.person import note_consent
from pointsys.web.privacy_words import CONSENT_TITLES
from pointsys.web.scope import person_here

# Named after the list, so that the menu shows where one is.
blueprint = Blueprint("people_privacy", __name__)

View = Response | tuple[str, int]


class GuardianForm(Form):
    """Who agreed for the child, and how."""

    by_whom = StringField(lazy_gettext("Name of the guardian"), [needed(), at_most(60)])
    relation = StringField(lazy_gettext("What they are to the child"), [needed(), at_most(20)])
    method = SelectField(lazy_gettext("How they agreed"), [needed()])


class CloseForm(Form):
    """Why, and that one knows what follows."""

    why = SelectField(lazy_gettext("Why"), [needed()])
    sure = BooleanField(lazy_gettext("I have read what follows."), [needed()])


class DeathForm(Form):
    """The day."""

    on = DateField(lazy_gettext("Died on"), [needed()])


METHODS = {"paper": N_("signed on paper"), "spoken": N_("said so in person")}


def _back(code: str, pid: str) -> Response:
    return redirect(url_for("people_privacy.page", code=code, pid=pid), 303)


@blueprint.get("/a/<code>/people/<pid>/privacy")
@area_scope("people.view")
def page(code: str, pid: str) -> View:
    """What was agreed and asked, and what can be done."""
    return _page(pid, _guardian_form())


def _guardian_form() -> GuardianForm:
    form = GuardianForm()
    form.method.choices = [(key, gettext(text)) for key, text in METHODS.items()]
    return form


def _page(pid: str, form: GuardianForm) -> View:
    with read_scope() as session:
        person = person_here(session, pid)
        held = consent.current(session, [person.id]).get(person.id, {})
        child = is_child(person.birth_date)
        kinds = [kind for kind in CONSENT_TITLES if kind != consent.GUARDIAN or child or kind in held]
        return show(
            "people/privacy.html",
            422 if form.errors or form.problems else 200,
            person=person,
            consents=held,
            titles={kind: CONSENT_TITLES[kind] for kind in kinds},
            child=child,
            form=form,
            asked=requests.of_person(session, person),
            kinds=requests.KINDS,
            states=requests.STATES,
            askers=requests.ASKERS,
            unread=notices.to_read(session, person) is not None,
            today=current_site().today(),
            guardian=consent.GUARDIAN,
        )


@blueprint.post("/a/<code>/people/<pid>/privacy/consent")
@area_scope("people.edit")
def record_consent(code: str, pid: str) -> View:
    """Record or take back what the person said to staff, or signed."""
    note_consent(pid)
    return _back(code, pid)


@blueprint.post("/a/<code>/people/<pid>/privacy/guardian")
@area_scope("people.edit")
def guardian(code: str, pid: str) -> View:
    """Record that a guardian agrees that the child takes part."""
    form = _guardian_form()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "people.edit", person.area_id)
                version = notices.in_force(session, person.area_id).version
                consent.give(
                    session, person, consent.GUARDIAN, version, form.method.data, current_actor(),
                    by_whom=form.by_whom.data or "", relation=form.relation.data or "",
                )  # fmt: skip
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Noted. What the child takes part in can be recorded now."))
            return _back(code, pid)
    return _page(pid, form)


@blueprint.post("/a/<code>/people/<pid>/privacy/ask")
@area_scope("people.edit")
def ask(code: str, pid: str) -> View:
    """Take down what the person, a guardian or relatives ask at the counter or on the telephone."""
    try:
        with unit_of_work() as session:
            person = person_here(session, pid)
            require_again(session, "people.edit", person.area_id)
            said = request.form
            due = requests.ask(
                session, person, said.get("kind", ""), said.get("text", ""), current_actor(),
                asker=said.get("asker", ""),
            ).due_on  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Noted. It has to be answered by %(day)s."), day=due.isoformat())
    return _back(code, pid)


@blueprint.route("/a/<code>/people/<pid>/privacy/died", methods=["GET", "POST"])
@area_scope("people.edit")
def died(code: str, pid: str) -> View:
    """Record a death: the person stands on no ranking and gets no message any more."""
    form = DeathForm()
    with read_scope() as session:
        name = person_here(session, pid).name
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "people.edit", person.area_id)
                deaths.record_death(session, person, chosen_day(form.on), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Noted. What %(name)s did stays on record."), name=name)
            return _back(code, pid)
    return show(
        "people/died.html",
        422 if form.errors or form.problems else 200,
        form=form,
        name=name,
        back=url_for("people_privacy.page", code=code, pid=pid),
    )


@blueprint.route("/a/<code>/people/<pid>/privacy/erase", methods=["GET", "POST"])
@area_scope("privacy.manage")
def erase(code: str, pid: str) -> View:
    """Erase for good: what goes, what stays, why, and yes."""
    form = CloseForm()
    form.why.choices = [(key, gettext(text)) for key, text in erasing.ERASE_REASONS.items()]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "privacy.manage", person.area_id)
                erasing.erase(session, person, form.why.data, current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The data is erased. Hours and points of the area are what they were."))
            return redirect(url_for("people.index", code=code), 303)
    return _closing_page("people/erase.html", pid, form)


@blueprint.route("/a/<code>/people/<pid>/privacy/freeze", methods=["GET", "POST"])
@area_scope("privacy.manage")
def freeze(code: str, pid: str) -> View:
    """Keep the data sealed, and use it for nothing."""
    form = CloseForm()
    form.why.choices = [(key, gettext(text)) for key, text in erasing.FREEZE_REASONS.items()]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                person = person_here(session, pid)
                require_again(session, "privacy.manage", person.area_id)
                freezing.freeze(session, person, form.why.data, current_actor())
                requests.carried_out(session, person, requests.FREEZE, current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The data is frozen: it is kept, and used for nothing."))
            return redirect(url_for("people.index", code=code), 303)
    return _closing_page("people/freeze.html", pid, form)


@blueprint.post("/a/<code>/people/<pid>/privacy/free")
@area_scope("privacy.manage")
def free(code: str, pid: str) -> View:
    """Use frozen data again."""
    with (
        flash_outcome(N_("The data is in use again. The account stays disabled until somebody enables it.")),
        unit_of_work() as session,
    ):
        person = person_here(session, pid)
        require_again(session, "privacy.manage", person.area_id)
        freezing.free(session, person, current_actor())
    return redirect(url_for("people_person.page", code=code, pid=pid), 303)


def _closing_page(template: str, pid: str, form: CloseForm) -> View:
    with read_scope() as session:
        person = person_here(session, pid)
        ((_kept, rows),) = groups(session, [person.id]).items()
        return show(
            template,
            422 if form.errors or form.problems else 200,
            form=form,
            person=person,
            counts=_counts(session, rows),
            photos=_photos(session, rows),
        )


def _counts(session: Session, rows: list[int]) -> dict[str, int]:
    entries = select(func.count()).select_from(Entry).where(Entry.person_id.in_(rows))
    papers = (
        select(func.count())
        .select_from(Document)
        .where(Document.person_id.in_(rows), Document.snapshot != "")
    )
    row = session.execute(select(entries.scalar_subquery(), papers.scalar_subquery())).one()
    return {"entries": row[0], "papers": row[1], "rows": len(rows)}


def _photos(session: Session, rows: list[int]) -> list[Activity]:
    """Activities of the person with photos: whoever erases looks whether the person is to be seen there."""
    query = (
        select(Activity)
        .join(
            Attachment, (Attachment.subject_type == ACTIVITY) & (Attachment.subject_id == Activity.public_id)
        )
        .where(Activity.id.in_(select(Entry.activity_id).where(Entry.person_id.in_(rows))))
        .distinct()
        .order_by(Activity.local_date.desc(), Activity.id.desc())
        .limit(50)
    )
    return list(session.scalars(query))
