"""Keeping the number of people of each area: changed with the people, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from pointsys.core.database import table_of
from pointsys.core.figures.models import AreaPeople
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.upserts import upsert_many


def count_people(session: Session, more: Mapping[int, int]) -> None:
    """Note that so many people more (or less, below zero) belong to each area; one statement."""
    rows = [(area_id, more[area_id]) for area_id in sorted(more) if more[area_id]]
    upsert_many(session, AreaPeople, rows, add=("people",))


def people_moved(session: Session, person_id: int, before: int, after: int) -> None:
    """Note that a row of a person belongs to another area; a merged row is counted nowhere."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == person_id)
    if before != after and session.scalar(merged) is None:
        count_people(session, {before: -1, after: 1})


def recount_people(session: Session) -> None:
    """Count everybody anew, in two statements; for a site that is filled otherwise than by the services."""
    table = table_of(AreaPeople)
    session.execute(delete(table))
    kept = ~select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    counted = select(Person.area_id, func.count()).where(kept, Person.closed == "").group_by(Person.area_id)
    session.execute(insert(table).from_select(["area_id", "people"], counted))
