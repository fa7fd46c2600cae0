"""What sign-ups tell attendance lists: who is expected at an activity, and who leads it; and what is not announced."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import ExpectedPerson

from ..teams.queries import leaders_of
from . import queries
from .models import CANCELLED, DRAFT, TEAM, VolunteerActivity


def expected_people(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    """Everybody with an approved place, by shift and name."""
    return [
        ExpectedPerson(person_id, slot.role, slot.starts_at, slot.ends_at)
        for person_id, slot in queries.expected(session, activity)
    ]


def unlisted_activities(session: Session, activities: Collection[int]) -> Collection[int]:
    """Drafts, what was cancelled, and what only members of a team are to find; one statement."""
    row = VolunteerActivity
    hidden = or_(row.state.in_((DRAFT, CANCELLED)), row.audience == TEAM)
    return set(session.scalars(select(row.activity_id).where(row.activity_id.in_(list(activities)), hidden)))


def activity_leaders(session: Session, activities: Collection[int]) -> Mapping[int, Collection[int]]:
    """The leaders of each activity's team and of the teams above it; a statement for each team."""
    teams = queries.teams_by_activity(session, activities)
    leaders = {team: leaders_of(session, [team]) for team in set(teams.values())}
    return {activity: leaders[team] for activity, team in teams.items()}
