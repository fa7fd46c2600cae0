"""Reading one activity that looks for volunteers: its shifts, who signed up, and what is one's own.

Numbers of statements do not depend on how many rows there are; names are those of the kept rows of merged people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    Activity,
    ActivityKind,
    Area,
    Person,
    chunks,
    current_site,
    name_condition,
    subtree,
)

from ..teams.models import VolunteerProject, VolunteerTeam
from ..teams.queries import kept
from .models import (
    APPLIED,
    APPROVED,
    HOLDING,
    LIVE,
    NO_SHOW,
    WAITLISTED,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from .rules import cancel_until

MOST_SIGNUPS = 5_000
MOST_OWN = 200


@dataclass(frozen=True)
class Found:
    """One activity that looks for volunteers, with what a page says of it."""

    row: VolunteerActivity
    activity: Activity
    area: Area
    kind: str
    team: VolunteerTeam | None
    project: VolunteerProject | None

    @property
    def public_id(self) -> str:
        """The activity's id in addresses."""
        return self.activity.public_id


def find(session: Session, public_id: str, *conditions: ColumnElement[bool]) -> Found | None:
    """The activity with this outside id that fits the conditions; one statement."""
    row = session.execute(
        select(VolunteerActivity, Activity, Area, ActivityKind.title, VolunteerTeam, VolunteerProject)
        .join(Activity, Activity.id == VolunteerActivity.activity_id)
        .join(Area, Area.id == VolunteerActivity.area_id)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .outerjoin(VolunteerProject, VolunteerProject.id == VolunteerActivity.project_id)
        .where(Activity.public_id == public_id, *conditions)
    ).one_or_none()
    return None if row is None else Found(*row)


def find_below(session: Session, area_id: int, public_id: str) -> Found | None:
    """The activity with this outside id in an area or below."""
    return find(session, public_id, VolunteerActivity.area_id.in_(subtree(area_id)))


@dataclass(frozen=True)
class SlotLine:
    """A shift with how many wait for a place."""

    slot: VolunteerSlot
    waiting: int

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self.slot.capacity - self.slot.taken


def slots_of(session: Session, activity_id: int) -> list[SlotLine]:
    """The shifts of an activity, the first one first; one statement."""
    waits = (
        select(func.count())
        .where(VolunteerSignup.slot_id == VolunteerSlot.id, VolunteerSignup.state == WAITLISTED)
        .scalar_subquery()
    )
    rows = session.execute(
        select(VolunteerSlot, waits)
        .where(VolunteerSlot.activity_id == activity_id)
        .order_by(VolunteerSlot.starts_at, VolunteerSlot.role, VolunteerSlot.id)
    )
    return [SlotLine(row[0], int(row[1])) for row in rows]


def slot_of(session: Session, activity_id: int, public_id: str) -> VolunteerSlot | None:
    """The shift of an activity with this outside id."""
    return session.scalar(
        select(VolunteerSlot).where(
            VolunteerSlot.public_id == public_id, VolunteerSlot.activity_id == activity_id
        )
    )


@dataclass(frozen=True)
class SignupLine:
    """A sign-up with its person and shift; ``guardian`` and ``team`` are names, "" for none."""

    signup: VolunteerSignup
    slot: VolunteerSlot
    person: Person
    team: str
    guardian: str
    activity: Activity
    title: str
    cancel_hours: int

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.signup.state


_ORDER = case({APPLIED: 0, APPROVED: 1, NO_SHOW: 1, WAITLISTED: 2}, value=VolunteerSignup.state, else_=3)


def _signup_query() -> Any:
    guardian = aliased(Person)
    return (
        select(
            VolunteerSignup, VolunteerSlot, Person, func.coalesce(VolunteerTeam.name, ""),
            func.coalesce(guardian.name, ""), Activity, Activity.title, VolunteerActivity.cancel_hours,
        )
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(VolunteerActivity, VolunteerActivity.activity_id == VolunteerSlot.activity_id)
        .join(Activity, Activity.id == VolunteerSlot.activity_id)
        .join(Person, Person.id == kept(VolunteerSignup.person_id))
        .outerjoin(guardian, guardian.id == VolunteerSignup.guardian_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == VolunteerSignup.team_id)
    )  # fmt: skip


