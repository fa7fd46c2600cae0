"""Ranks, sums and first places of wide areas for one stored period, without sorting their people.

Sums and ranks come from the histogram. The first are found by walking down an index of everybody's minutes in all
areas: nobody has more in one area than in all of them, so whoever has not been met cannot be among the first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import AreaClosure, Person, table_of, waiting, waiting_count

from .hours import Tally
from .models import VolunteerBalance, VolunteerHistogram
from .reports.models import VolunteerUnranked

# With fewer people than this in an area, sorting them is cheaper than walking past those of other areas.
LEAST_TO_WALK = 2_000
# People, their minutes and entries, and how many of them have any minutes.
Sums = tuple[int, Tally, int]
_NOTHING: Sums = (0, Tally(), 0)


@dataclass(frozen=True)
class First:
    """Somebody among the first of an area; ``waits`` as in lists of hours."""

    person_id: int
    public_id: str
    name: str
    sort_key: str
    minutes: int
    entries: int
    rank: int
    waits: bool
    unranked: bool


def is_unranked(person_id: Any) -> ColumnElement[bool]:
    """Whether a person (kept id) asked not to be shown on rankings, as a column called so."""
    return select(literal(1)).where(VolunteerUnranked.person_id == person_id).exists().label("unranked")


def inside(area_id: int, column: Any = VolunteerBalance.area_id) -> ColumnElement[bool]:
    """Whether a row's area lies below ``area_id``, asked for each row: good where few rows are met."""
    closure = aliased(AreaClosure)
    found = select(closure.depth).where(closure.ancestor_id == area_id, closure.descendant_id == column)
    return found.exists()


def figures() -> tuple[ColumnElement[Any], ...]:
    """People, their minutes and entries, and how many of them have minutes, summed over rows of the histogram."""
    histogram = VolunteerHistogram
    return (
        func.sum(histogram.people),
        func.sum(histogram.people * histogram.minutes),
        func.sum(histogram.entries),
        func.sum(case((histogram.minutes > 0, histogram.people), else_=0)),
    )


def sums(session: Session, area_id: int, periods: Collection[str]) -> dict[str, Sums]:
    """People, their minutes and entries, and how many of them have minutes, of each period; every period is a key."""
    histogram = VolunteerHistogram
    rows = session.execute(
        select(histogram.period, *figures())
        .where(histogram.area_id == area_id, histogram.period.in_(list(periods)))
        .group_by(histogram.period)
    )
    found = {
        period: (int(people), Tally(int(minutes), int(n)), int(active))
        for period, people, minutes, n, active in rows
    }
    return {period: found.get(period, _NOTHING) for period in periods}


def sums_of_areas(session: Session, areas: Collection[int], period: str) -> dict[int, Sums]:
    """The same of one period for several wide areas; those without service are left out."""
    histogram = VolunteerHistogram
    rows = session.execute(
        select(histogram.area_id, *figures())
        .where(histogram.area_id.in_(list(areas)), histogram.period == period)
        .group_by(histogram.area_id)
    )
    return {
        area: (int(people), Tally(int(minutes), int(n)), int(active))
        for area, people, minutes, n, active in rows
        if people
    }


def spread(session: Session, area_id: int, period: str) -> dict[int, int]:
    """Minutes -> how many people of the area have them; nobody without minutes."""
    histogram = VolunteerHistogram
    rows = session.execute(
        select(histogram.minutes, histogram.people).where(
            histogram.area_id == area_id,
            histogram.period == period,
            histogram.minutes > 0,
            histogram.people > 0,
        )
    )
    return {int(minutes): int(people) for minutes, people in rows}


def place(
    session: Session, area_id: int, period: str, person_id: ColumnElement[int]
) -> tuple[int, str, str, int, int, int, bool] | None:
    """(id, public id, name, minutes, entries, rank, unranked) of a person; None for somebody without service there.

    One statement: a look-up and a short sum.
    """
    balance, histogram = VolunteerBalance, VolunteerHistogram
    mine = (
        select(func.sum(balance.minutes).label("minutes"), func.sum(balance.entries).label("entries"))
        .where(balance.person_id == person_id, balance.period == period, inside(area_id))
        .having(func.count() > 0)
        .cte("mine")
    )
    before = (
        select(func.sum(histogram.people))
        .where(histogram.area_id == area_id, histogram.period == period, histogram.minutes > mine.c.minutes)
        .correlate(mine)
        .scalar_subquery()
    )
    row = session.execute(
        select(
            Person.id,
            Person.public_id,
            Person.name,
            mine.c.minutes,
            mine.c.entries,
            before,
            is_unranked(person_id),
        )
        .select_from(mine)
        .join(Person, Person.id == person_id)
    ).one_or_none()
    if row is None:
        return None
    return row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5] or 0) + 1, bool(row[6])


def first(session: Session, plugin: str, area_id: int, period: str, count: int) -> tuple[list[First], int]:
    """The first ``count`` of an area and how many people wait to be computed; mostly one statement.

    Of people with equal minutes the one added last comes first, so that lists of any length agree.
    """
    # Some more than asked for: people with service in several areas stand in several rows.
    walk = count + count // 2 + 20
    while True:
        rows = _walked(session, plugin, area_id, period, walk)
        found = [row for row in rows if row.id is not None]
        rows_met, lowest, waits = rows[0].met, rows[0].lowest, rows[0].waiting
        enough = rows_met < walk or (len(found) >= count and found[count - 1].minutes >= lowest)
        if enough:
            return _ranked(found[:count]), waits
        walk *= 4


def _walked(session: Session, plugin: str, area_id: int, period: str, walk: int) -> Sequence[Any]:
    balance = VolunteerBalance
    met = (
        select(balance.person_id, balance.total)
        .where(balance.period == period, inside(area_id))
        .order_by(balance.period.desc(), balance.total.desc(), balance.person_id.desc())
        .limit(walk)
        .cte("met")
    )
    totals = (
        select(
            balance.person_id,
            func.sum(balance.minutes).label("minutes"),
            func.sum(balance.entries).label("entries"),
        )
        .where(balance.person_id.in_(select(met.c.person_id)), balance.period == period, inside(area_id))
        .group_by(balance.person_id)
        .subquery("totals")
    )
    one = select(
        select(func.count()).select_from(met).scalar_subquery().label("met"),
        select(func.min(met.c.total)).scalar_subquery().label("lowest"),
        waiting_count(plugin, area_id).label("waiting"),
    ).subquery("one")
    # The row of the numbers is there also when nobody is found.
    people = (
        select(
            Person.id, Person.public_id, Person.name, Person.sort_key, totals.c.minutes, totals.c.entries,
            waiting(plugin, table_of(Person).c.id).label("waits"), is_unranked(table_of(Person).c.id),
        )
        .join(totals, totals.c.person_id == Person.id)
        .subquery("people")
    )  # fmt: skip
    return session.execute(
        select(one, people)
        .select_from(one.outerjoin(people, literal(True)))
        .order_by(people.c.minutes.desc(), people.c.id.desc())
    ).all()


def _ranked(rows: Sequence[Any]) -> list[First]:
    """Rows in order with their ranks: all who have more are among them."""
    found: list[First] = []
    for number, row in enumerate(rows, start=1):
        same = bool(found) and found[-1].minutes == int(row.minutes)
        rank = found[-1].rank if same else number
        found.append(
            First(
                row.id, row.public_id, row.name, row.sort_key, int(row.minutes), int(row.entries), rank,
                bool(row.waits), bool(row.unranked),
            )
        )  # fmt: skip
    return found
