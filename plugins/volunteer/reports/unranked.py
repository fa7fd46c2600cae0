"""Who does not want to stand on rankings of hours, and changing one's mind."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Actor,
    Person,
    audit,
    canonical_ids,
    current_site,
    groups,
    table_of,
    upsert,
)

from .models import VolunteerUnranked


def leave(session: Session, person_id: int, actor: Actor) -> bool:
    """Leave a person out of rankings from now on; False if they were."""
    kept = canonical_ids(session, [person_id])[person_id]
    statement = upsert(session, VolunteerUnranked).values(person_id=kept, at=current_site().now())
    done = session.execute(statement.on_conflict_do_nothing().returning(VolunteerUnranked.person_id))
    if done.first() is None:
        return False
    _write(session, kept, "volunteer.ranking_left", actor)
    return True


def come_back(session: Session, person_id: int, actor: Actor) -> bool:
    """Show a person on rankings again; False if they were shown."""
    rows = [row for several in groups(session, [person_id]).values() for row in several]
    table = table_of(VolunteerUnranked)
    gone = session.execute(delete(table).where(table.c.person_id.in_(rows)).returning(table.c.person_id))
    if not gone.all():
        return False
    _write(session, canonical_ids(session, [person_id])[person_id], "volunteer.ranking_joined", actor)
    return True


def follow_merge(session: Session, people: Collection[int]) -> None:
    """Whoever asked to be left out is so under every id that rankings know: the kept one of all rows."""
    asked = session.scalars(select(VolunteerUnranked).where(VolunteerUnranked.person_id.in_(people))).all()
    kept = canonical_ids(session, [row.person_id for row in asked])
    for row in asked:
        statement = upsert(session, VolunteerUnranked).values(person_id=kept[row.person_id], at=row.at)
        session.execute(statement.on_conflict_do_nothing())


def _write(session: Session, person_id: int, event: str, actor: Actor) -> None:
    person = session.get_one(Person, person_id)
    audit.write(session, actor, event, "person", person.public_id, area_id=person.area_id)
