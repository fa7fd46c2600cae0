"""Reading teams: who leads which, who belongs where on a day, names, and what an area sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import PersonAlias, chunks, groups, subtree

from .models import ACTIVE, DEPUTY, LEADER, VolunteerMember, VolunteerTeam

LEADING = (LEADER, DEPUTY)


def member_on(day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a membership that lasts on ``day``."""
    member = VolunteerMember
    return member.joined_on <= day, or_(member.left_on.is_(None), member.left_on >= day)


def kept(column: Any) -> Any:
    """The kept id of the person in a column, as an expression."""
    alias = select(PersonAlias.kept_id).where(PersonAlias.merged_id == column).scalar_subquery()
    return func.coalesce(alias, column)


def rows_of(session: Session, person_id: int) -> list[int]:
    """All row ids of a human being, ``person_id`` among them."""
    return [row for several in groups(session, [person_id]).values() for row in several]


def below(team_ids: Collection[int]) -> Any:
    """A sub-query of teams with all teams below them, themselves among them."""
    tree = select(VolunteerTeam.id).where(VolunteerTeam.id.in_(team_ids)).cte("team_tree", recursive=True)
    tree = tree.union(select(VolunteerTeam.id).where(VolunteerTeam.parent_id == tree.c.id))
    return select(tree.c.id)


def leads(session: Session, person_ids: Collection[int]) -> set[int]:
    """Ids of the teams that one of these rows of a person leads now, with the teams below them; two statements.

    Whoever has left leads nothing; dissolved teams are led by nobody.
    """
    own = list(
        session.scalars(
            select(VolunteerMember.team_id).where(
                VolunteerMember.person_id.in_(person_ids),
                VolunteerMember.role.in_(LEADING),
                VolunteerMember.left_on.is_(None),
            )
        )
    )
    if not own:
        return set()
    active = select(VolunteerTeam.id).where(VolunteerTeam.id.in_(below(own)), VolunteerTeam.state == ACTIVE)
    return set(session.scalars(active))


def leaders_of(session: Session, team_ids: Collection[int]) -> set[int]:
    """Kept ids of the people who lead one of these teams or a team above it now."""
    if not team_ids:
        return set()
    up = (
        select(VolunteerTeam.id, VolunteerTeam.parent_id)
        .where(VolunteerTeam.id.in_(team_ids))
        .cte("up", recursive=True)
    )
    up = up.union(select(VolunteerTeam.id, VolunteerTeam.parent_id).where(VolunteerTeam.id == up.c.parent_id))
    return set(
        session.scalars(
            select(kept(VolunteerMember.person_id)).where(
                VolunteerMember.team_id.in_(select(up.c.id)),
                VolunteerMember.role.in_(LEADING),
                VolunteerMember.left_on.is_(None),
            )
        )
    )


@dataclass(frozen=True)
class TeamOf:
    """A team that somebody belongs to, and as what."""

    team_id: int
    public_id: str
    name: str
    role: str
    joined_on: date


def teams_of_person(session: Session, person_id: int, day: date) -> list[TeamOf]:
    """The teams that a person (any row of theirs) belongs to on a day, those led first; two statements."""
    member, team = VolunteerMember, VolunteerTeam
    query = (
        select(team.id, team.public_id, team.name, member.role, member.joined_on)
        .join(team, team.id == member.team_id)
        .where(member.person_id.in_(rows_of(session, person_id)), *member_on(day))
        .order_by(member.role != LEADER, member.role != DEPUTY, team.name, team.id)
    )
    found: dict[int, TeamOf] = {}
    for row in session.execute(query):
        found.setdefault(row[0], TeamOf(*row))
    return list(found.values())


def members_on(session: Session, team_id: int, day: date) -> set[int]:
    """Kept ids of the people who belong to a team on a day."""
    query = select(kept(VolunteerMember.person_id)).where(VolunteerMember.team_id == team_id, *member_on(day))
    return set(session.scalars(query))


def names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Names of teams by id."""
    found: dict[int, str] = {}
    for part in chunks(ids):
        rows = session.execute(select(VolunteerTeam.id, VolunteerTeam.name).where(VolunteerTeam.id.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


def team_here(session: Session, area_id: int, public_id: str) -> VolunteerTeam | None:
    """The team with this outside id, if it stands in ``area_id`` or below."""
    return session.scalar(
        select(VolunteerTeam).where(
            VolunteerTeam.public_id == public_id, VolunteerTeam.area_id.in_(subtree(area_id))
        )
    )


def active_teams(session: Session, area_id: int) -> Sequence[VolunteerTeam]:
    """The teams of ``area_id`` and below that are not dissolved, by name."""
    query = (
        select(VolunteerTeam)
        .where(VolunteerTeam.area_id.in_(subtree(area_id)), VolunteerTeam.state == ACTIVE)
        .order_by(VolunteerTeam.name, VolunteerTeam.id)
        .limit(1_000)
    )
    return session.scalars(query).all()


def children(team_id: int) -> Any:
    """A query of the teams directly below a team."""
    return select(VolunteerTeam.id).where(VolunteerTeam.parent_id == team_id).limit(200)
