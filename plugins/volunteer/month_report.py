"""Sums of areas: a period, months, and a period by the areas right below; people are different people, each once.

Wide areas are read from their histogram, the others from the balances of their people.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, AreaClosure, Counts, subtree

from . import histogram, ranks
from .hours import Tally
from .models import VolunteerBalance, VolunteerHistogram


@dataclass(frozen=True)
class ReportLine:
    """People and person-times of a month or of a part of an area; ``people`` are different people, each once.

    ``active`` are those with credited minutes. ``registered`` are the registered volunteers, None where nobody is
    registered: a project has none.
    """

    people: int
    entries: int
    minutes: int
    active: int = 0
    registered: int | None = None


@dataclass(frozen=True)
class AreaReport:
    """A month of an area: all of it, each area right below, and those who belong to none of these.

    Somebody who moved within the month is counted in both parts, and once in ``total``.
    """

    total: ReportLine
    parts: Sequence[tuple[Area, ReportLine]]
    direct: ReportLine


_EMPTY = ReportLine(0, 0, 0)


def area_total(session: Session, area_id: int, period: str) -> ReportLine:
    """People, person-times and minutes of one period below ``area_id``."""
    return by_month(session, area_id, (period,)).get(period, _EMPTY)


def counting_total(area: Area, period: str) -> Counts:
    """People, person-times and minutes of one period below ``area``, each as a scalar sub-query; NULL for nothing."""
    if area.level in histogram.WIDE_LEVELS:
        table = VolunteerHistogram
        people, minutes, entries, _active = ranks.figures()
        inside = (table.area_id == area.id, table.period == period)
    else:
        balance = VolunteerBalance
        people, entries, minutes, _active = _figures()
        inside = (balance.area_id.in_(subtree(area.id)), balance.period == period)
    return tuple(select(figure).where(*inside).scalar_subquery() for figure in (people, entries, minutes))


def by_month(session: Session, area_id: int, months: Sequence[str]) -> dict[str, ReportLine]:
    """The months of ``months`` in which anything was served below ``area_id``."""
    if histogram.is_wide(session, area_id):
        sums = ranks.sums(session, area_id, months)
        return {month: _wide_line(*line) for month, line in sums.items() if line[0]}
    balance = VolunteerBalance
    rows = session.execute(
        select(balance.period, *_figures())
        .where(balance.area_id.in_(subtree(area_id)), balance.period.in_(months))
        .group_by(balance.period)
    )
    return {row[0]: _line(row[1:]) for row in rows}


def area_report(session: Session, area_id: int, period: str) -> AreaReport:
    """A period of an area, split by the areas right below, closed ones with service included; four statements."""
    area = session.get_one(Area, area_id)
    children = session.scalars(select(Area).where(Area.parent_id == area_id).order_by(Area.code)).all()
    shown = [area, *children]
    wide = {one.id for one in shown if one.level in histogram.WIDE_LEVELS}
    lines = {
        one: _wide_line(*line)
        for one, line in (ranks.sums_of_areas(session, wide, period) if wide else {}).items()
    }
    lines |= _narrow_lines(session, {one.id for one in shown} - wide, period)
    balance = VolunteerBalance
    direct = select(*_figures()).where(balance.area_id == area_id, balance.period == period)
    parts = [
        (child, lines.get(child.id, _EMPTY))
        for child in children
        if child.closed_on is None or child.id in lines
    ]
    return AreaReport(lines.get(area_id, _EMPTY), parts, _line(session.execute(direct).one()))


def _narrow_lines(session: Session, areas: Collection[int], period: str) -> dict[int, ReportLine]:
    if not areas:
        return {}
    balance, top = VolunteerBalance, aliased(AreaClosure)
    rows = session.execute(
        select(top.ancestor_id, *_figures())
        .join(top, top.descendant_id == balance.area_id)
        .where(balance.period == period, top.ancestor_id.in_(areas))
        .group_by(top.ancestor_id)
    )
    return {row[0]: _line(row[1:]) for row in rows}


def _figures() -> tuple[ColumnElement[Any], ...]:
    balance = VolunteerBalance
    active = case((balance.minutes > 0, balance.person_id))
    return (
        func.count(balance.person_id.distinct()),
        func.sum(balance.entries),
        func.sum(balance.minutes),
        func.count(active.distinct()),
    )


def _line(row: Sequence[Any]) -> ReportLine:
    return ReportLine(*(int(value or 0) for value in row))


def _wide_line(people: int, tally: Tally, active: int) -> ReportLine:
    return ReportLine(people, tally.entries, tally.minutes, active)