def signups_of(
    session: Session, activity_id: int, *, text: str = "", state: str = "", slot: str = ""
) -> list[SignupLine]:
    """Who signed up for an activity: by shift, those to be decided on first, the waiting list in its order."""
    query = _signup_query().where(VolunteerSlot.activity_id == activity_id)
    if text:
        query = query.where(or_(name_condition(text), VolunteerSignup.party.contains(text, autoescape=True)))
    if state:
        query = query.where(VolunteerSignup.state == state)
    if slot:
        query = query.where(VolunteerSlot.public_id == slot)
    query = query.order_by(
        VolunteerSlot.starts_at, VolunteerSlot.role, VolunteerSlot.id, _ORDER, VolunteerSignup.place,
        VolunteerSignup.signed_up_at, VolunteerSignup.id,
    ).limit(MOST_SIGNUPS)  # fmt: skip
    return [SignupLine(*row) for row in session.execute(query)]


def to_decide(
    session: Session, area_id: int, *, text: str = "", limit: int, offset: int
) -> tuple[list[SignupLine], int]:
    """Sign-ups of an area and below that wait for a decision and are still to come, the nearest shift first."""
    query = _signup_query().where(*_undecided(area_id))
    if text:
        query = query.where(name_condition(text))
    total = session.scalar(
        select(func.count()).select_from(query.with_only_columns(VolunteerSignup.id).subquery())
    )
    rows = session.execute(
        query.order_by(VolunteerSlot.starts_at, VolunteerSignup.id).limit(limit).offset(offset)
    )
    return [SignupLine(*row) for row in rows], int(total or 0)


def _undecided(area_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        VolunteerActivity.area_id.in_(subtree(area_id)),
        VolunteerSignup.state == APPLIED,
        VolunteerSlot.starts_at > current_site().now(),
    )


def counting_undecided(area_id: int) -> Select[Any]:
    """A query that counts the sign-ups of an area and below that wait for a decision."""
    return (
        select(func.count())
        .select_from(VolunteerSignup)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(VolunteerActivity, VolunteerActivity.activity_id == VolunteerSlot.activity_id)
        .where(*_undecided(area_id))
    )


def undecided(session: Session, area_id: int) -> int:
    """How many sign-ups of an area and below wait for a decision; one statement."""
    return int(session.scalar(counting_undecided(area_id)) or 0)


def named(session: Session, activity_id: int, public_ids: Collection[str]) -> list[VolunteerSignup] | None:
    """The sign-ups of an activity with these outside ids; None when one is not there."""
    wanted = set(public_ids)
    rows = session.scalars(
        select(VolunteerSignup)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .where(VolunteerSlot.activity_id == activity_id, VolunteerSignup.public_id.in_(wanted))
    ).all()
    return list(rows) if len(rows) == len(wanted) else None


def named_below(session: Session, area_id: int, public_ids: Collection[str]) -> list[SignupLine] | None:
    """The sign-ups with these outside ids in an area and below; None when one is not there."""
    wanted = set(public_ids)
    rows = session.execute(
        _signup_query().where(
            VolunteerActivity.area_id.in_(subtree(area_id)), VolunteerSignup.public_id.in_(wanted)
        )
    ).all()
    return [SignupLine(*row) for row in rows] if len(rows) == len(wanted) else None


def own(session: Session, rows: Collection[int], *, past: bool = False) -> list[SignupLine]:
    """The sign-ups of people (all row ids), those to come by time, past ones the last first; one statement."""
    query = _signup_query().where(VolunteerSignup.person_id.in_(list(rows)))
    now = current_site().now()
    if past:
        query = query.where(VolunteerSlot.ends_at <= now).order_by(VolunteerSlot.starts_at.desc())
    else:
        query = query.where(
            VolunteerSlot.ends_at > now, or_(VolunteerSignup.state.in_((*LIVE, NO_SHOW)), VolunteerSignup.news,
            VolunteerSignup.changed_at > now - timedelta(days=30)),
        ).order_by(VolunteerSlot.starts_at)  # fmt: skip
    return [SignupLine(*row) for row in session.execute(query.limit(MOST_OWN))]


