"""What sign-ups tell attendance lists: who is expected at an activity, and who leads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from pointsys.plugin import ExpectedPerson

from ..teams.queries import leaders_of
from . import queries


def expected_people(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    """Everybody with an approved place, by shift and name."""
    return [
        ExpectedPerson(person_id, slot.role, slot.starts_at, slot.ends_at)
        for person_id, slot in queries.expected(session, activity)
    ]


def activity_leaders(session: Session, activities: Collection[int]) -> Mapping[int, Collection[int]]:
    """The leaders of each activity's team and of the teams above it; a statement for each team."""
    teams = queries.teams_by_activity(session, activities)
    leaders = {team: leaders_of(session, [team]) for team in set(teams.values())}
    return {activity: leaders[team] for activity, team in teams.items()}
