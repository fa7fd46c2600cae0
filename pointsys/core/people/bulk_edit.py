"""One change for many people, tried before it is made: the same services, each person in a savepoint of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave, move_person
from pointsys.kit.problems import N_, Problem

MOVE = "move"
LEAVE = "leave"
TOLD = "told"
AGREED = "agreed"
ACTS = {
    MOVE: N_("Move to another area"),
    LEAVE: N_("Note that they left"),
    TOLD: N_("Note that they have been told how the data is used (signed on paper)"),
    AGREED: N_("Note that they agree to stand on public rankings (signed on paper)"),
}
_CONSENTS = {TOLD: consent.NOTICE, AGREED: consent.RANKING}
# The edition of the notice that is signed on paper, as on a person's own page.
PAPER_VERSION = "1"
MOST = 500


@dataclass(frozen=True)
class Order:
    """What is to be done: ``area`` for a move, ``on`` (a local day) for a move or a departure."""

    act: str
    area: Area | None = None
    on: date | None = None


@dataclass(frozen=True)
class Change:
    """What happened, or would happen, to one person: ``problem`` is why nothing does, ``same`` that nothing need."""

    public_id: str
    name: str
    problem: Problem | None
    same: bool


def change_people(session: Session, people: Sequence[Person], order: Order, actor: Actor) -> list[Change]:
    """Carry ``order`` out for each of ``people``; whoever it is refused for is left as they were.

    Raises Problem unknown_act, bad_selection, or field_needed where the order lacks its area or day.
    """
    if order.act not in ACTS:
        raise Problem("unknown_act", N_("Choose what to change."), field="act")
    if not 0 < len(people) <= MOST:
        raise Problem("bad_selection", N_("Select between 1 and %(most)s people."), field="id", most=MOST)
    if order.act == MOVE and order.area is None:
        raise Problem("field_needed", N_("Choose the new area."), field="area")
    if order.act in (MOVE, LEAVE) and order.on is None:
        raise Problem("field_needed", N_("Choose the day."), field="on")
    return [_change(session, person, order, actor) for person in people]


def _change(session: Session, person: Person, order: Order, actor: Actor) -> Change:
    public_id, name = person.public_id, person.name
    try:
        with session.begin_nested():
            changed = _act(session, person, order, actor)
    except Problem as problem:
        return Change(public_id, name, problem, same=False)
    return Change(public_id, name, None, same=not changed)


def _act(session: Session, person: Person, order: Order, actor: Actor) -> bool:
    """Do it; returns whether it made a difference."""
    if order.act == MOVE:
        assert order.area is not None
        assert order.on is not None
        before = (person.area_id, person.left_on)
        move_person(session, person, order.area.id, order.on, actor)
        return (person.area_id, person.left_on) != before
    if order.act == LEAVE:
        assert order.on is not None
        leave(session, person, order.on, actor)
        return True
    kind = _CONSENTS[order.act]
    known = consent.current(session, [person.id]).get(person.id, {}).get(kind)
    consent.give(session, person, kind, PAPER_VERSION, "paper", actor)
    return known is None
