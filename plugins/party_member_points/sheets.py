"""Reading an area: the list of its members, rankings and year sheets.

Scores are read as they are stored, each row with whether its mark waits or time has made it old. ``live_sheet``
scores anew as of a day, for the command line.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    Person,
    chunks,
    name_condition,
    subtree,
    table_of,
    waiting,
)

from .models import PointsBranch, PointsHomeUnit, PointsMember, PointsResult
from .own import is_old, kept
from .schemes import NAME
from .scoring import result_of
from .services import compute
from .stored import at_day_end

GRADED = "graded"


@dataclass(frozen=True)
class Line:
    """One line of a sheet or ranking; ``rank`` counts from 1 and equal totals share it."""

    person_id: int
    public_id: str
    name: str
    total: str
    grade: str | None
    categories: Mapping[str, str]
    rank: int
    waits: bool
    old: bool


@dataclass(frozen=True)
class MemberLine:
    """One line of the list of members; ``total`` is that of the period asked for, "" without one."""

    person_id: int
    public_id: str
    name: str
    area: str
    branch: str
    home_unit: str
    political_status: str
    checkin_on: date
    checkin_assumed: bool
    left_on: date | None
    roster_differs: bool
    total: str
    grade: str
    waits: bool
    old: bool
    post: str = ""


def _in_branch(branch: str) -> ColumnElement[bool]:
    if not branch:
        return true()
    ids = select(PointsBranch.id).where(PointsBranch.name == branch)
    return PointsResult.person_id.in_(select(PointsMember.person_id).where(PointsMember.branch_id.in_(ids)))


def _ranked(area_id: int, scheme: str, period: str, branch: str, query: str = "") -> ColumnElement[bool]:
    return and_(
        Person.area_id.in_(subtree(area_id)),
        PointsResult.scheme == scheme,
        PointsResult.period == period,
        PointsResult.status == GRADED,
        _in_branch(branch),
        name_condition(query) if query else true(),
    )


def lines(
    session: Session,
    area_id: int,
    scheme: str,
    period: str,
    *,
    branch: str = "",
    query: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[Line], int]:
    """Lines of the sheet of an area or of a branch in it, best total first, and how many there are.

    The rank is that among everybody in the area or branch, also when ``query`` looks for a name.
    """
    result = PointsResult
    everybody = (
        select(
            Person.id, Person.public_id, Person.name, Person.sort_key, result.total, result.total_text,
            result.grade, result.categories, func.rank().over(order_by=result.total.desc()).label("rank"),
            waiting(NAME, table_of(PointsResult).c.person_id).label("waits"), is_old().label("old"),
        )
        .join(Person, Person.id == result.person_id)
        .where(_ranked(area_id, scheme, period, branch))
        .subquery("everybody")
    )  # fmt: skip
    columns = everybody.c
    statement: Select[Any] = select(
        columns.id, columns.public_id, columns.name, columns.total_text, columns.grade, columns.categories,
        columns.rank, columns.waits, columns.old, func.count().over(),
    ).order_by(columns.total.desc(), columns.sort_key, columns.id)  # fmt: skip
    if query:
        statement = statement.where(columns.id.in_(select(Person.id).where(name_condition(query))))
    rows: Sequence[Sequence[Any]] = session.execute(statement.limit(limit).offset(offset)).all()
    found = [_line(r) for r in rows]
    return found, int(rows[0][9]) if rows else 0


def _line(row: Sequence[Any]) -> Line:
    values = [*row[:5], json.loads(row[5]), row[6], bool(row[7]), bool(row[8])]
    return Line(*values)


def place_of(
    session: Session, area_id: int, scheme: str, period: str, person_id: int, branch: str = ""
) -> Line | None:
    """One person's line of the same sheet; None for somebody who is not on it."""
    result = PointsResult
    mine = (
        select(result.total)
        .where(result.person_id == kept(person_id), result.scheme == scheme, result.period == period)
        .scalar_subquery()
    )
    better = (
        select(func.count())
        .select_from(result)
        .join(Person, Person.id == result.person_id)
        .where(_ranked(area_id, scheme, period, branch), result.total > mine)
        .scalar_subquery()
    )
    row: Sequence[Any] | None = session.execute(
        select(
            Person.id, Person.public_id, Person.name, result.total_text, result.grade, result.categories, better,
            waiting(NAME, table_of(PointsResult).c.person_id), is_old(),
        )
        .join(Person, Person.id == result.person_id)
        .where(_ranked(area_id, scheme, period, branch), result.person_id == kept(person_id))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return _line([*row[:6], int(row[6]) + 1, *row[7:]])


def branch_names(session: Session, area_id: int) -> list[str]:
    """Names of the branches that members below ``area_id`` belong to."""
    rows = session.scalars(
        select(PointsBranch.name)
        .join(PointsMember, PointsMember.branch_id == PointsBranch.id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(Person.area_id.in_(subtree(area_id)))
        .distinct()
    )
    return sorted(rows)


def unit_names(session: Session, area_id: int) -> list[str]:
    """Names of the home units of members below ``area_id``."""
    rows = session.scalars(
        select(PointsHomeUnit.name)
        .join(PointsMember, PointsMember.home_unit_id == PointsHomeUnit.id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(Person.area_id.in_(subtree(area_id)))
        .distinct()
    )
    return sorted(rows)


@dataclass(frozen=True)
class MemberFilters:
    """What the list of members is narrowed to; blank for everything."""

    query: str = ""
    branch: str = ""
    unit: str = ""
    assumed: str = ""
    status: str = ""
    post: str = ""


MEMBER_SORTS = ("name", "-total", "total", "checkin", "-checkin")


def members_page(
    session: Session,
    area_id: int,
    scheme: str,
    period: str,
    filters: MemberFilters,
    *,
    sort: str = "name",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[MemberLine], int]:
    """Members below ``area_id`` with their score of one period, and how many there are."""
    member, result = PointsMember, PointsResult
    score = and_(result.person_id == member.person_id, result.scheme == scheme, result.period == period)
    orders: dict[str, list[ColumnElement[Any]]] = {
        "name": [Person.sort_key.asc()],
        "-total": [func.coalesce(result.total, -1).desc()],
        "total": [func.coalesce(result.total, -1).asc()],
        "checkin": [member.checkin_on.asc()],
        "-checkin": [member.checkin_on.desc()],
    }
    waits = waiting(NAME, table_of(PointsMember).c.person_id)
    rows: Sequence[Sequence[Any]] = session.execute(
        select(
            Person.id, Person.public_id, Person.name, Area.name, PointsBranch.name, PointsHomeUnit.name,
            member.political_status, member.checkin_on, member.checkin_assumed, _left_on(), member.roster_differs,
            result.total_text, result.grade, waits, is_old(), func.count().over(), member.post,
        )
        .join(Person, Person.id == member.person_id)
        .join(Area, Area.id == Person.area_id)
        .outerjoin(PointsBranch, PointsBranch.id == member.branch_id)
        .outerjoin(PointsHomeUnit, PointsHomeUnit.id == member.home_unit_id)
        .outerjoin(result, score)
        .where(Person.area_id.in_(subtree(area_id)), *_filtered(filters))
        .order_by(*orders.get(sort, orders["name"]), Person.sort_key, Person.id)
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    found = [_member_line(r) for r in rows]
    return found, int(rows[0][15]) if rows else 0


def _member_line(row: Sequence[Any]) -> MemberLine:
    values = [*row[:4], row[4] or "", row[5] or "", *row[6:11], row[11] or "", row[12] or ""]
    values += [bool(row[13]), bool(row[14]), row[16]]
    return MemberLine(*values)


def _left_on() -> ColumnElement[date | None]:
    """The last day of a member here, by what staff said of the membership or of the person."""
    return func.coalesce(PointsMember.left_on, Person.left_on)


def _filtered(filters: MemberFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.query:
        conditions.append(name_condition(filters.query))
    if filters.branch:
        conditions.append(PointsBranch.name == filters.branch)
    if filters.unit:
        conditions.append(PointsHomeUnit.name == filters.unit)
    if filters.assumed in ("yes", "no"):
        conditions.append(PointsMember.checkin_assumed.is_(filters.assumed == "yes"))
    if filters.post:
        conditions.append(PointsMember.post == filters.post)
    gone = filters.status == "left"
    conditions.append(_left_on().is_not(None) if gone else _left_on().is_(None))
    if filters.status == "differs":
        conditions.append(PointsMember.roster_differs.is_(True))
    elif filters.status and not gone:
        known = filters.status in ("member", "probationary")
        conditions.append(PointsMember.political_status == filters.status if known else false())
    return conditions


def overview(session: Session, area_id: int, scheme: str, period: str) -> tuple[int, int, int | None]:
    """How many members there are below ``area_id``, how many are scored, and their average in hundredths.

    Members who have left are counted as long as they have a score of the period.
    """
    return overview_and(session, area_id, scheme, period)[:3]


def overview_and(
    session: Session, area_id: int, scheme: str, period: str, *counts: ColumnElement[int]
) -> tuple[int, int, int | None, list[int]]:
    """``overview`` with other counts, each a scalar sub-query, in the same statement."""
    member, result = PointsMember, PointsResult
    score = and_(
        result.person_id == member.person_id,
        result.scheme == scheme,
        result.period == period,
        result.status == GRADED,
    )
    row = session.execute(
        select(func.count(), func.count(result.total), func.sum(result.total), *counts)
        .select_from(member)
        .join(Person, Person.id == member.person_id)
        .outerjoin(result, score)
        .where(Person.area_id.in_(subtree(area_id)), or_(_left_on().is_(None), result.total.is_not(None)))
    ).one()
    members, scored, total = int(row[0]), int(row[1]), int(row[2] or 0)
    average = (2 * total + scored) // (2 * scored) if scored else None
    return members, scored, average, [int(count) for count in row[3:]]


# --- the command line ---


def live_sheet(session: Session, area_id: int, scheme: str, period: str, day: date) -> list[Line]:
    """The sheet of an area as it would stand at the end of ``day``, scored anew from what was recorded by then."""
    query = (
        select(PointsMember.person_id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(Person.area_id.in_(subtree(area_id)))
    )
    found: list[tuple[int, str, str, str, str | None, Mapping[str, str]]] = []
    for part in chunks(session.scalars(query).all(), 500):
        scores = [
            score
            for score in compute(session, part, at_day_end(day))
            if (score.found.scheme.id, score.period) == (scheme, period) and score.found.outcome is not None
        ]
        names = _names(session, [score.member.person_id for score in scores])
        for score in scores:
            result: dict[str, Any] = result_of(score.found)
            person_id = score.member.person_id
            found.append(
                (
                    person_id, score.member.public_id, names[person_id], result["total"], result["grade"],
                    result["categories"],
                )
            )  # fmt: skip
    return [Line(*row, rank=0, waits=False, old=False) for row in found]


def _names(session: Session, people: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row[0]: row[1] for row in rows}
