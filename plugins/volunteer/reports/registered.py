"""How many registered volunteers there were on a day: of areas where they belong now, and of teams they belonged to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import AreaClosure, Person, PersonAlias, chunks, subtree

from ..people.models import ACTIVE, SUSPENDED, VolunteerProfile
from ..teams.models import VolunteerMember
from ..teams.queries import kept, member_on

REGISTERED = (ACTIVE, SUSPENDED)


def in_areas(session: Session, areas: Collection[int], day: date) -> dict[int, int]:
    """Registered volunteers of each area and below, registered on ``day`` or before; two statements.

    Whoever withdrew is counted no more. A merged person is one, whichever of their rows was registered.
    """
    profile, other = VolunteerProfile, aliased(VolunteerProfile)
    each = (
        select(Person.area_id, func.count().label("people"))
        .select_from(profile)
        .outerjoin(PersonAlias, PersonAlias.merged_id == profile.person_id)
        .outerjoin(other, and_(other.person_id == PersonAlias.kept_id, other.registered_on.is_not(None)))
        .join(Person, Person.id == func.coalesce(PersonAlias.kept_id, profile.person_id))
        .where(
            profile.state.in_(REGISTERED),
            profile.registered_on <= day,
            # The row that was merged away counts only where the kept one was never registered.
            or_(PersonAlias.kept_id.is_(None), other.person_id.is_(None)),
        )
        .group_by(Person.area_id)
    )
    of_area = {area_id: int(people) for area_id, people in session.execute(each)}
    found = dict.fromkeys(areas, 0)
    for part in chunks(sorted(areas)):
        inside = select(AreaClosure.ancestor_id, AreaClosure.descendant_id).where(
            AreaClosure.ancestor_id.in_(part)
        )
        for area_id, lower in session.execute(inside):
            found[area_id] += of_area.get(lower, 0)
    return found


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
