"""Who belonged where on a day: the members whom a sheet of an area or of one branch is about.

Somebody who moves stands on the sheets of the area that they belonged to on the day of the cut, whenever these are
computed: on one of them, and on no second one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Memberships, Person, PersonArea, chunks, groups, subtree

from .members import GRID
from .models import PointsBranch, PointsFact, PointsMember


def members_on(session: Session, area_id: int, day: date, branch: str | None = None) -> list[int]:
    """Members (kept ids) who belonged to an area or below on ``day``, to a branch of that name there if given.

    Whoever left stays where they were. Five statements, more only for a branch whose members have moved since.
    """
    inside = set(session.scalars(subtree(area_id)))
    once = select(PersonArea.person_id).where(PersonArea.area_id.in_(subtree(area_id)))
    rows = session.execute(
        select(PointsMember.person_id, Person.area_id, PointsBranch.name)
        .join(Person, Person.id == PointsMember.person_id)
        .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
        .where(or_(Person.area_id.in_(subtree(area_id)), Person.id.in_(once)))
        .order_by(PointsMember.person_id)
    ).all()
    belonged = Memberships(session, [row[0] for row in rows])
    then = {row[0]: belonged.area_on(row[0], day) for row in rows}
    found = {row[0]: row[2] for row in rows if then[row[0]] in inside}
    if branch is None:
        return list(found)
    moved = {row[0]: then[row[0]] for row in rows if row[0] in found and row[1] != then[row[0]]}
    found |= _branches_at(session, moved)
    return [person for person, name in found.items() if name == branch]


def _branches_at(session: Session, areas: dict[int, int]) -> dict[int, str]:
    """The last branch of people (kept ids) in the areas where they once belonged, a grid's in its community."""
    homes = _homes(session, set(areas.values()))
    kept_of = {row: kept for kept, rows in groups(session, areas).items() for row in rows}
    found = dict.fromkeys(areas, "")
    fact = PointsFact
    for part in chunks(sorted(kept_of)):
        rows = session.execute(
            select(fact.person_id, PointsBranch.area_id, PointsBranch.name)
            .join(PointsBranch, PointsBranch.id == fact.ref_id)
            .where(fact.person_id.in_(part), fact.kind == "branch")
            .order_by(fact.id)
        )
        for row, area_id, name in rows:
            kept = kept_of[row]
            if area_id in (areas[kept], homes[areas[kept]]):
                found[kept] = name
    return found


def _homes(session: Session, areas: Collection[int]) -> dict[int, int]:
    rows = session.execute(select(Area.id, Area.level, Area.parent_id).where(Area.id.in_(areas)))
    return {row[0]: row[2] if row[1] == GRID and row[2] is not None else row[0] for row in rows}
