"""For which team and project somebody's service counts: as chosen at sign-up, else the activity's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import PersonAlias, chunks

from .models import HOLDING, VolunteerActivity, VolunteerSignup, VolunteerSlot

Pair = tuple[int, int]
Credited = tuple[int | None, int | None]


def teams_of(session: Session, pairs: Collection[Pair]) -> Mapping[Pair, Credited]:
    """(team, project) by (kept person id, activity id), for activities that recruit; two statements for each chunk."""
    wanted = set(pairs)
    if not wanted:
        return {}
    activities = _activities(session, {activity for _person, activity in wanted})
    wanted = {pair for pair in wanted if pair[1] in activities}
    chosen = _chosen(session, wanted)
    return {pair: (chosen.get(pair, activities[pair[1]][0]), activities[pair[1]][1]) for pair in wanted}


def _activities(session: Session, ids: Collection[int]) -> dict[int, Credited]:
    found: dict[int, Credited] = {}
    row = VolunteerActivity
    for part in chunks(sorted(ids)):
        for activity_id, team_id, project_id in session.execute(
            select(row.activity_id, row.team_id, row.project_id).where(row.activity_id.in_(part))
        ):
            found[activity_id] = (team_id, project_id)
    return found


def _chosen(session: Session, wanted: Collection[Pair]) -> dict[Pair, int]:
    """The teams that people chose themselves; of several shifts of one activity the first."""
    found: dict[Pair, int] = {}
    for part in chunks(sorted({person for person, _activity in wanted})):
        merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id.in_(part))
        rows = session.execute(
            select(
                func.coalesce(PersonAlias.kept_id, VolunteerSignup.person_id),
                VolunteerSlot.activity_id,
                VolunteerSignup.team_id,
            )
            .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
            .outerjoin(PersonAlias, PersonAlias.merged_id == VolunteerSignup.person_id)
            .where(
                or_(VolunteerSignup.person_id.in_(part), VolunteerSignup.person_id.in_(merged)),
                VolunteerSignup.state.in_(HOLDING),
                VolunteerSignup.team_id.is_not(None),
            )
            .order_by(VolunteerSlot.starts_at, VolunteerSlot.id)
        )
        for person_id, activity_id, team_id in rows:
            pair = (int(person_id or 0), int(activity_id))
            if pair in wanted:
                found.setdefault(pair, int(team_id or 0))
    return found
