"""What pages ask: an area's months, what there is in it now, and the areas right below it.

Person-times and people count where the person belonged on the day, wherever they helped; activities and what waits
for a decision count where the activity was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from pointsys.core.activity_log.models import Pending
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.figures.derive import SUMS
from pointsys.core.figures.models import DISTRICT, OWN, AreaMonth, AreaPeople
from pointsys.core.people.models import Person

ABOVE_DISTRICTS = ("province", "city", "county")
# After an import a hundred thousand marks may wait; beyond this a page says "many" as well as a number.
MOST_WAITING = 10_000


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


def is_above_districts(session: Session, area_id: int) -> bool:
    """Whether sums of the area are taken from its sub-districts' rows; mostly without a statement."""
    return session.get_one(Area, area_id).level in ABOVE_DISTRICTS


def _inside(tier: int, area_id: int) -> ColumnElement[bool]:
    """The rows of a tier below an area: few areas with their rows, or few rows with a look at each one's place."""
    if tier == OWN:
        return and_(AreaMonth.tier == OWN, AreaMonth.area_id.in_(subtree(area_id)))
    below = select(AreaClosure.depth).where(
        AreaClosure.ancestor_id == area_id, AreaClosure.descendant_id == AreaMonth.area_id
    )
    return and_(AreaMonth.tier == DISTRICT, below.correlate(AreaMonth).exists())


def tier_of(session: Session, area_id: int) -> int:
    """The tier whose rows are summed up for an area."""
    return DISTRICT if is_above_districts(session, area_id) else OWN


def months(session: Session, area_id: int, first: str, last: str) -> list[MonthFigures]:
    """One line for every month from ``first`` to ``last``, also for months in which nothing happened."""
    found = {month: MonthFigures(month) for month in month_range(first, last)}
    if not found:
        return []
    sums = [func.sum(getattr(AreaMonth, name)) for name in SUMS]
    rows = session.execute(
        select(AreaMonth.month, *sums)
        .where(_inside(tier_of(session, area_id), area_id), AreaMonth.month.between(first, last))
        .group_by(AreaMonth.month)
    )
    for month, *values in rows:
        found[month] = MonthFigures(month, *(int(value) for value in values))
    return list(found.values())


def counts(session: Session, area_id: int) -> AreaCounts:
    """People, waiting entries and waiting marks of an area and below, in one statement."""
    row = session.execute(select(*count_columns(session, area_id))).one()
    return AreaCounts(*(int(value or 0) for value in row))


def count_columns(session: Session, area_id: int) -> tuple[ColumnElement[int | None], ...]:
    """The parts of ``AreaCounts`` as columns for a statement that asks for more; None stands for 0."""
    inside = subtree(area_id)
    people = select(func.sum(AreaPeople.people)).where(AreaPeople.area_id.in_(inside))
    # Among the conditions for the sake of the index of what waits.
    unconfirmed = select(func.sum(AreaMonth.unconfirmed)).where(
        _inside(tier_of(session, area_id), area_id), text("area_month.unconfirmed > 0")
    )
    marks = (
        select(Pending.person_id)
        .join(Person, Person.id == Pending.person_id)
        .where(Person.area_id.in_(inside))
        .limit(MOST_WAITING)
        .subquery()
    )
    waiting = select(func.count(marks.c.person_id.distinct()))
    return people.scalar_subquery(), unconfirmed.scalar_subquery(), waiting.scalar_subquery()


def ever_columns(area: Area) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Whether the area has people, has ever had an entry, and has a confirmed one, as columns of a statement."""
    inside = _inside(DISTRICT if area.level in ABOVE_DISTRICTS else OWN, area.id)
    below = and_(AreaClosure.ancestor_id == area.id, AreaClosure.descendant_id == AreaPeople.area_id)
    return (
        exists().where(AreaPeople.people > 0, select(AreaClosure.depth).where(below).exists()),
        exists().where(inside),
        exists().where(inside, AreaMonth.entries > 0),
    )


def children(session: Session, area_id: int, month: str) -> list[ChildFigures]:
    """The open areas right below, by code, with their people and the month's person-times; two statements."""
    above = aliased(AreaClosure)
    people = (
        select(above.ancestor_id.label("area_id"), func.sum(AreaPeople.people).label("people"))
        .join(Area, Area.id == above.ancestor_id)
        .join(AreaPeople, AreaPeople.area_id == above.descendant_id)
        .where(Area.parent_id == area_id)
        .group_by(above.ancestor_id)
        .subquery()
    )
    areas = session.execute(
        select(Area.id, Area.code, Area.name, func.coalesce(people.c.people, 0))
        .outerjoin(people, people.c.area_id == Area.id)
        .where(Area.parent_id == area_id, Area.closed_on.is_(None))
        .order_by(Area.code)
    ).all()
    tier = tier_of(session, area_id)
    rows = session.execute(
        select(above.ancestor_id, func.sum(AreaMonth.entries), func.sum(AreaMonth.people))
        .join(Area, Area.id == above.ancestor_id)
        .join(AreaMonth, AreaMonth.area_id == above.descendant_id)
        .where(Area.parent_id == area_id, AreaMonth.tier == tier, AreaMonth.month == month)
        .group_by(above.ancestor_id)
    )
    by_area = {ancestor: (int(entries), int(people)) for ancestor, entries, people in rows}
    return [ChildFigures(a, code, name, int(n), *by_area.get(a, (0, 0))) for a, code, name, n in areas]
