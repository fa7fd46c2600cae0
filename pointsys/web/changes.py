"""What concerns a person, in plain words: for themselves (``/me/changes``), and for staff beside the person's page."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.activity_log.models import CONFIRMED, REJECTED, VOIDED
from pointsys.core.people import history
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, may, signed_in
from pointsys.web.events import event_title
from pointsys.web.frame import show
from pointsys.web.lists import list_args
from pointsys.web.scope import person_here

blueprint = Blueprint("people_changes", __name__)

View = Response | tuple[str, int]
LOOKS = {
    "phone": N_("Full phone number looked at"),
    "id_number": N_("Full ID number looked at"),
}
OUTCOMES = {CONFIRMED: N_("Entry confirmed"), REJECTED: N_("Entry rejected"), VOIDED: N_("Entry voided")}
RECORDED = N_("Entry recorded")


def words_of(change: history.Change) -> str:
    """What happened, in a few words of the reader's language."""
    if change.source == history.ENTRY:
        return str(gettext(RECORDED))
    known = {history.LOOK: LOOKS, history.DECISION: OUTCOMES}.get(change.source)
    return str(gettext(known.get(change.what, change.what))) if known else event_title(change.what)


@blueprint.get("/me/changes")
@signed_in
def mine() -> View:
    """All that was done with one's own data and entries."""
    args = list_args(size=20)
    with read_scope() as session:
        person = _own(session)
        if person is None:
            return show("me/nobody.html")
        (ids,) = groups(session, [person.id]).values()
        found = history.changes(session, ids, args.size + 1, args.offset)
        return show("me/changes.html", args=args, **_shown(found, args.size))


def _own(session: Session) -> Person | None:
    own = current_actor().person_id
    if own is None:
        return None
    return session.scalar(select(Person).where(Person.id == canonical_ids(session, [own])[own]))


def _shown(found: list[history.Change], size: int) -> dict[str, object]:
    """A page of changes, and whether there are older ones."""
    return {"changes": [(change, words_of(change)) for change in found[:size]], "older": len(found) > size}


@blueprint.get("/a/<code>/people/<pid>/changes")
@area_scope("people.view")
def of_person(code: str, pid: str) -> View:
    """The same for staff who see the person."""
    args = list_args(size=20)
    with read_scope() as session:
        person = person_here(session, pid)
        if person.public_id != pid:
            return redirect(url_for("people_changes.of_person", code=code, pid=person.public_id))
        (ids,) = groups(session, [person.id]).values()
        found = history.changes(session, ids, args.size + 1, args.offset, log=may("log.view"))
        return show("people/changes.html", person=person, args=args, **_shown(found, args.size))
