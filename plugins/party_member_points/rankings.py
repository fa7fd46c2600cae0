"""Rankings of groups inside an area, and the list that strangers read.

Groups are the branches, the communities and the home units of the members scored; they stand by their average, so that
a large one does not win by its size. The averages of small groups would tell about single members and are kept back.
The public list holds only those who agreed to it, with masked names, and never more than the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    N_,
    Area,
    Person,
    PublicBlock,
    current_site,
    mask_name,
    public_settings,
    ranking_people,
    subtree,
)

from .models import PointsBranch, PointsHomeUnit, PointsMember, PointsResult
from .schemes import asked_sheet, rules_of

FEWEST = 5
GRADED = "graded"
GROUPS: Mapping[str, str] = {
    "": N_("Party members"),
    "branch": N_("Party branches"),
    "community": N_("Communities"),
    "unit": N_("Home units"),
}


@dataclass(frozen=True)
class GroupLine:
    """One group with its members scored; ``average`` and ``rank`` are None where too few of them are scored."""

    name: str
    members: int
    average: int | None
    rank: int | None

    @property
    def average_text(self) -> str:
        """The average as points with two decimals, "" where it is kept back."""
        if self.average is None:
            return ""
        sign, size = ("-" if self.average < 0 else ""), abs(self.average)
        return f"{sign}{size // 100}.{size % 100:02d}"


def group_lines(session: Session, area_id: int, scheme: str, period: str, by: str) -> list[GroupLine]:
    """Groups of the members below ``area_id`` who are scored, the best average first; one statement.

    ``by`` is a key of ``GROUPS`` other than "". Averages are in hundredths, half away from zero. Groups of fewer than
    five come last, by name, without an average.
    """
    rows = session.execute(_grouped(area_id, scheme, period, by))
    found = [
        (str(name), int(members), _average(int(total or 0), int(members))) for name, members, total in rows
    ]
    told = sorted((row for row in found if row[1] >= FEWEST), key=lambda row: (-row[2], row[0]))
    few = sorted(row for row in found if row[1] < FEWEST)
    averages = [average for _name, _members, average in told]
    lines = [
        GroupLine(name, members, average, averages.index(average) + 1) for name, members, average in told
    ]
    return lines + [GroupLine(name, members, None, None) for name, members, _average in few]


def _average(total: int, members: int) -> int:
    nearest = (2 * abs(total) + members) // (2 * members)
    return -nearest if total < 0 else nearest


def _grouped(area_id: int, scheme: str, period: str, by: str) -> Select[Any]:
    result = PointsResult
    inside = and_(
        Person.area_id.in_(subtree(area_id)),
        result.scheme == scheme,
        result.period == period,
        result.status == GRADED,
    )
    figures: tuple[ColumnElement[Any], ...] = (func.count(), func.sum(result.total))
    query: Select[Any]
    if by == "community":
        own, community = aliased(Area), aliased(Area)
        home = case((own.level == "grid", own.parent_id), else_=own.id)
        query = select(community.name, *figures).select_from(result)
        query = query.join(Person, Person.id == result.person_id).join(own, own.id == Person.area_id)
        return (
            query.join(community, community.id == home).where(inside).group_by(community.id, community.name)
        )
    table = PointsBranch if by == "branch" else PointsHomeUnit
    column = PointsMember.branch_id if by == "branch" else PointsMember.home_unit_id
    query = select(table.name, *figures).select_from(result)
    query = query.join(Person, Person.id == result.person_id)
    query = query.join(PointsMember, PointsMember.person_id == result.person_id)
    return query.join(table, table.id == column).where(inside).group_by(table.id, table.name)


@dataclass(frozen=True)
class PublicLine:
    """One line that strangers read: ``rank`` is that among those who agreed, ``name`` is masked."""

    rank: int
    name: str
    total: str


def first_who_agreed(
    session: Session, area_id: int, scheme: str, period: str, limit: int
) -> list[PublicLine]:
    """The members below ``area_id`` who agreed to stand on rankings, most points first; one statement."""
    result = PointsResult
    rows = session.execute(
        select(Person.name, result.total, result.total_text)
        .join(Person, Person.id == result.person_id)
        .where(
            Person.area_id.in_(subtree(area_id)),
            result.person_id.in_(ranking_people()),
            result.scheme == scheme,
            result.period == period,
            result.status == GRADED,
            result.total > 0,
        )
        .order_by(result.total.desc(), Person.sort_key, Person.id)
        .limit(limit)
    ).all()
    totals = [row[1] for row in rows]
    return [PublicLine(totals.index(total) + 1, mask_name(name), text) for name, total, text in rows]


def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The block of an area's public page, or nothing where its settings show no ranking or nobody agreed."""
    settings = public_settings(session, area.id)
    # A first character and a handful of houses would name somebody all the same.
    if not settings.ranking or area.level == "grid":
        return ()
    today = current_site().today()
    asked = asked_sheet(rules_of(session, area.id), "", today)
    if asked.publication is None:
        return ()
    lines = first_who_agreed(session, area.id, asked.scheme_id, asked.period, settings.top)
    if not lines:
        return ()
    title = gettext("Party members' points of %(period)s", period=asked.period)
    return (PublicBlock(title, "points/public.html", {"lines": lines, "today": today}),)
