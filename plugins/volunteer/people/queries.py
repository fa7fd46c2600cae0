"""Lists of registered volunteers and applicants of an area; a steady number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, Person, PersonAlias, name_condition, subtree

from ..teams.models import VolunteerMember, VolunteerTeam
from ..teams.queries import kept
from .models import ACTIVE, APPLICANT, SUSPENDED, WITHDRAWN, VolunteerExternalId, VolunteerProfile

SORTS = ("name", "number", "-registered")


@dataclass(frozen=True)
class VolunteerLine:
    """One volunteer or applicant of a list."""

    person_id: int
    person: str
    name: str
    birth_date: date | None
    area: str
    number: str
    state: str
    way: str
    applied_at: datetime
    registered_on: date | None
    reason: str


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to: a name or number, a state, a team (outside id)."""

    query: str = ""
    state: str = ""
    team: str = ""


def volunteers_page(
    session: Session,
    area_id: int,
    filters: Filters,
    *,
    sort: str = "name",
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[VolunteerLine], int]:
    """Volunteers who belong to ``area_id`` or below, and how many there are; one statement."""
    profile = VolunteerProfile
    order: Mapping[str, tuple[Any, ...]] = {
        "name": (Person.sort_key, Person.id),
        "number": (profile.volunteer_no.is_(None), profile.volunteer_no, Person.id),
        "-registered": (profile.registered_on.is_(None), profile.registered_on.desc(), Person.id.desc()),
    }
    query = (
        select(
            Person.id, Person.public_id, Person.name, Person.birth_date, Area.name,
            func.coalesce(profile.volunteer_no, ""), profile.state, profile.way, profile.applied_at,
            profile.registered_on, profile.reason, func.count().over(),
        )
        .select_from(profile)
        .join(Person, Person.id == kept(profile.person_id))
        .join(Area, Area.id == Person.area_id)
        .where(Person.area_id.in_(subtree(area_id)), Person.closed == "", _once(), *_conditions(filters))
        .order_by(*order.get(sort, order["name"]))
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    rows: Sequence[Any] = session.execute(query).all()
    return [VolunteerLine(*row[:11]) for row in rows], int(rows[0][11]) if rows else 0


def _once() -> ColumnElement[bool]:
    """Leaves out the profile of a merged row where the kept row has one."""
    other = aliased(VolunteerProfile, name="other_profile")
    alias = PersonAlias
    return ~(
        select(alias.merged_id)
        .join(other, other.person_id == alias.kept_id)
        .where(alias.merged_id == VolunteerProfile.person_id)
        .exists()
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    profile = VolunteerProfile
    found: list[ColumnElement[bool]] = []
    if filters.state:
        found.append(profile.state == filters.state)
    else:
        found.append(profile.state != WITHDRAWN)
    if filters.query:
        external = (
            select(VolunteerExternalId.id)
            .where(
                VolunteerExternalId.person_id == profile.person_id,
                VolunteerExternalId.value == filters.query,
            )
            .exists()
        )
        found.append(
            or_(name_condition(filters.query), profile.volunteer_no == filters.query.upper(), external)
        )
    if filters.team:
        member = VolunteerMember
        found.append(
            select(member.id)
            .join(VolunteerTeam, VolunteerTeam.id == member.team_id)
            .where(
                kept(member.person_id) == Person.id,
                member.left_on.is_(None),
                VolunteerTeam.public_id == filters.team,
            )
            .exists()
        )
    return found


def team_names(session: Session, kept_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Names of the teams that people (kept ids) belong to now; one statement."""
    member = VolunteerMember
    found: dict[int, list[str]] = {}
    person = kept(member.person_id)
    rows = session.execute(
        select(person, VolunteerTeam.name)
        .select_from(member)
        .join(VolunteerTeam, VolunteerTeam.id == member.team_id)
        .where(person.in_(kept_ids), member.left_on.is_(None))
        .order_by(VolunteerTeam.name)
    )
    for one, name in rows:
        if name not in found.setdefault(one, []):
            found[one].append(name)
    return found


def numbers(session: Session, area_id: int) -> Mapping[str, int]:
    """How many volunteers of ``area_id`` and below are in each state; one statement."""
    profile = VolunteerProfile
    rows = session.execute(
        select(profile.state, func.count())
        .select_from(profile)
        .join(Person, Person.id == kept(profile.person_id))
        .where(Person.area_id.in_(subtree(area_id)), Person.closed == "", _once())
        .group_by(profile.state)
    )
    found = {state: int(count) for state, count in rows}
    return {state: found.get(state, 0) for state in (ACTIVE, APPLICANT, SUSPENDED, WITHDRAWN)}


def applying(area_id: int) -> Select[Any]:
    """A query that counts the applicants of ``area_id`` and below."""
    return (
        select(func.count())
        .select_from(VolunteerProfile)
        .join(Person, Person.id == kept(VolunteerProfile.person_id))
        .where(VolunteerProfile.state == APPLICANT, Person.area_id.in_(subtree(area_id)), Person.closed == "")
    )


def externals_of(session: Session, rows: Collection[int]) -> Mapping[str, str]:
    """Numbers elsewhere by system, of all row ids of a person."""
    query = select(VolunteerExternalId.system, VolunteerExternalId.value).where(
        VolunteerExternalId.person_id.in_(rows)
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(VolunteerExternalId.id))}
