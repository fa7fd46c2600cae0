"""Who does not want to stand on rankings of hours, and changing one's mind."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Actor,
    Person,
    PersonAlias,
    audit,
    canonical_ids,
    current_site,
    groups,
    table_of,
    upsert,
)

from .models import VolunteerUnranked


def unranked_ids() -> Select[int]:
    """Kept ids of everybody who wants to be left out, as a sub-query for IN."""
    row = VolunteerUnranked
    kept = func.coalesce(PersonAlias.kept_id, row.person_id).label("person_id")
    return select(kept).select_from(row).outerjoin(PersonAlias, PersonAlias.merged_id == row.person_id)


def left_out(session: Session, kept_ids: Collection[int]) -> set[int]:
    """Those of some people (kept ids) who want to be left out; one statement."""
    if not kept_ids:
        return set()
    wanted = unranked_ids().subquery("unranked")
    return set(session.scalars(select(wanted.c.person_id).where(wanted.c.person_id.in_(kept_ids))))


def leave(session: Session, person_id: int, actor: Actor) -> bool:
    """Leave a person out of rankings from now on; False if they were."""
    kept = canonical_ids(session, [person_id])[person_id]
    statement = upsert(session, VolunteerUnranked).values(person_id=kept, at=current_site().now())
    if left_out(session, [kept]):
        return False
    session.execute(statement.on_conflict_do_nothing())
    _write(session, kept, "volunteer.ranking_left", actor)
    return True


def come_back(session: Session, person_id: int, actor: Actor) -> bool:
    """Show a person on rankings again; False if they were shown."""
    rows = [row for several in groups(session, [person_id]).values() for row in several]
    gone = session.execute(delete(table_of(VolunteerUnranked)).where(VolunteerUnranked.person_id.in_(rows)))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return False
    _write(session, canonical_ids(session, [person_id])[person_id], "volunteer.ranking_joined", actor)
    return True


def _write(session: Session, person_id: int, event: str, actor: Actor) -> None:
    person = session.get_one(Person, person_id)
    audit.write(session, actor, event, "person", person.public_id, area_id=person.area_id)
