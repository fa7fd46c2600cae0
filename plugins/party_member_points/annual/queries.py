"""Reading results: those of an area, the lines of one as the committee sees them, its figures and its history."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, Person, Publicity, name_condition, subtree

from ..models import PointsBranch, PointsHomeUnit, PointsResult, PointsSchemeVersion
from .deciding import standing_of
from .models import PointsAnnual, PointsAnnualEvent, PointsAnnualLine
from .personal import TOLD
from .rules import choices


@dataclass(frozen=True)
class ResultLine:
    """A result in the list of an area; ``decided`` of ``members`` have a grade."""

    public_id: str
    area: str
    scheme: str
    period: str
    no: int
    state: str
    members: int
    decided: int
    computed_at: datetime
    confirmed_at: datetime | None
    sha256: str
    notice: str


def _result_lines() -> Any:
    line = PointsAnnualLine
    counted = (
        select(line.annual_id, func.count().label("members"), func.count(line.grade).label("decided"))
        .group_by(line.annual_id)
        .subquery()
    )
    return (
        select(
            PointsAnnual.public_id, Area.name, PointsSchemeVersion.title, PointsAnnual.period, PointsAnnual.no,
            PointsAnnual.state, func.coalesce(counted.c.members, 0), func.coalesce(counted.c.decided, 0),
            PointsAnnual.computed_at, PointsAnnual.confirmed_at, PointsAnnual.sha256,
            func.coalesce(Publicity.public_id, ""), func.count().over(),
        )
        .join(Area, Area.id == PointsAnnual.area_id)
        .join(PointsSchemeVersion, PointsSchemeVersion.id == PointsAnnual.publication_id)
        .outerjoin(counted, counted.c.annual_id == PointsAnnual.id)
        .outerjoin(Publicity, Publicity.id == PointsAnnual.publicity_id)
    )  # fmt: skip


def results(session: Session, area_id: int, *, limit: int, offset: int) -> tuple[list[ResultLine], int]:
    """Results of an area and below it, the newest period and number first, and how many there are."""
    rows: Sequence[Sequence[Any]] = session.execute(
        _result_lines()
        .where(PointsAnnual.area_id.in_(subtree(area_id)))
        .order_by(PointsAnnual.period.desc(), Area.code, PointsAnnual.no.desc(), PointsAnnual.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return [ResultLine(*row[:12]) for row in rows], int(rows[0][12]) if rows else 0


def line_of(session: Session, result: PointsAnnual) -> ResultLine:
    """One result as a line of the list."""
    row: Sequence[Any] = session.execute(_result_lines().where(PointsAnnual.id == result.id)).one()
    return ResultLine(*row[:12])


def find(session: Session, area_id: int, public_id: str) -> PointsAnnual | None:
    """A result of an area or below it."""
    return session.scalar(
        select(PointsAnnual).where(
            PointsAnnual.public_id == public_id, PointsAnnual.area_id.in_(subtree(area_id))
        )
    )


@dataclass(frozen=True)
class Member:
    """One line as the committee sees it; ``open`` are the grades it may choose. ``held`` says in words of the scheme
    what keeps the grade down."""

    person_id: int
    public_id: str
    name: str
    area: str
    branch: str
    home_unit: str
    total: int
    total_text: str
    minutes: int
    activities: int
    scored: str
    proposed: str
    tie: bool
    grade: str
    reason: str
    decided_by: str
    gates: Sequence[dict[str, str]] = ()
    vetoes: Sequence[str] = ()
    vetoed: bool = False
    open: tuple[str, ...] = ()
    categories: dict[str, str] = field(default_factory=dict)

    @property
    def moved(self) -> bool:
        """Whether the committee decided otherwise than proposed."""
        return bool(self.grade) and self.grade != self.proposed


@dataclass(frozen=True)
class Filters:
    """What the list of a result is narrowed to; ``only`` is undecided, tie, held, moved or ""."""

    query: str = ""
    branch: str = ""
    grade: str = ""
    only: str = ""


SORTS = ("-total", "total", "name")
ONLY = ("undecided", "tie", "held", "moved")


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    line = PointsAnnualLine
    found: list[ColumnElement[bool]] = []
    if filters.query:
        found.append(name_condition(filters.query))
    if filters.branch:
        found.append(PointsBranch.name == filters.branch)
    if filters.grade:
        found.append(func.coalesce(line.grade, line.quota_grade) == filters.grade)
    if filters.only == "undecided":
        found.append(line.grade.is_(None))
    elif filters.only == "tie":
        found.append(line.needs_decision.is_(True))
    elif filters.only == "held":
        found.append(or_(line.detail.like('%"vetoed":true%'), line.detail.like('%"grade_max"%')))
    elif filters.only == "moved":
        found.append(line.grade != line.quota_grade)
    return found


def members(
    session: Session,
    result: PointsAnnual,
    filters: Filters = Filters(),
    *,
    sort: str = "-total",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[Member], int]:
    """Lines of a result, and how many there are; one statement."""
    line = PointsAnnualLine
    orders: dict[str, list[ColumnElement[Any]]] = {
        "-total": [line.total.desc()],
        "total": [line.total.asc()],
        "branch": [func.coalesce(PointsBranch.name, "")],
        "name": [],
    }
    rows = session.execute(
        select(
            line, Person.public_id, Person.name, Area.name, func.coalesce(PointsBranch.name, ""),
            func.coalesce(PointsHomeUnit.name, ""), func.count().over(),
        )
        .join(Person, Person.id == line.person_id)
        .join(Area, Area.id == Person.area_id)
        .outerjoin(PointsBranch, PointsBranch.id == line.branch_id)
        .outerjoin(PointsHomeUnit, PointsHomeUnit.id == line.home_unit_id)
        .where(line.annual_id == result.id, *_narrowed(filters))
        .order_by(*orders.get(sort, orders["-total"]), Person.sort_key, line.id)
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    return [_member(row) for row in rows], int(rows[0][6]) if rows else 0


def _member(row: Sequence[Any]) -> Member:
    line: PointsAnnualLine = row[0]
    detail = json.loads(line.detail)
    return Member(
        person_id=line.person_id,
        public_id=row[1],
        name=row[2],
        area=row[3],
        branch=row[4],
        home_unit=row[5],
        total=line.total,
        total_text=line.total_text,
        minutes=line.minutes,
        activities=line.activities,
        scored=line.proposed_grade or "",
        proposed=line.quota_grade or "",
        tie=line.needs_decision,
        grade=line.grade or "",
        reason=line.step_reason,
        decided_by=line.decided_by,
        gates=detail["gates"],
        vetoes=detail["vetoes"],
        vetoed=detail["vetoed"],
        open=choices(standing_of(line)),
        categories=json.loads(line.categories),
    )


@dataclass(frozen=True)
class GradeCount:
    """How many have a grade: by the scorer, after the quota, and as things stand (undecided ones as proposed)."""

    grade: str
    scored: int
    proposed: int
    standing: int


@dataclass(frozen=True)
class Figures:
    """The whole of a result: ``later`` counts members whose points are others now than in it."""

    members: int
    undecided: int
    ties: int
    moved: int
    later: int
    grades: tuple[GradeCount, ...]


def figures(session: Session, result: PointsAnnual) -> Figures:
    """The figures of a result; two statements."""
    line, stored = PointsAnnualLine, PointsResult
    names: list[str] = json.loads(result.grades)
    standing = func.coalesce(line.grade, line.quota_grade)

    def many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    columns = [
        many(column == name) for name in names for column in (line.proposed_grade, line.quota_grade, standing)
    ]
    row: Sequence[Any] = session.execute(
        select(
            func.count(), many(line.grade.is_(None)), many(line.needs_decision.is_(True)),
            many(line.grade != line.quota_grade), *columns,
        ).where(line.annual_id == result.id)
    ).one()  # fmt: skip
    later = session.scalar(
        select(func.count())
        .select_from(line)
        .join(
            stored,
            and_(
                stored.person_id == line.person_id,
                stored.scheme == result.scheme_id,
                stored.period == result.period,
            ),
        )
        .where(line.annual_id == result.id, stored.total.is_not(None), stored.total != line.total)
    )
    counts = tuple(GradeCount(name, *map(int, row[4 + 3 * i : 7 + 3 * i])) for i, name in enumerate(names))
    return Figures(int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(later or 0), counts)


def branches(session: Session, result: PointsAnnual) -> list[str]:
    """Names of the branches that a result's members belong to."""
    query = (
        select(PointsBranch.name)
        .join(PointsAnnualLine, PointsAnnualLine.branch_id == PointsBranch.id)
        .where(PointsAnnualLine.annual_id == result.id)
        .distinct()
    )
    return sorted(session.scalars(query))