def own_signup(session: Session, rows: Collection[int], public_id: str) -> VolunteerSignup | None:
    """The sign-up of one of these people with this outside id."""
    return session.scalar(
        select(VolunteerSignup).where(
            VolunteerSignup.public_id == public_id, VolunteerSignup.person_id.in_(list(rows))
        )
    )


def by_slot(session: Session, activity_id: int, rows: Collection[int]) -> Mapping[int, Mapping[int, str]]:
    """Shift -> row id of the person -> state, of these people at an activity; one statement."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    query = (
        select(VolunteerSignup.slot_id, VolunteerSignup.person_id, VolunteerSignup.state)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .where(VolunteerSlot.activity_id == activity_id, VolunteerSignup.person_id.in_(list(rows)))
    )
    for slot_id, person_id, state in session.execute(query):
        found[slot_id][person_id] = state
    return found


@dataclass(frozen=True)
class Ahead:
    """What one has ahead: shifts with a place, the next one's time and title, and changes not seen yet."""

    count: int
    starts_at: datetime | None
    title: str
    news: int


def ahead(session: Session, rows: Collection[int]) -> Ahead:
    """What these people (row ids) have ahead; one statement."""
    found = session.execute(
        select(VolunteerSignup.state, VolunteerSignup.news, VolunteerSlot.starts_at, Activity.title)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(Activity, Activity.id == VolunteerSlot.activity_id)
        .where(
            VolunteerSignup.person_id.in_(list(rows)),
            VolunteerSlot.ends_at > current_site().now(),
            or_(VolunteerSignup.state.in_(LIVE), VolunteerSignup.news),
        )
        .order_by(VolunteerSlot.starts_at)
        .limit(MOST_OWN)
    ).all()
    sure = [row for row in found if row.state in HOLDING]
    first = sure[0] if sure else None
    return Ahead(
        len(sure),
        first.starts_at if first else None,
        first.title if first else "",
        sum(row.news for row in found),
    )


def expected(session: Session, activity_id: int) -> list[tuple[int, VolunteerSlot]]:
    """Who has an approved place at an activity, with the shift, in the order of shifts and names."""
    rows = session.execute(
        select(VolunteerSignup.person_id, VolunteerSlot)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(Person, Person.id == VolunteerSignup.person_id)
        .where(VolunteerSlot.activity_id == activity_id, VolunteerSignup.state == APPROVED)
        .order_by(VolunteerSlot.starts_at, VolunteerSlot.id, Person.sort_key, Person.id)
    )
    return [(int(row[0]), row[1]) for row in rows]


def teams_by_activity(session: Session, activity_ids: Collection[int]) -> dict[int, int]:
    """The team of each activity that has one."""
    found: dict[int, int] = {}
    for part in chunks(activity_ids):
        rows = session.execute(
            select(VolunteerActivity.activity_id, VolunteerActivity.team_id).where(
                VolunteerActivity.activity_id.in_(part), VolunteerActivity.team_id.is_not(None)
            )
        )
        found.update((int(row[0]), int(row[1] or 0)) for row in rows)
    return found


def row_of(session: Session, activity_id: int) -> VolunteerActivity:
    """The row of an activity that recruits."""
    return session.get_one(VolunteerActivity, activity_id)


def row_of_signup(session: Session, signup: VolunteerSignup) -> VolunteerActivity:
    """The row of the activity that a sign-up is for."""
    slot = session.get_one(VolunteerSlot, signup.slot_id)
    return session.get_one(VolunteerActivity, slot.activity_id)


def may_withdraw(line: SignupLine, now: datetime) -> bool:
    """Whether people can still take this sign-up back themselves."""
    if line.state not in LIVE:
        return False
    hours = line.cancel_hours if line.state == APPROVED else 0
    return now < cancel_until(line.slot.starts_at, hours)
