"""Hours above the day's limit: what waits for whom, and deciding on it.

The sub-district of the activity decides up to the second limit, the level above it on more. Where the tree has no such
level its topmost area decides. Nobody decides on their own hours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    CONFIRMED,
    N_,
    Actor,
    Area,
    AreaClosure,
    Entry,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    mark_people,
    may,
    name_condition,
    subtree,
    who_acts,
)

from ..models import VolunteerCredit
from .crediting import APPROVED, DISTRICT, PENDING, REJECTED, STREET
from .models import VolunteerApproval

PERMISSION = "volunteer.approve"
MAX_REASON = 300
_HIGHER = ("county", "city", "province")
# Who decides at which level: the nearest of these at or above the activity's area.
_DECIDING: Mapping[str, Collection[str]] = {STREET: ("subdistrict", *_HIGHER), DISTRICT: _HIGHER}
OUTCOMES = (APPROVED, REJECTED)
# How a list is narrowed: what waits, what was decided.
WAITS, DECIDED = "waits", "decided"
SORTS = ("date", "-date", "name", "-worth")


@dataclass(frozen=True)
class Row:
    """One entry above the day's limit; ``day_worth`` are all hours of the person on that date."""

    entry_id: int
    public_id: str
    person_id: int
    person_public_id: str
    name: str
    title: str
    area_id: int
    area: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    worth: int
    day_worth: int
    state: str
    level: str


