"""Reading requests and units: lists of an area, one request with its way, what a unit's liaison is told.

A request is shown to the area that answers it and, for a transfer, to the one that the member leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, Person, PersonAlias, name_condition, subtree

from ..models import PointsBranch, PointsHomeUnit, PointsMember
from .models import PointsCheckin, PointsCheckinStep, PointsUnitReport
from .services import CONFIRMED, KINDS, STATES, SUBMITTED

COMING, GOING = "in", "out"
SORTS = ("-asked", "asked", "day", "-day", "name")


@dataclass(frozen=True)
class Line:
    """One request of a list; ``going`` when the member leaves the area that is asked about for another one."""

    id: int
    public_id: str
    person: str
    name: str
    kind: str
    area: str
    from_area: str
    on_date: date
    branch: str
    from_branch: str
    home_unit: str
    post: str
    source: str
    status: str
    asked_at: datetime
    going: bool


@dataclass(frozen=True)
class Filters:
    """What a list of requests is narrowed to; "" for everything."""

    query: str = ""
    status: str = ""
    kind: str = ""
    direction: str = ""
    branch: str = ""
    unit: str = ""


def kept_person() -> Any:
    """The kept id of a request's person, as an expression."""
    alias = (
        select(PersonAlias.kept_id).where(PersonAlias.merged_id == PointsCheckin.person_id).scalar_subquery()
    )
    return func.coalesce(alias, PointsCheckin.person_id)


