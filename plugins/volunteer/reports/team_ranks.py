"""The ranking of an area's teams: hours of everybody who served for them, wherever these people belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import subtree

from ..models import VolunteerCredit
from ..teams.models import VolunteerTeam
from .figures import grains, sums
from .registered import in_teams

# A team with fewer active people would tell what one of them did.
FEWEST = 5


@dataclass(frozen=True)
class TeamLine:
    """One team's place: equal minutes share it."""

    rank: int
    team_id: int
    public_id: str
    name: str
    host: str
    members: int
    active: int
    entries: int
    minutes: int


def team_ranking(
    session: Session, area_id: int, first: date, last: date, klass: str = "", fewest: int = 0
) -> Sequence[TeamLine]:
    """Teams that stand in an area or below with hours in some days, most first; three statements.

    With ``fewest`` only teams with so many active people.
    """
    team, credit = VolunteerTeam, VolunteerCredit
    teams = session.scalars(select(team).where(team.area_id.in_(subtree(area_id)))).all()
    here = select(team.id).where(team.area_id.in_(subtree(area_id)))
    wanted = [credit.team_id.in_(here), *([credit.klass == klass] if klass else [])]
    rows = grains(first, last, *wanted)
    lines = sums(session, rows, rows.c.team_id)
    members = in_teams(session, [one.id for one in teams], None, last)
    found = [(one, lines[one.id]) for one in teams if one.id in lines and lines[one.id].minutes > 0]
    found = [pair for pair in found if pair[1].active >= fewest]
    found.sort(key=lambda pair: (-pair[1].minutes, pair[0].name, pair[0].id))
    ranked: list[TeamLine] = []
    for number, (one, line) in enumerate(found, start=1):
        same = bool(ranked) and ranked[-1].minutes == line.minutes
        ranked.append(
            TeamLine(
                ranked[-1].rank if same else number, one.id, one.public_id, one.name, one.host,
                members[one.id], line.active, line.entries, line.minutes,
            )
        )  # fmt: skip
    return ranked