def rows_below(
    session: Session,
    area_id: int,
    *,
    text: str = "",
    level: str = "",
    state: str = WAITS,
    sort: str = "date",
    limit: int,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """Entries of activities in an area and below that go beyond a limit, and how many there are; one statement."""
    credit = VolunteerCredit
    other = aliased(VolunteerCredit)
    of_day = (
        select(func.sum(other.worth))
        .where(other.person_id == credit.person_id, other.local_date == credit.local_date)
        .scalar_subquery()
    )
    order: Mapping[str, Sequence[Any]] = {
        "date": (credit.local_date.asc(), credit.entry_id.asc()),
        "-date": (credit.local_date.desc(), credit.entry_id.desc()),
        "name": (Person.name.asc(), credit.entry_id.asc()),
        "-worth": (credit.worth.desc(), credit.entry_id.asc()),
    }
    query = (
        select(
            Entry.id, Entry.public_id, credit.person_id, Person.public_id, Person.name, Entry.title, Entry.area_id,
            Area.name, credit.local_date, Entry.starts_at, Entry.ends_at, credit.worth, of_day, credit.state,
            credit.level, func.count().over(),
        )
        .join(Entry, Entry.id == credit.entry_id)
        .join(Person, Person.id == credit.person_id)
        .join(Area, Area.id == Entry.area_id)
        .where(
            credit.state == PENDING if state == WAITS else _decided(),
            Entry.area_id.in_(subtree(area_id)),
        )
        .order_by(*order.get(sort, order["date"]))
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if text:
        query = query.where(or_(name_condition(text), Entry.title.contains(text, autoescape=True)))
    if level:
        query = query.where(credit.level == level)
    found = session.execute(query).all()
    return [Row(*_plain(row)[:15]) for row in found], found[0][15] if found else 0


def _plain(row: Any) -> tuple[Any, ...]:
    return tuple(row)


def _decided() -> ColumnElement[bool]:
    decided = select(VolunteerApproval.entry_id)
    return VolunteerCredit.entry_id.in_(decided) & (VolunteerCredit.state != PENDING)


def waiting_counts(session: Session, area_id: int) -> Mapping[str, int]:
    """How many entries wait for approval in an area and below, by level; one statement."""
    credit = VolunteerCredit
    query = (
        select(credit.level, func.count())
        .join(Entry, Entry.id == credit.entry_id)
        .where(credit.state == PENDING, Entry.area_id.in_(subtree(area_id)))
        .group_by(credit.level)
    )
    return {level: int(count) for level, count in session.execute(query)}


def deciding_areas(session: Session, areas: Collection[int]) -> Mapping[tuple[int, str], int]:
    """(area of an activity, level) -> the area that decides; one statement."""
    query = (
        select(AreaClosure.descendant_id, Area.id, Area.level)
        .join(Area, Area.id == AreaClosure.ancestor_id)
        .where(AreaClosure.descendant_id.in_(areas))
        .order_by(AreaClosure.depth)
    )
    found: dict[tuple[int, str], int] = {}
    top: dict[int, int] = {}
    for below, area_id, kind in session.execute(query):
        top[below] = area_id
        for level, kinds in _DECIDING.items():
            if kind in kinds:
                found.setdefault((below, level), area_id)
    return {(below, level): found.get((below, level), top[below]) for below in top for level in _DECIDING}


def may_decide(session: Session, actor: Actor, rows: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of some (area of the activity, level) the actor may decide on."""
    deciding = deciding_areas(session, {area_id for area_id, _level in rows})
    allowed = {area_id: may(session, actor, PERMISSION, area_id) for area_id in set(deciding.values())}
    return {pair for pair in rows if allowed.get(deciding.get(pair, 0), False)}


def decide(
    session: Session, area: Area, public_ids: Collection[str], outcome: str, reason: str, actor: Actor
) -> int:
    """Approve or reject entries of activities in ``area`` and below, by their public ids; returns how many.

    What was decided already can be decided anew. Raises Problem nothing_chosen, reason_needed, unknown_entry,
    not_above_limit, own_hours and level_above.
    """
    reason = clean_text(reason)[:MAX_REASON]
    if outcome == REJECTED and not reason:
        raise Problem(
            "reason_needed", N_("Say why the hours are rejected; the volunteer reads it."), field="reason"
        )
    if not public_ids:
        raise Problem("nothing_chosen", N_("Choose at least one line."), field="id")
    rows = _asked(session, area, set(public_ids))
    who = who_acts(session, actor)
    if who.person is not None and any(row.person_id == who.person for row in rows):
        raise Problem("own_hours", N_("Somebody else has to decide on your own hours."), field="id")
    pairs = {(row.area_id, row.level) for row in rows}
    if not actor.unrestricted and may_decide(session, actor, pairs) != pairs:
        raise Problem(
            "level_above",
            N_("The level above the sub-district decides on these hours; leave them to it."),
            field="id",
        )
    now = current_site().now()
    session.execute(
        insert(VolunteerApproval),
        [
            {
                "entry_id": row.entry_id, "outcome": outcome, "level": row.level, "minutes": row.worth,
                "reason": reason, "actor": actor.label, "account_id": actor.account_id, "at": now,
            }
            for row in rows
        ],
    )  # fmt: skip
    session.flush()
    event = "volunteer.hours_approved" if outcome == APPROVED else "volunteer.hours_rejected"
    audit.write(
        session, actor, event, "entry", rows[0].public_id if len(rows) == 1 else "",
        area_id=area.id, count=len(rows), after={"minutes": sum(row.worth for row in rows), "reason": reason},
    )  # fmt: skip
    mark_people(session, {row.person_id for row in rows})
    return len(rows)


@dataclass(frozen=True)
class _Asked:
    entry_id: int
    public_id: str
    person_id: int
    area_id: int
    worth: int
    level: str


def _asked(session: Session, area: Area, public_ids: Collection[str]) -> list[_Asked]:
    credit = VolunteerCredit
    last = (
        select(VolunteerApproval.level)
        .where(VolunteerApproval.entry_id == credit.entry_id)
        .order_by(VolunteerApproval.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Entry.id, Entry.public_id, credit.person_id, Entry.area_id, credit.worth, credit.level, last)
        .join(Entry, Entry.id == credit.entry_id)
        .where(
            Entry.public_id.in_(public_ids),
            Entry.status == CONFIRMED,
            Entry.area_id.in_(subtree(area.id)),
        )
        .order_by(Entry.id)
    )
    found = [
        _Asked(row[0], row[1], row[2], row[3], row[4], row[5] or row[6] or "")
        for row in session.execute(query)
    ]
    if len(found) < len(public_ids):
        raise Problem("unknown_entry", N_("One of these entries does not exist."), field="id")
    if any(not row.level for row in found):
        raise Problem(
            "not_above_limit", N_("These hours are below the day's limit and count already."), field="id"
        )
    return found


@dataclass(frozen=True)
class Decided:
    """One decision on an entry, as its page tells it."""

    outcome: str
    level: str
    minutes: int
    reason: str
    actor: str
    at: datetime


def decisions_of(session: Session, entry_id: int) -> list[Decided]:
    """The decisions on one entry, the first first."""
    row = VolunteerApproval
    query = (
        select(row.outcome, row.level, row.minutes, row.reason, row.actor, row.at)
        .where(row.entry_id == entry_id)
        .order_by(row.id)
    )
    return [Decided(*_plain(found)) for found in session.execute(query)]
