"""Lists of activities that look for volunteers: of an area, of teams, for anybody, and for one person.

Numbers of statements do not depend on how many rows there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Activity,
    ActivityKind,
    Area,
    Person,
    ancestors,
    current_site,
    normalise_text,
    path_of,
    subtree,
)

from ..teams.models import VolunteerTeam
from .models import (
    APPLIED,
    AREA,
    DRAFT,
    EVERYBODY,
    OPEN,
    TEAM,
    WAITLISTED,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)


@dataclass(frozen=True)
class Filters:
    """What a list of activities is narrowed by; ``when`` "" is from today on, "past" or "all"."""

    text: str = ""
    state: str = ""
    when: str = ""
    team: str = ""
    category: str = ""


@dataclass(frozen=True)
class Line:
    """One activity with its places and who waits for what."""

    activity_id: int
    public_id: str
    title: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    area: str
    team: str
    category: str
    state: str
    audience: str
    capacity: int = 0
    taken: int = 0
    applied: int = 0
    waiting: int = 0

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self.capacity - self.taken


def _lines_query() -> Any:
    return (
        select(
            Activity.id, Activity.public_id, Activity.title, Activity.local_date, Activity.starts_at,
            Activity.ends_at, Activity.place, Area.name, func.coalesce(VolunteerTeam.name, ""),
            VolunteerActivity.category, VolunteerActivity.state, VolunteerActivity.audience,
        )
        .select_from(VolunteerActivity)
        .join(Activity, Activity.id == VolunteerActivity.activity_id)
        .join(Area, Area.id == VolunteerActivity.area_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
    )  # fmt: skip


def _with_numbers(session: Session, rows: Sequence[Any]) -> list[Line]:
    """Lines with their numbers of places and sign-ups; two statements, none without lines."""
    ids = [row[0] for row in rows]
    if not ids:
        return []
    places: dict[int, tuple[int, int]] = {}
    for activity, capacity, taken in session.execute(
        select(VolunteerSlot.activity_id, func.sum(VolunteerSlot.capacity), func.sum(VolunteerSlot.taken))
        .where(VolunteerSlot.activity_id.in_(ids))
        .group_by(VolunteerSlot.activity_id)
    ):
        places[activity] = (int(capacity), int(taken))
    states: dict[int, dict[str, int]] = defaultdict(dict)
    for activity, state, count in session.execute(
        select(VolunteerSlot.activity_id, VolunteerSignup.state, func.count())
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .where(VolunteerSlot.activity_id.in_(ids), VolunteerSignup.state.in_((APPLIED, WAITLISTED)))
        .group_by(VolunteerSlot.activity_id, VolunteerSignup.state)
    ):
        states[activity][state] = int(count)
    lines = []
    for row in rows:
        waits = states[row[0]]
        numbers = (*places.get(row[0], (0, 0)), waits.get(APPLIED, 0), waits.get(WAITLISTED, 0))
        lines.append(Line(*(*row, *numbers)))
    return lines


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    today = current_site().today()
    found: list[ColumnElement[bool]] = []
    if filters.text:
        text = normalise_text(filters.text).casefold()
        found.append(
            or_(
                Activity.title_key.contains(text, autoescape=True),
                Activity.place.contains(filters.text, autoescape=True),
            )
        )
    if filters.state:
        found.append(VolunteerActivity.state == filters.state)
    if filters.category:
        found.append(VolunteerActivity.category == filters.category)
    if filters.team:
        found.append(VolunteerTeam.public_id == filters.team)
    if filters.when == "past":
        found.append(Activity.local_date < today)
    elif filters.when != "all":
        found.append(Activity.local_date >= today)
    return found


def activities_below(
    session: Session, area_id: int, filters: Filters, *, limit: int, offset: int
) -> tuple[list[Line], int]:
    """Activities of an area and below, the next one first (past ones: the last one first), and how many there are."""
    return _page(
        session,
        [VolunteerActivity.area_id.in_(subtree(area_id)), *_conditions(filters)],
        filters,
        limit,
        offset,
    )


def _page(
    session: Session, conditions: Sequence[ColumnElement[bool]], filters: Filters, limit: int, offset: int
) -> tuple[list[Line], int]:
    query = _lines_query().where(*conditions)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (
        (Activity.local_date.desc(), Activity.id.desc())
        if filters.when in ("past", "all")
        else (Activity.local_date, Activity.starts_at, Activity.id)
    )
    rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    return _with_numbers(session, rows), int(total)


def led_by(
    session: Session, team_ids: Collection[int], filters: Filters, *, limit: int, offset: int
) -> tuple[list[Line], int]:
    """The same for activities of teams, without drafts."""
    conditions = [VolunteerActivity.team_id.in_(team_ids), VolunteerActivity.state != DRAFT]
    return _page(session, [*conditions, *_conditions(filters)], filters, limit, offset)


def public_below(session: Session, area_id: int, *, limit: int) -> list[Line]:
    """What anybody may sign up for in an area and below, from today on; nobody's name."""
    conditions = [
        VolunteerActivity.area_id.in_(subtree(area_id)),
        VolunteerActivity.state == OPEN,
        VolunteerActivity.audience == EVERYBODY,
        *_conditions(Filters()),
    ]
    order = (Activity.local_date, Activity.starts_at, Activity.id)
    rows = session.execute(_lines_query().where(*conditions).order_by(*order).limit(limit)).all()
    return _with_numbers(session, rows)


def near_area(session: Session, person: Person) -> int:
    """The sub-district that a person belongs to, or the widest area of the site where there is none above them."""
    path = path_of(session, session.get_one(Area, person.area_id))
    return next((area.id for area in path if area.level == "subdistrict"), path[0].id)


def offered_to(
    session: Session,
    person: Person,
    team_ids: Collection[int],
    filters: Filters,
    *,
    near: int,
    limit: int,
    offset: int,
) -> tuple[list[Line], int]:
    """What a person may sign up for: open to everybody in ``near`` and below, to their area, or to their teams."""
    up = ancestors(person.area_id)
    for_them = or_(
        and_(VolunteerActivity.audience == EVERYBODY, VolunteerActivity.area_id.in_(subtree(near))),
        and_(VolunteerActivity.audience.in_((EVERYBODY, AREA)), VolunteerActivity.area_id.in_(up)),
        and_(VolunteerActivity.audience == TEAM, VolunteerActivity.team_id.in_(list(team_ids))),
    )
    conditions = [VolunteerActivity.state == OPEN, for_them, *_conditions(filters)]
    return _page(session, conditions, filters, limit, offset)


def planned_without(session: Session, area_id: int, *, limit: int = 20) -> list[Activity]:
    """Service of an area and below that is planned with times, is to come and does not look for volunteers yet."""
    query = (
        select(Activity)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .outerjoin(VolunteerActivity, VolunteerActivity.activity_id == Activity.id)
        .where(
            ActivityKind.service,
            Activity.area_id.in_(subtree(area_id)),
            Activity.local_date >= current_site().today(),
            Activity.starts_at > current_site().now(),
            VolunteerActivity.activity_id.is_(None),
        )
        .order_by(Activity.local_date, Activity.starts_at, Activity.id)
        .limit(limit)
    )
    return list(session.scalars(query))
