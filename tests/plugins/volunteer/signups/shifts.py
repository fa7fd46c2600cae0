"""Short ways to an activity with shifts, and to people who sign up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.planning import Plan
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.signups import opening, planning, services
from pointsys.plugins.volunteer.signups.models import (
    HOLDING,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from pointsys.plugins.volunteer.signups.planning import Terms
from pointsys.plugins.volunteer.signups.rules import Shift
from pointsys.plugins.volunteer.signups.services import Outcome, Wish
from tests.factories import at

DAY = date(2026, 7, 4)


@dataclass(frozen=True)
class Made:
    """An activity and its shifts, ids only."""

    activity: int
    slots: tuple[int, ...]


def make(
    area_id: int,
    *,
    title: str = "清洁家园",
    day: date = DAY,
    start: str = "09:00",
    end: str = "12:00",
    shifts: tuple[tuple[str, str, str, int], ...] = (),
    opened: bool = True,
    **terms: Any,
) -> Made:
    """An activity of ``area_id`` that is open; without ``shifts`` one for two people, the whole time."""
    with unit_of_work() as session:
        area = session.get_one(Area, area_id)
        kind = kinds_for(session, area.id)["志愿服务"].id
        wanted = shifts or (("引导员", start, end, 2),)
        plan = Plan(at(day, start), at(day, end), 0, "", "广场")
        rows = planning.plan_recruiting(
            session, area, kind, title, day, plan, Terms(**{"needs_approval": False, **terms}),
            [Shift(role, _clock(first), _clock(last), places) for role, first, last, places in wanted], SYSTEM,
        )  # fmt: skip
        if opened:
            opening.open_recruiting(session, rows[0], SYSTEM)
        return Made(rows[0].activity_id, tuple(slot.id for slot in slots(session, rows[0].activity_id)))


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def slots(session: Session, activity: int) -> list[VolunteerSlot]:
    """The shifts in the order in which they were made."""
    query = select(VolunteerSlot).where(VolunteerSlot.activity_id == activity).order_by(VolunteerSlot.id)
    return list(session.scalars(query))


def sign_up(slot: int, *people: int, actor: Actor = SYSTEM, **wish: Any) -> Outcome:
    """Sign people up for a shift."""
    with unit_of_work() as session:
        found = session.get_one(VolunteerSlot, slot)
        row = session.get_one(VolunteerActivity, found.activity_id)
        named = [session.get_one(Person, person) for person in people]
        return services.sign_up(session, row, found, named, actor, Wish(**wish))


def states(slot: int) -> dict[int, str]:
    """Person -> state."""
    with unit_of_work() as session:
        rows = session.execute(
            select(VolunteerSignup.person_id, VolunteerSignup.state).where(VolunteerSignup.slot_id == slot)
        )
        return {row[0]: row[1] for row in rows}


def decide(slot: int, people: list[int], outcome: str, reason: str = "", actor: Actor = SYSTEM) -> int:
    """Decide on people's sign-ups for a shift."""
    with unit_of_work() as session:
        rows = _rows(session, slot, people)
        row = session.get_one(VolunteerActivity, session.get_one(VolunteerSlot, slot).activity_id)
        return int(services.decide(session, row, rows, outcome, reason, actor))


def withdraw(slot: int, person: int) -> str:
    """Somebody takes their sign-up back; the state afterwards."""
    with unit_of_work() as session:
        row = session.get_one(VolunteerActivity, session.get_one(VolunteerSlot, slot).activity_id)
        return str(services.withdraw(session, row, _rows(session, slot, [person])[0], SYSTEM).state)


def _rows(session: Session, slot: int, people: list[int]) -> list[VolunteerSignup]:
    query = select(VolunteerSignup).where(
        VolunteerSignup.slot_id == slot, VolunteerSignup.person_id.in_(people)
    )
    return list(session.scalars(query.order_by(VolunteerSignup.id)))


def places_are_true(session: Session) -> bool:
    """Whether each shift says how many really hold a place, and no more than it has."""
    for slot in session.scalars(select(VolunteerSlot).execution_options(populate_existing=True)):
        held = session.scalars(
            select(VolunteerSignup.id).where(
                VolunteerSignup.slot_id == slot.id, VolunteerSignup.state.in_(HOLDING)
            )
        ).all()
        if slot.taken != len(held) or slot.taken > slot.capacity:
            return False
    return True
