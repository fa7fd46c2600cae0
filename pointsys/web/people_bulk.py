"""Changing many people at once: pick them in the list, choose the change, look at what it would do, do it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField

from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.bulk_edit import ACTS, MOST, Change, Order, change_people
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, needed, optional
from pointsys.web.frame import flash_done, show
from pointsys.web.scope import area_choices, area_here, area_names, missing

blueprint = Blueprint("people_bulk", __name__)

View = Response | tuple[str, int]


class BulkForm(Form):
    """What to change; the area matters for a move, the day for a move and a departure."""

    act = SelectField(lazy_gettext("What to change"), [needed()])
    area = SelectField(lazy_gettext("New area"), [optional()])
    on = DateField(lazy_gettext("Day"), [optional()])


class _OnlyTried(Exception):
    """Undoes the transaction in which a change was tried, and carries what came of it."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__("tried")
        self.changes = changes


@blueprint.post("/a/<code>/people/bulk")
@area_scope("people.edit")
def change(code: str) -> View:
    """The form for the picked people, its preview, and the change itself; ``step`` tells which."""
    form, step = BulkForm(), request.form.get("step", "")
    form.act.choices = [(act, gettext(title)) for act, title in ACTS.items()]
    with read_scope() as session:
        form.area.choices = [("", ""), *((choice.code, choice.label) for choice in area_choices(session))]
        people = _picked(session)
        places = area_names(session, {person.area_id for person in people})
        lines = [(person.public_id, person.name, places[person.area_id]) for person in people]
    changes: list[Change] = []
    if step and form.validate():
        try:
            changes = _carry_out(form, only_try=step != "apply")
        except Problem as problem:
            form.refuse(problem)
        else:
            if step == "apply":
                flash_done(N_("%(n)s people changed."), n=sum(not change.same for change in changes))
                return redirect(url_for("people.index", code=code), 303)
    elif not step:
        form.on.data = current_site().today()
    status = 422 if form.errors or form.problems else 200
    return show(
        "people/bulk.html", status, form=form, lines=lines, changes=changes,
        places={public_id: place for public_id, _name, place in lines},
        good=[c.public_id for c in changes if c.problem is None and not c.same],
    )  # fmt: skip


def _picked(session: Session) -> list[Person]:
    """The people whose boxes are ticked, all of them below the page's area."""
    wanted = set(request.form.getlist("id"))
    if not 0 < len(wanted) <= MOST:
        raise Problem("bad_selection", N_("Select between 1 and %(most)s people."), field="id", most=MOST)
    query = select(Person).where(Person.public_id.in_(wanted), Person.area_id.in_(subtree(current_area().id)))
    found = list(session.scalars(query.order_by(Person.sort_key, Person.id)))
    kept = canonical_ids(session, [person.id for person in found])
    if len(found) != len(wanted) or any(kept[person.id] != person.id for person in found):
        missing()
    return found


def _carry_out(form: BulkForm, *, only_try: bool) -> list[Change]:
    """Make the change for all or for nobody; trying is the same with the transaction undone."""
    try:
        with unit_of_work() as session:
            require_again(session, "people.edit", current_area().id)
            people = _picked(session)
            _may_all(session, people)
            area: Area | None = area_here(session, form.area.data) if form.area.data else None
            order = Order(form.act.data or "", area, form.on.data)
            changes = change_people(session, people, order, current_actor())
            if only_try:
                raise _OnlyTried(changes)
            if refused := next((c.problem for c in changes if c.problem is not None), None):
                # Somebody else changed one of them since the preview: nobody is changed by halves.
                raise refused
    except _OnlyTried as tried:
        return tried.changes
    return changes


def _may_all(session: Session, people: Sequence[Person]) -> None:
    for area_id in {person.area_id for person in people}:
        require_again(session, "people.edit", area_id)
