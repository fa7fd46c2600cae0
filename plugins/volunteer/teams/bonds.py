"""Lists of alliances and projects; a steady number of statements each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, subtree

from .models import VolunteerAlliance, VolunteerAllianceTeam, VolunteerProject, VolunteerTeam


@dataclass(frozen=True)
class AllianceLine:
    """One alliance and how many teams are in it."""

    id: int
    public_id: str
    name: str
    about: str
    area: str
    closed_on: date | None
    teams: int


def alliances_page(
    session: Session, area_id: int, query: str = "", *, limit: int | None = 50, offset: int = 0
) -> tuple[list[AllianceLine], int]:
    """Alliances of ``area_id`` and below, those that last first; one statement."""
    alliance, allied = VolunteerAlliance, VolunteerAllianceTeam
    teams = (
        select(func.count())
        .where(allied.alliance_id == alliance.id, allied.to_on.is_(None))
        .correlate(alliance)
        .scalar_subquery()
    )
    found = (
        select(
            alliance.id, alliance.public_id, alliance.name, alliance.about, Area.name, alliance.closed_on, teams,
            func.count().over(),
        )
        .select_from(alliance)
        .join(Area, Area.id == alliance.area_id)
        .where(alliance.area_id.in_(subtree(area_id)))
        .order_by(alliance.closed_on.is_not(None), alliance.name, alliance.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if query:
        found = found.where(alliance.name.contains(query, autoescape=True))
    rows: Sequence[Any] = session.execute(found).all()
    return [AllianceLine(*row[:7]) for row in rows], int(rows[0][7]) if rows else 0


@dataclass(frozen=True)
class ProjectLine:
    """One project of a list."""

    id: int
    public_id: str
    code: str
    title: str
    category: str
    team: str
    team_name: str
    area: str
    from_on: date
    to_on: date | None
    state: str


@dataclass(frozen=True)
class ProjectFilters:
    """What a list of projects is narrowed to: words, a state, a category, one team's id."""

    query: str = ""
    state: str = ""
    category: str = ""
    team: int | None = None


def projects_page(
    session: Session,
    area_id: int | None,
    filters: ProjectFilters,
    *,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[ProjectLine], int]:
    """Projects of the teams of ``area_id`` and below (None: of any), the latest first; one statement."""
    project, team = VolunteerProject, VolunteerTeam
    found = (
        select(
            project.id, project.public_id, project.code, project.title, project.category, team.public_id,
            team.name, Area.name, project.from_on, project.to_on, project.state, func.count().over(),
        )
        .select_from(project)
        .join(team, team.id == project.team_id)
        .join(Area, Area.id == team.area_id)
        .order_by(project.from_on.desc(), project.id.desc())
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if area_id is not None:
        found = found.where(team.area_id.in_(subtree(area_id)))
    if filters.query:
        words = (project.title, project.code, team.name)
        found = found.where(or_(*(one.contains(filters.query, autoescape=True) for one in words)))
    if filters.state:
        found = found.where(project.state == filters.state)
    if filters.category:
        found = found.where(project.category == filters.category)
    if filters.team is not None:
        found = found.where(project.team_id == filters.team)
    rows: Sequence[Any] = session.execute(found).all()
    return [ProjectLine(*row[:11]) for row in rows], int(rows[0][11]) if rows else 0


def project_here(session: Session, area_id: int, public_id: str) -> VolunteerProject | None:
    """The project with this outside id, if its team stands in ``area_id`` or below."""
    return session.scalar(
        select(VolunteerProject)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerProject.team_id)
        .where(VolunteerProject.public_id == public_id, VolunteerTeam.area_id.in_(subtree(area_id)))
    )


def alliance_here(session: Session, area_id: int, public_id: str) -> VolunteerAlliance | None:
    """The alliance with this outside id, if it is of ``area_id`` or below."""
    return session.scalar(
        select(VolunteerAlliance).where(
            VolunteerAlliance.public_id == public_id, VolunteerAlliance.area_id.in_(subtree(area_id))
        )
    )


def alliances_of_team(session: Session, team_id: int) -> list[str]:
    """Names of the alliances that a team is in now."""
    allied = VolunteerAllianceTeam
    query = (
        select(VolunteerAlliance.name)
        .join(allied, and_(allied.alliance_id == VolunteerAlliance.id, allied.to_on.is_(None)))
        .where(allied.team_id == team_id)
        .order_by(VolunteerAlliance.name)
    )
    return list(session.scalars(query))
