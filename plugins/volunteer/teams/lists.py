"""Lists of teams, their members and requests; a steady number of statements each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, Person, ancestors, name_condition, subtree

from .models import (
    ACTIVE,
    ASKED,
    CLOSED,
    MEMBER,
    VolunteerAllianceTeam,
    VolunteerJoining,
    VolunteerMember,
    VolunteerProject,
    VolunteerTeam,
)
from .queries import LEADING, kept, rows_of


@dataclass(frozen=True)
class TeamLine:
    """One team of a list; ``asked`` are requests that wait."""

    id: int
    public_id: str
    name: str
    host: str
    area: str
    parent: str
    state: str
    issuer_eligible: bool
    open_to_join: bool
    members: int
    asked: int
    projects: int


@dataclass(frozen=True)
class TeamFilters:
    """What a list of teams is narrowed to: a name, a state ("" for active), those with requests, an alliance's id."""

    query: str = ""
    state: str = ACTIVE
    asked: bool = False
    alliance: int | None = None
    ids: frozenset[int] | None = None


_TOP = aliased(VolunteerTeam, name="above")


def _counts() -> tuple[Any, Any, Any]:
    """Members, requests and projects of the team of the row."""
    team, member = VolunteerTeam, VolunteerMember
    members = (
        select(func.count(func.distinct(kept(member.person_id))))
        .where(member.team_id == team.id, member.left_on.is_(None))
        .correlate(team)
        .scalar_subquery()
    )
    asked = (
        select(func.count())
        .where(VolunteerJoining.team_id == team.id, VolunteerJoining.state == ASKED)
        .correlate(team)
        .scalar_subquery()
    )
    projects = (
        select(func.count())
        .where(VolunteerProject.team_id == team.id, VolunteerProject.state != CLOSED)
        .correlate(team)
        .scalar_subquery()
    )
    return members, asked, projects


def _line_query() -> Any:
    team = VolunteerTeam
    return (
        select(
            team.id, team.public_id, team.name, team.host, Area.name, func.coalesce(_TOP.name, ""), team.state,
            team.issuer_eligible, team.open_to_join, *_counts(), func.count().over(),
        )
        .join(Area, Area.id == team.area_id)
        .outerjoin(_TOP, _TOP.id == team.parent_id)
    )  # fmt: skip


def _page(session: Session, query: Any, limit: int | None, offset: int) -> tuple[list[TeamLine], int]:
    rows = session.execute(query.limit(limit).offset(offset)).all()
    return [TeamLine(*row[:12]) for row in rows], int(rows[0][12]) if rows else 0


def teams_page(
    session: Session, area_id: int, filters: TeamFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[TeamLine], int]:
    """Teams of ``area_id`` and below by name, and how many there are; one statement."""
    team = VolunteerTeam
    query = _line_query().where(team.area_id.in_(subtree(area_id)), *_conditions(filters))
    return _page(session, query.order_by(team.name, team.id), limit, offset)


def _conditions(filters: TeamFilters) -> list[ColumnElement[bool]]:
    team = VolunteerTeam
    found: list[ColumnElement[bool]] = []
    if filters.state:
        found.append(team.state == filters.state)
    if filters.query:
        found.append(
            or_(
                team.name.contains(filters.query, autoescape=True),
                team.host.contains(filters.query, autoescape=True),
            )
        )
    if filters.asked:
        found.append(exists().where(VolunteerJoining.team_id == team.id, VolunteerJoining.state == ASKED))
    if filters.alliance is not None:
        allied = VolunteerAllianceTeam
        found.append(
            exists().where(
                allied.team_id == team.id, allied.alliance_id == filters.alliance, allied.to_on.is_(None)
            )
        )
    if filters.ids is not None:
        found.append(team.id.in_(filters.ids))
    return found


def teams_by_id(session: Session, ids: Collection[int]) -> list[TeamLine]:
    """These teams by name, wherever they stand; one statement."""
    query = _line_query().where(VolunteerTeam.id.in_(ids)).order_by(VolunteerTeam.name, VolunteerTeam.id)
    return _page(session, query, None, 0)[0]


