"""To which team and project activities belong that never recruited: what is over, or came from a sheet.

Such an activity gets a row in state closed, without shifts. Whoever served is derived anew, since hours count for the
team: as chosen at sign-up, else the activity's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    PENDING,
    Activity,
    ActivityKind,
    Actor,
    Area,
    Entry,
    Problem,
    audit,
    chunks,
    current_site,
    mark_people,
    normalise_text,
    subtree,
)

from ..teams.models import VolunteerTeam
from .models import AREA, CLOSED, VolunteerActivity
from .planning import Terms, checked

MOST_AT_ONCE = 500


def belong(
    session: Session,
    activities: Sequence[Activity],
    team_id: int | None,
    project_id: int | None,
    category: str,
    actor: Actor,
) -> int:
    """Put activities into a team's or project's charge, also those that are over; returns how many changed.

    ``category`` "" leaves theirs as it is. Raises Problem too_many_activities, other_team, team_dissolved,
    bad_category.
    """  # fmt: skip
    if len(activities) > MOST_AT_ONCE:
        raise Problem("too_many_activities", N_("At most %(most)s activities at a time."), most=MOST_AT_ONCE)
    terms = checked(
        session,
        Terms(team_id=team_id, project_id=project_id, category=category, audience=AREA, needs_approval=False),
    )
    ids = [activity.id for activity in activities]
    query = select(VolunteerActivity).where(VolunteerActivity.activity_id.in_(ids)).with_for_update()
    rows = {row.activity_id: row for row in session.scalars(query)}
    changed = [
        activity for activity in activities if _set(session, activity, rows.get(activity.id), terms, actor)
    ]
    session.flush()
    if not changed:
        return 0
    audit.write(
        session, actor, "volunteer.activities_assigned", "activity", changed[0].public_id,
        area_id=changed[0].area_id, count=len(changed),
        after={
            "activities": [one.public_id for one in changed], "team": terms.team_id, "project": terms.project_id,
            "category": category,
        },
    )  # fmt: skip
    _derive_again(session, [activity.id for activity in changed])
    return len(changed)


def _set(
    session: Session, activity: Activity, row: VolunteerActivity | None, terms: Terms, actor: Actor
) -> bool:
    """Give one activity its team, project and category; whether anything changed."""
    now = current_site().now()
    if row is None:
        session.add(
            VolunteerActivity(
                activity_id=activity.id, area_id=activity.area_id, state=CLOSED, series="", reason="",
                created_at=now, created_by=actor.label, changed_at=now, changed_by=actor.label, **asdict(terms),
            )
        )  # fmt: skip
        return True
    category = terms.category or row.category
    if (row.team_id, row.project_id, row.category) == (terms.team_id, terms.project_id, category):
        return False
    row.team_id, row.project_id, row.category = terms.team_id, terms.project_id, category
    row.changed_at, row.changed_by = now, actor.label
    return True


def _derive_again(session: Session, activity_ids: Sequence[int]) -> None:
    people: dict[int, set[int]] = {}
    for part in chunks(activity_ids):
        rows = session.execute(
            select(Entry.person_id, Entry.person_area_id)
            .where(Entry.activity_id.in_(part), Entry.status.in_((PENDING, CONFIRMED)))
            .distinct()
        )
        for person_id, area_id in rows:
            people.setdefault(person_id, set()).add(area_id)
    mark_people(session, people.keys(), people)


@dataclass(frozen=True)
class Held:
    """An activity that took place or was to, with how many parts are on record and its team, "" for none."""

    public_id: str
    title: str
    local_date: date
    area: str
    kind: str
    entries: int
    team: str


def held_below(
    session: Session, area_id: int, *, text: str, everything: bool, limit: int, offset: int
) -> tuple[list[Held], int]:
    """Service of an area and below until today, the last first: without a team, or (``everything``) all of it."""
    entries = (
        select(func.count())
        .where(Entry.activity_id == Activity.id, Entry.status.in_((PENDING, CONFIRMED)))
        .scalar_subquery()
    )
    query = (
        select(
            Activity.public_id, Activity.title, Activity.local_date, Area.name, ActivityKind.title, entries,
            func.coalesce(VolunteerTeam.name, ""),
        )
        .join(Area, Area.id == Activity.area_id)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .outerjoin(VolunteerActivity, VolunteerActivity.activity_id == Activity.id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .where(
            Activity.area_id.in_(subtree(area_id)),
            Activity.local_date <= current_site().today(),
            ActivityKind.service,
        )
    )  # fmt: skip
    if not everything:
        query = query.where(VolunteerActivity.team_id.is_(None))
    if text:
        query = query.where(Activity.title_key.contains(normalise_text(text).casefold(), autoescape=True))
    total = (
        session.scalar(select(func.count()).select_from(query.with_only_columns(Activity.id).subquery())) or 0
    )
    rows = session.execute(
        query.order_by(Activity.local_date.desc(), Activity.id.desc()).limit(limit).offset(offset)
    )
    return [Held(*row) for row in rows], int(total)


def activities_here(session: Session, area_id: int, public_ids: Sequence[str]) -> list[Activity] | None:
    """The activities with these outside ids in an area and below; None when one is not there."""
    wanted = set(public_ids)
    query = select(Activity).where(Activity.public_id.in_(wanted), Activity.area_id.in_(subtree(area_id)))
    found = list(session.scalars(query.order_by(Activity.id)))
    return found if len(found) == len(wanted) else None