def _conditions(area_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    here = PointsCheckin.area_id.in_(subtree(area_id))
    left = and_(PointsCheckin.from_area_id.in_(subtree(area_id)), ~here)
    wanted = {COMING: here, GOING: left}.get(filters.direction, or_(here, left))
    found: list[ColumnElement[bool]] = [wanted]
    if filters.query:
        found.append(name_condition(filters.query))
    if filters.status in STATES:
        found.append(PointsCheckin.status == filters.status)
    if filters.kind in KINDS:
        found.append(PointsCheckin.kind == filters.kind)
    if filters.branch:
        found.append(or_(PointsCheckin.branch == filters.branch, PointsCheckin.from_branch == filters.branch))
    if filters.unit:
        found.append(PointsCheckin.home_unit == filters.unit)
    return found


def requests_page(
    session: Session,
    area_id: int,
    filters: Filters,
    *,
    sort: str = "-asked",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Line], int]:
    """Requests that concern ``area_id`` and below, and how many there are; one statement."""
    orders: dict[str, ColumnElement[Any]] = {
        "-asked": PointsCheckin.id.desc(),
        "asked": PointsCheckin.id.asc(),
        "day": PointsCheckin.on_date.asc(),
        "-day": PointsCheckin.on_date.desc(),
        "name": Person.sort_key.asc(),
    }
    query = (
        _lines(area_id)
        .add_columns(func.count().over())
        .where(*_conditions(area_id, filters))
        .order_by(orders.get(sort, orders["-asked"]), PointsCheckin.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [Line(*row[:16]) for row in rows], int(rows[0][16]) if rows else 0


def _lines(area_id: int) -> Any:
    origin = aliased(Area)
    request = PointsCheckin
    going = case((request.area_id.in_(subtree(area_id)), False), else_=True)
    return (
        select(
            request.id, request.public_id, Person.public_id, Person.name, request.kind, Area.name,
            func.coalesce(origin.name, ""), request.on_date, request.branch, request.from_branch, request.home_unit,
            request.post, request.source, request.status, request.requested_at, going,
        )
        .select_from(request)
        .join(Person, Person.id == kept_person())
        .join(Area, Area.id == request.area_id)
        .outerjoin(origin, origin.id == request.from_area_id)
    )  # fmt: skip


def request_here(session: Session, area_id: int, public_id: str) -> PointsCheckin | None:
    """The request with this outside id, if it concerns ``area_id`` or below."""
    return session.scalar(
        select(PointsCheckin).where(
            PointsCheckin.public_id == public_id,
            or_(
                PointsCheckin.area_id.in_(subtree(area_id)), PointsCheckin.from_area_id.in_(subtree(area_id))
            ),
        )
    )


def line_of(session: Session, request: PointsCheckin, area_id: int) -> Line:
    """A request with the names that its page shows."""
    row: Sequence[Any] = session.execute(_lines(area_id).where(PointsCheckin.id == request.id)).one()
    return Line(*row)


def steps_of(session: Session, requests: Collection[int]) -> dict[int, list[PointsCheckinStep]]:
    """The steps of some requests, the first one first."""
    found: dict[int, list[PointsCheckinStep]] = {}
    query = select(PointsCheckinStep).where(PointsCheckinStep.checkin_id.in_(requests))
    for step in session.scalars(query.order_by(PointsCheckinStep.id)):
        found.setdefault(step.checkin_id, []).append(step)
    return found


def requests_of(session: Session, person_rows: Collection[int], limit: int = 20) -> list[PointsCheckin]:
    """The requests of a human being (all their rows), the newest first."""
    query = select(PointsCheckin).where(PointsCheckin.person_id.in_(person_rows))
    return list(session.scalars(query.order_by(PointsCheckin.id.desc()).limit(limit)))


# --- communities, branches and units to choose from ---


def communities_near(session: Session, area: Area) -> list[Area]:
    """The open communities of the sub-district that ``area`` lies in, ``area`` itself included."""
    street = area if area.parent_id is None or area.level == "subdistrict" else None
    if street is None:
        parent = session.get_one(Area, area.parent_id)
        street = (
            session.get_one(Area, parent.parent_id) if area.level == "grid" and parent.parent_id else parent
        )
    query = select(Area).where(
        Area.parent_id == street.id, Area.closed_on.is_(None), Area.level == "community"
    )
    found = list(session.scalars(query.order_by(Area.code)))
    return found or [area]


def branches_of(session: Session, areas: Collection[int]) -> list[str]:
    """Names of the branches of some communities."""
    query = select(PointsBranch.name).where(PointsBranch.area_id.in_(areas)).distinct()
    return sorted(session.scalars(query))


def find_units_like(session: Session, text: str, limit: int = 12, *, area_id: int | None = None) -> list[str]:
    """Names of units that hold ``text``, those with most members first; of members below ``area_id`` if given."""
    members = func.count(PointsMember.person_id)
    query = (
        select(PointsHomeUnit.name)
        .outerjoin(PointsMember, PointsMember.home_unit_id == PointsHomeUnit.id)
        .group_by(PointsHomeUnit.id, PointsHomeUnit.name)
        .order_by(members.desc(), PointsHomeUnit.name)
        .limit(limit)
    )
    if area_id is not None:
        query = query.join(Person, Person.id == PointsMember.person_id).where(
            Person.area_id.in_(subtree(area_id))
        )
    if text:
        query = query.where(PointsHomeUnit.name.contains(text, autoescape=True))
    return list(session.scalars(query))


@dataclass(frozen=True)
class UnitLine:
    """A home unit as an area sees it: members here, of whom how many wait or have left."""

    id: int
    name: str
    members: int
    left: int
    waiting: int
    newest: date | None


def units_page(
    session: Session, area_id: int, query_text: str, *, limit: int = 50, offset: int = 0
) -> tuple[list[UnitLine], int]:
    """Units that members below ``area_id`` work for, those with most members first, and how many; one statement."""
    here = Person.area_id.in_(subtree(area_id))
    gone = func.coalesce(PointsMember.left_on, Person.left_on)
    waiting = (
        select(func.count())
        .where(
            PointsCheckin.home_unit == PointsHomeUnit.name,
            PointsCheckin.status == SUBMITTED,
            PointsCheckin.area_id.in_(subtree(area_id)),
        )
        .correlate(PointsHomeUnit)
        .scalar_subquery()
    )
    present = func.count(case((gone.is_(None), 1)))
    query = (
        select(
            PointsHomeUnit.id, PointsHomeUnit.name, present, func.count(gone), waiting,
            func.max(PointsMember.checkin_on), func.count().over(),
        )
        .join(PointsMember, PointsMember.home_unit_id == PointsHomeUnit.id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(here)
        .group_by(PointsHomeUnit.id, PointsHomeUnit.name)
        .order_by(present.desc(), PointsHomeUnit.name)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if query_text:
        query = query.where(PointsHomeUnit.name.contains(query_text, autoescape=True))
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [UnitLine(*row[:6]) for row in rows], int(rows[0][6]) if rows else 0


def unit_is_here(session: Session, area_id: int, unit: PointsHomeUnit) -> bool:
    """Whether somebody below ``area_id`` works for the unit."""
    query = (
        select(PointsMember.person_id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(PointsMember.home_unit_id == unit.id, Person.area_id.in_(subtree(area_id)))
    )
    return session.scalar(query.limit(1)) is not None


# --- what a unit is told ---


@dataclass(frozen=True)
class Told:
    """One confirmed request as the unit's liaison reads it."""

    id: int
    name: str
    kind: str
    area: str
    branch: str
    unit: str
    on_date: date
    confirmed_at: datetime


Place = tuple[int, int]


def _theirs(places: Collection[Place], unit: Any, area: Any) -> ColumnElement[bool]:
    """Whether something is of one of some (unit, area) pairs, areas with all below."""
    return or_(false(), *(and_(unit == one, area.in_(subtree(below))) for one, below in places))


def told_to(session: Session, places: Collection[Place], limit: int = 200) -> list[Told]:
    """Confirmed check-ins, transfers and departures of members of some units, the newest first.

    ``places`` are (unit id, area id): a liaison is told of the unit's people in that area and below.
    """
    request = PointsCheckin
    confirmed = (
        select(func.max(PointsCheckinStep.at))
        .where(PointsCheckinStep.checkin_id == request.id, PointsCheckinStep.outcome == CONFIRMED)
        .scalar_subquery()
    )
    query = (
        select(
            request.id, Person.name, request.kind, Area.name, request.branch, PointsHomeUnit.name, request.on_date,
            confirmed,
        )
        .select_from(request)
        .join(Person, Person.id == kept_person())
        .join(Area, Area.id == request.area_id)
        .join(PointsHomeUnit, PointsHomeUnit.id == request.home_unit_id)
        .where(_theirs(places, request.home_unit_id, request.area_id), request.status == CONFIRMED)
        .order_by(request.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Told(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class UnitMember:
    """A member of a unit as its liaison reads it."""

    name: str
    unit: str
    area: str
    branch: str
    checkin_on: date
    left_on: date | None


def members_of(
    session: Session, places: Collection[Place], *, limit: int = 50, offset: int = 0
) -> tuple[list[UnitMember], int]:
    """The members of some units (see ``told_to``), those who are still there first, and how many; one statement."""
    left = func.coalesce(PointsMember.left_on, Person.left_on)
    query = (
        select(
            Person.name, PointsHomeUnit.name, Area.name, func.coalesce(PointsBranch.name, ""),
            PointsMember.checkin_on, left, func.count().over(),
        )
        .select_from(PointsMember)
        .join(Person, Person.id == PointsMember.person_id)
        .join(Area, Area.id == Person.area_id)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsMember.home_unit_id)
        .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
        .where(_theirs(places, PointsMember.home_unit_id, Person.area_id))
        .order_by(left.is_not(None), Person.sort_key, Person.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [UnitMember(*row[:6]) for row in rows], int(rows[0][6]) if rows else 0


def reports_of(session: Session, area_id: int, limit: int = 20) -> list[PointsUnitReport]:
    """The lists that units handed in below ``area_id``, the newest first."""
    query = select(PointsUnitReport).where(PointsUnitReport.area_id.in_(subtree(area_id)))
    return list(session.scalars(query.order_by(PointsUnitReport.id.desc()).limit(limit)))


def report_here(session: Session, area_id: int, public_id: str) -> PointsUnitReport | None:
    """A list of an area or below; None for every other one."""
    return session.scalar(
        select(PointsUnitReport).where(
            PointsUnitReport.public_id == public_id, PointsUnitReport.area_id.in_(subtree(area_id))
        )
    )