@dataclass(frozen=True)
class Act:
    """One event of a result; ``name`` is the member's, "" for the whole."""

    what: str
    name: str
    grade: str
    reason: str
    reference: str
    actor: str
    at: datetime


def history(session: Session, result: PointsAnnual, limit: int = 100) -> list[Act]:
    """What was done with a result, the newest first; steps only where the committee gave a reason."""
    event = PointsAnnualEvent
    rows = session.execute(
        select(
            event.what, func.coalesce(Person.name, ""), event.grade, event.reason, event.reference, event.actor,
            event.at,
        )
        .outerjoin(Person, Person.id == event.person_id)
        .where(event.annual_id == result.id, or_(event.person_id.is_(None), event.reason != ""))
        .order_by(event.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Act(*row) for row in rows]


@dataclass(frozen=True)
class OwnGrade:
    """One's own grade of a period as it was published."""

    period: str
    no: int
    state: str
    area: str
    scheme: str
    total: str
    minutes: int
    activities: int
    proposed: str
    grade: str
    reason: str
    notice: str
    area_code: str


def own_grades(session: Session, rows: Collection[int]) -> list[OwnGrade]:
    """Published grades of a person (all row ids), the newest first."""
    line, place = PointsAnnualLine, aliased(Area)
    found: Sequence[Sequence[Any]] = session.execute(
        select(
            PointsAnnual.period, PointsAnnual.no, PointsAnnual.state, place.name, PointsSchemeVersion.title,
            line.total_text, line.minutes, line.activities, line.quota_grade, line.grade, line.step_reason,
            func.coalesce(Publicity.public_id, ""), place.code,
        )
        .join(line, line.annual_id == PointsAnnual.id)
        .join(place, place.id == PointsAnnual.area_id)
        .join(PointsSchemeVersion, PointsSchemeVersion.id == PointsAnnual.publication_id)
        .outerjoin(Publicity, Publicity.id == PointsAnnual.publicity_id)
        .where(line.person_id.in_(rows), PointsAnnual.state.in_(TOLD))
        .order_by(PointsAnnual.period.desc(), PointsAnnual.no.desc())
    ).all()  # fmt: skip
    return [OwnGrade(*row) for row in found]
