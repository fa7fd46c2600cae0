"""An area and those right below it in some months, in one statement: what a first page shows.

All figures add up: people are counted once in each lowest area, so an area is what lies right below it, closed areas
included, and what belongs to none of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.figures.derive import SUMS
from pointsys.core.figures.models import AreaMonth, AreaPeople
from pointsys.core.figures.queries import ChildFigures, MonthFigures, tier_of


@dataclass(frozen=True)
class Overview:
    """The area's people and its months in the order asked for; open areas below, by code, in the last of them.

    ``by_month`` has (person-times, people) of the areas below by area id and month, where there were any.
    """

    people: int
    months: list[MonthFigures]
    children: list[ChildFigures]
    by_month: Mapping[int, Mapping[str, tuple[int, int]]]


def overview(session: Session, area_id: int, months: Sequence[str]) -> Overview:
    """The figures of ``area_id`` in ``months``, and of the areas right below it in the last one."""
    last = months[-1]
    totals = {month: [0] * len(SUMS) for month in months}
    people = 0
    below: dict[int, ChildFigures] = {}
    by_month: dict[int, dict[str, tuple[int, int]]] = {}
    seen = set()
    for row in session.execute(_statement(area_id, tier_of(session, area_id), months)):
        own_id, code, name, closed_on, own_people, month, *sums = row
        values = [int(value or 0) for value in sums]
        if own_id not in seen:
            seen.add(own_id)
            people += int(own_people or 0)
            if own_id != area_id and closed_on is None:
                below[own_id] = ChildFigures(own_id, code, name, int(own_people or 0), 0, 0)
        if month is not None:
            totals[month] = [a + b for a, b in zip(totals[month], values, strict=True)]
        if month is not None and own_id in below:
            _activities, entries, month_people, _unconfirmed = values
            by_month.setdefault(own_id, {})[month] = entries, month_people
            if month == last:
                child = below[own_id]
                below[own_id] = ChildFigures(own_id, code, name, child.people, entries, month_people)
    figures = [MonthFigures(month, *totals[month]) for month in months]
    return Overview(people, figures, list(below.values()), by_month)


def _statement(area_id: int, tier: int, months: Sequence[str]) -> Select[*tuple[Any, ...]]:
    above = aliased(AreaClosure)
    wanted = select(Area.id).where(Area.parent_id == area_id).union_all(select(literal(area_id)))
    # Of the area itself only what belongs to none below, so that nothing counts twice.
    own: ColumnElement[bool] = and_(
        above.ancestor_id.in_(wanted), or_(above.ancestor_id != area_id, above.depth == 0)
    )
    people = (
        select(above.ancestor_id.label("area_id"), func.sum(AreaPeople.people).label("people"))
        .join(AreaPeople, AreaPeople.area_id == above.descendant_id)
        .where(own)
        .group_by(above.ancestor_id)
        .subquery("people")
    )
    sums = (
        select(
            above.ancestor_id.label("area_id"),
            AreaMonth.month,
            *[func.sum(getattr(AreaMonth, name)).label(name) for name in SUMS],
        )
        .join(AreaMonth, AreaMonth.area_id == above.descendant_id)
        .where(own, AreaMonth.tier == tier, AreaMonth.month.in_(list(months)))
        .group_by(above.ancestor_id, AreaMonth.month)
        .subquery("sums")
    )
    return (
        select(
            Area.id,
            Area.code,
            Area.name,
            Area.closed_on,
            people.c.people,
            sums.c.month,
            *[sums.c[name] for name in SUMS],
        )
        .outerjoin(people, people.c.area_id == Area.id)
        .outerjoin(sums, sums.c.area_id == Area.id)
        .where(Area.id.in_(wanted))
        .order_by(Area.code)
    )
