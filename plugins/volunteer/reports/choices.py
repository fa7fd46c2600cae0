"""Teams and projects that a report can be narrowed to: those of the area, below it, and above it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Problem, ancestors, subtree

from ..teams.models import VolunteerProject, VolunteerTeam
from .figures import CREDIT, HONOUR

MOST = 500
CLASSES = {CREDIT: N_("Credit hours only (timed by check-in and check-out)"), HONOUR: N_("Honour hours only")}


def _around(area_id: int) -> ColumnElement[bool]:
    team = VolunteerTeam
    return or_(team.area_id.in_(subtree(area_id)), team.area_id.in_(ancestors(area_id)))


def teams(session: Session, area_id: int) -> Sequence[VolunteerTeam]:
    """The teams to choose from, by name; at most 500."""
    query = select(VolunteerTeam).where(_around(area_id)).order_by(VolunteerTeam.name, VolunteerTeam.id)
    return session.scalars(query.limit(MOST)).all()


def projects(session: Session, area_id: int) -> Sequence[VolunteerProject]:
    """The projects of these teams, by code; at most 500."""
    project = VolunteerProject
    query = select(project).join(VolunteerTeam, VolunteerTeam.id == project.team_id).where(_around(area_id))
    return session.scalars(query.order_by(project.code).limit(MOST)).all()


def find_team(session: Session, area_id: int, text: str) -> VolunteerTeam:
    """The team with this outside id or name; raises Problem unknown_team, also where a name stands for several."""
    team = VolunteerTeam
    named = or_(team.public_id == text.strip(), team.name == text.strip())
    found = session.scalars(select(team).where(named, _around(area_id)).order_by(team.id).limit(2)).all()
    if len(found) != 1:
        raise Problem(
            "unknown_team",
            N_("There is no team %(team)s here, or more than one: give its id, as reports by team list it."),
            field="team", team=text.strip(),
        )  # fmt: skip
    return found[0]


def find_project(session: Session, area_id: int, text: str) -> VolunteerProject:
    """The project with this code or outside id; raises Problem unknown_project."""
    project = VolunteerProject
    found = session.scalar(
        select(project)
        .join(VolunteerTeam, VolunteerTeam.id == project.team_id)
        .where(or_(project.code == text.strip(), project.public_id == text.strip()), _around(area_id))
    )
    if found is None:
        raise Problem(
            "unknown_project", N_("There is no project %(code)s here."), field="project", code=text.strip()
        )
    return found
