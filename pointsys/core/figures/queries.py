"""What pages ask: an area's months, what there is in it now, and the areas right below it.

Person-times and people count where the person belonged on the day, wherever they helped; activities and what waits
for a decision count where the activity was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.core.activity_log.models import CONFIRMED, PENDING, Entry, Pending
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.people.models import Person, PersonAlias


@dataclass(frozen=True)
class MonthFigures:
    """A month of an area and everything below it; ``month`` as "2026-03".

    ``activities`` of the area with a confirmed entry; ``entries`` are confirmed person-times of the area's people;
    ``people`` are those behind them, counted once in each lowest area; ``unconfirmed`` entries wait for a decision.
    """

    month: str
    activities: int = 0
    entries: int = 0
    people: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class AreaCounts:
    """What there is now: people (merged ones once), entries that wait, people whose results are not computed yet."""

    people: int
    unconfirmed: int
    waiting: int


@dataclass(frozen=True)
class ChildFigures:
    """An area right below: people who belong there, and person-times and people of a month."""

    area_id: int
    code: str
    name: str
    people: int
    entries: int
    month_people: int


def month_range(first: str, last: str) -> list[str]:
    """Every month from ``first`` to ``last``, both included; empty when they are the wrong way round."""
    start, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1)]


def _days(first: str, last: str) -> tuple[date, date]:
    end = date(int(last[:4]), int(last[5:7]), 1)
    return date(int(first[:4]), int(first[5:7]), 1), (end + timedelta(days=31)).replace(day=1) - timedelta(
        days=1
    )


def months(session: Session, area_id: int, first: str, last: str) -> list[MonthFigures]:
    """One line for every month from ``first`` to ``last``, also for months in which nothing happened."""
    found = {month: MonthFigures(month) for month in month_range(first, last)}
    if not found:
        return []
    start, end = _days(first, last)
    month = func.substr(cast(Entry.local_date, String), 1, 7).label("month")
    within = Entry.local_date.between(start, end)
    inside = subtree(area_id)
    own = select(month, func.count(), func.count(Entry.person_id.distinct())).where(
        Entry.person_area_id.in_(inside), within, Entry.status == CONFIRMED
    )
    for key, entries, people in session.execute(own.group_by(month)):
        found[key] = replace(found[key], entries=entries, people=people)
    held = select(month, func.count(Entry.activity_id.distinct())).where(
        Entry.area_id.in_(inside), within, Entry.status == CONFIRMED
    )
    for key, activities in session.execute(held.group_by(month)):
        found[key] = replace(found[key], activities=activities)
    waits = select(month, func.count()).where(Entry.area_id.in_(inside), within, Entry.status == PENDING)
    for key, unconfirmed in session.execute(waits.group_by(month)):
        found[key] = replace(found[key], unconfirmed=unconfirmed)
    return list(found.values())


def _people_in(area_ids: Select[int]) -> ColumnElement[int]:
    rows = select(func.count()).select_from(Person).where(Person.area_id.in_(area_ids))
    merged = (
        select(func.count())
        .select_from(PersonAlias)
        .join(Person, Person.id == PersonAlias.merged_id)
        .where(Person.area_id.in_(area_ids))
    )
    return rows.scalar_subquery() - merged.scalar_subquery()


def counts(session: Session, area_id: int) -> AreaCounts:
    """People, waiting entries and waiting marks of an area and below, in one statement."""
    inside = subtree(area_id)
    entries = select(func.count()).select_from(Entry)
    unconfirmed = entries.where(Entry.area_id.in_(inside), Entry.status == PENDING)
    marks = select(func.count(Pending.person_id.distinct())).join(Person, Person.id == Pending.person_id)
    waiting = marks.where(Person.area_id.in_(inside))
    row = session.execute(
        select(_people_in(inside), unconfirmed.scalar_subquery(), waiting.scalar_subquery())
    ).one()
    return AreaCounts(*row)


def children(session: Session, area_id: int, month: str) -> list[ChildFigures]:
    """The open areas right below, by code, with their people and the month's person-times."""
    below = aliased(AreaClosure)
    inside = select(below.descendant_id).where(below.ancestor_id == Area.id).correlate(Area)
    areas: Sequence[Any] = session.execute(
        select(Area.id, Area.code, Area.name, _people_in(inside))
        .where(Area.parent_id == area_id, Area.closed_on.is_(None))
        .order_by(Area.code)
    ).all()
    start, end = _days(month, month)
    served = session.execute(
        select(below.ancestor_id, func.count(), func.count(Entry.person_id.distinct()))
        .join(Entry, Entry.person_area_id == below.descendant_id)
        .where(
            below.ancestor_id.in_(select(Area.id).where(Area.parent_id == area_id)),
            Entry.local_date.between(start, end),
            Entry.status == CONFIRMED,
        )
        .group_by(below.ancestor_id)
    )
    by_area = {ancestor: (entries, people) for ancestor, entries, people in served}
    return [ChildFigures(a, code, name, people, *by_area.get(a, (0, 0))) for a, code, name, people in areas]