def teams_to_join(
    session: Session,
    area_id: int,
    query: str = "",
    *,
    limit: int = 50,
    offset: int = 0,
    only: int | None = None,
    without: Collection[int] = (),
) -> tuple[list[TeamLine], int]:
    """Teams that somebody of ``area_id`` may ask to join: those of all areas above it, and of the areas beside it
    below the nearest community; ``only`` asks of one team, those of ``without`` are left out. One statement."""
    community = (
        select(Area.id).where(Area.id.in_(ancestors(area_id)), Area.level == "community").scalar_subquery()
    )
    team = VolunteerTeam
    found = _line_query().where(
        team.state == ACTIVE,
        team.open_to_join,
        team.id.not_in(without),
        or_(
            team.area_id.in_(ancestors(area_id)),
            team.area_id.in_(subtree(area_id)),
            team.area_id.in_(select(Area.id).where(Area.parent_id == community)),
        ),
    )
    if only is not None:
        found = found.where(team.id == only)
    if query:
        found = found.where(
            or_(team.name.contains(query, autoescape=True), team.host.contains(query, autoescape=True))
        )
    return _page(session, found.order_by(team.name, team.id), limit, offset)


def leader_names(session: Session, team_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Names of leaders, then deputies, by team; one statement."""
    member = VolunteerMember
    found: dict[int, list[str]] = {}
    for team, name in session.execute(
        select(member.team_id, Person.name)
        .select_from(member)
        .join(Person, Person.id == kept(member.person_id))
        .where(member.team_id.in_(team_ids), member.role.in_(LEADING), member.left_on.is_(None))
        .order_by(member.role.desc(), Person.sort_key)
    ):
        if name not in found.setdefault(team, []):
            found[team].append(name)
    return found


@dataclass(frozen=True)
class MemberLine:
    """One membership; ``here`` says that the person belongs to the area of the page."""

    public_id: str
    person_id: int
    person: str
    name: str
    area: str
    role: str
    joined_on: date
    left_on: date | None
    here: bool


def members_page(
    session: Session,
    team_id: int,
    area_id: int | None,
    query: str = "",
    *,
    left: bool = False,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[MemberLine], int]:
    """Members of a team, leaders first, then by name; ``left`` for those who have left. One statement."""
    member = VolunteerMember
    here = Person.area_id.in_(subtree(area_id)) if area_id is not None else Person.id.is_(None)
    found = (
        select(
            member.public_id, Person.id, Person.public_id, Person.name, Area.name, member.role,
            member.joined_on, member.left_on, here, func.count().over(),
        )
        .select_from(member)
        .join(Person, Person.id == kept(member.person_id))
        .join(Area, Area.id == Person.area_id)
        .where(
            member.team_id == team_id, member.left_on.is_not(None) if left else member.left_on.is_(None)
        )
        .order_by(member.role == MEMBER, member.role.desc(), Person.sort_key, member.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if query:
        found = found.where(name_condition(query))
    rows: Sequence[Any] = session.execute(found).all()
    return [MemberLine(*row[:9]) for row in rows], int(rows[0][9]) if rows else 0


@dataclass(frozen=True)
class AskingLine:
    """A request to join: whose, to which team, and how it stands."""

    public_id: str
    team: str
    team_name: str
    person: str
    name: str
    area: str
    words: str
    state: str
    asked_at: datetime
    answer: str


def _askings() -> Any:
    joining = VolunteerJoining
    return (
        select(
            joining.public_id, VolunteerTeam.public_id, VolunteerTeam.name, Person.public_id, Person.name,
            Area.name, joining.words, joining.state, joining.asked_at, joining.answer,
        )
        .select_from(joining)
        .join(VolunteerTeam, VolunteerTeam.id == joining.team_id)
        .join(Person, Person.id == kept(joining.person_id))
        .join(Area, Area.id == Person.area_id)
    )  # fmt: skip


def askings_of_teams(session: Session, team_ids: Collection[int]) -> list[AskingLine]:
    """Requests to these teams that wait, oldest first; one statement."""
    query = _askings().where(VolunteerJoining.team_id.in_(team_ids), VolunteerJoining.state == ASKED)
    return [AskingLine(*row) for row in session.execute(query.order_by(VolunteerJoining.id).limit(500))]


def askings_of_person(session: Session, person_id: int) -> list[AskingLine]:
    """A person's requests, newest first; two statements."""
    query = _askings().where(VolunteerJoining.person_id.in_(rows_of(session, person_id)))
    return [AskingLine(*row) for row in session.execute(query.order_by(VolunteerJoining.id.desc()).limit(50))]


def asked_below(area_id: int) -> Select[Any]:
    """A query that counts the requests that wait to teams of ``area_id`` and below."""
    return (
        select(func.count())
        .select_from(VolunteerJoining)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerJoining.team_id)
        .where(VolunteerJoining.state == ASKED, VolunteerTeam.area_id.in_(subtree(area_id)))
    )


def waiting_askings(session: Session, area_id: int) -> int:
    """How many requests to teams of ``area_id`` and below wait."""
    return int(session.scalar(asked_below(area_id)) or 0)
