"""One's own page, made for a phone: results of the plugins, own entries with what was decided, consents, changes."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people import consent
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.people.records import masked
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import slots
from pointsys.web.access import current_actor, signed_in
from pointsys.web.entries import entries_of, entry_count
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.lists import Paged, list_args

blueprint = Blueprint("me", __name__)

View = Response | tuple[str, int]
FEW = 5
NOTICE_VERSION = "1"


@blueprint.get("/me")
@signed_in
def show_me() -> View:
    """The first page of somebody who takes part."""
    with read_scope() as session:
        person = _own_person(session)
        if person is None:
            return show("me/nobody.html")
        history = select(AuditRow).where(
            AuditRow.object_type == "person", AuditRow.object_id == person.public_id
        )
        return show(
            "me/index.html",
            person=person,
            known=masked(person),
            area=session.get(Area, person.area_id),
            slots=slots.member_cards(session, person),
            entries=entries_of(session, person, FEW),
            total=entry_count(session, person),
            consents=consent.current(session, [person.id]).get(person.id, {}),
            history=session.scalars(history.order_by(AuditRow.id.desc()).limit(10)).all(),
        )


@blueprint.get("/me/entries")
@signed_in
def entries() -> View:
    """All of one's own entries."""
    args = list_args(size=20)
    with read_scope() as session:
        person = _own_person(session)
        if person is None:
            return show("me/nobody.html")
        shown = entries_of(session, person, args.size, args.offset)
        return show("me/entries.html", page=Paged(shown, entry_count(session, person), args.page, args.size))


def _own_person(session: Session) -> Person | None:
    """The person of this account, under the row that is kept."""
    own = current_actor().person_id
    return None if own is None else session.get(Person, canonical_ids(session, [own])[own])


@blueprint.post("/me/consent")
@signed_in
def give_consent() -> View:
    """Agree to stand on public rankings, or take it back with one click."""
    withdraw = request.form.get("act") == "withdraw"
    try:
        with unit_of_work() as session:
            person = _own_person(session)
            if person is not None and withdraw:
                consent.withdraw(session, person, consent.RANKING, current_actor())
            elif person is not None:
                consent.give(session, person, consent.RANKING, NOTICE_VERSION, "screen", current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_("Your name does not stand on public rankings any more.")
            if withdraw
            else N_("Your name may stand on public rankings. You can take that back at any time.")
        )
    return redirect(url_for("me.show_me", _anchor="consents"), 303)
