"""How many registered volunteers there were on a day: of areas where they belong now, and of teams they belonged to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Subquery, and_, func, select, true, union_all
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import AreaClosure, Person, PersonAlias, chunks, subtree

from ..people.models import ACTIVE, SUSPENDED, VolunteerProfile
from ..teams.models import VolunteerMember
from ..teams.queries import kept, member_on

REGISTERED = (ACTIVE, SUSPENDED)


def in_areas(session: Session, top: int, areas: Collection[int], day: date) -> dict[int, int]:
    """Registered volunteers of ``areas`` and what is below each, registered on ``day`` or before; two statements.

    ``top`` is an area above all of them, or one of them. Whoever withdrew is counted no more. A merged person is one,
    whichever of their rows was registered.
    """
    counted = _rows(top, day)
    of_area: dict[int, int] = {
        area_id: int(people)
        for area_id, people in session.execute(
            select(counted.c.area_id, func.sum(counted.c.people)).group_by(counted.c.area_id)
        )
    }
    found = dict.fromkeys(areas, 0)
    for part in chunks(sorted(areas)):
        closure = AreaClosure
        inside = select(closure.ancestor_id, closure.descendant_id).where(closure.ancestor_id.in_(part))
        for area_id, lower in session.execute(inside):
            found[area_id] += of_area.get(lower, 0)
    return found


def _rows(top: int, day: date) -> Subquery:
    """(area_id, people) to be added up: all rows, less those merged away, plus people of whom only such a row counts.

    Few people are merged, so that the many are asked for nothing but their own row.
    """
    profile, kept, inside = VolunteerProfile, aliased(VolunteerProfile), subtree(top)
    registered = (profile.state.in_(REGISTERED), profile.registered_on <= day)
    every = (
        select(Person.area_id, func.count().label("people"))
        .join(profile, profile.person_id == Person.id)
        .where(Person.area_id.in_(inside), *registered)
        .group_by(Person.area_id)
    )
    merged = (
        select(Person.area_id, -func.count())
        .join(PersonAlias, PersonAlias.merged_id == Person.id)
        .join(profile, profile.person_id == PersonAlias.merged_id)
        .where(Person.area_id.in_(inside), Person.id.in_(select(PersonAlias.merged_id)), *registered)
        .group_by(Person.area_id)
    )
    alone = (
        select(Person.area_id, func.count(Person.id.distinct()))
        .join(PersonAlias, PersonAlias.kept_id == Person.id)
        .join(profile, profile.person_id == PersonAlias.merged_id)
        .outerjoin(
            kept, and_(kept.person_id == Person.id, kept.state.in_(REGISTERED), kept.registered_on <= day)
        )
        .where(
            Person.area_id.in_(inside),
            profile.person_id.in_(select(PersonAlias.merged_id)),
            kept.person_id.is_(None),
            *registered,
        )
        .group_by(Person.area_id)
    )
    return union_all(every, merged, alone).subquery("counted")


def in_teams(session: Session, teams: Collection[int], area_id: int | None, day: date) -> dict[int, int]:
    """Members of each team on ``day``, with an area only those who belong there; one statement for a chunk of teams."""
    member = VolunteerMember
    found = dict.fromkeys(teams, 0)
    who = kept(member.person_id)
    for part in chunks(sorted(teams)):
        query = (
            select(member.team_id, func.count(who.distinct()))
            .join(Person, Person.id == member.person_id)
            .where(
                member.team_id.in_(part),
                true() if area_id is None else Person.area_id.in_(subtree(area_id)),
                *member_on(day),
            )
            .group_by(member.team_id)
        )
        found.update((team_id, int(people)) for team_id, people in session.execute(query))
    return found
