"""Closing again whom a restored backup brought back: right after the restore, and every night in case that failed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.audit.models import AuditRow
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person
from pointsys.core.privacy import erase_list
from pointsys.core.privacy.freezing import carry_out
from pointsys.core.unit_of_work import read_scope, unit_of_work


def close_again(actor: Actor) -> int:
    """Carry the list of erasures out, and bring table and file to the same state; returns how many people."""
    with unit_of_work(drain=False) as session:
        count = carry_out(session, actor)
        if count:
            audit.write(session, actor, "privacy.restored", "erasure", "", count=count)
    return count


def told_closed() -> set[str]:
    """Outside ids of whom the audit log tells last that they were erased or frozen; none where it cannot be read."""
    acts = ("person.erased", "person.frozen", "person.freed")
    query = select(AuditRow.object_id, AuditRow.event).where(AuditRow.event.in_(acts)).order_by(AuditRow.id)
    try:
        with read_scope() as session:
            last = {row.object_id: row.event for row in session.execute(query)}
    except SQLAlchemyError:
        # A restore is also the cure of a database that is broken or not there.
        return set()
    return {public_id for public_id, event in last.items() if event != "person.freed"}


def back_again(public_ids: Collection[str]) -> int:
    """How many of them are on record as if nothing had been: no list says so, as when it was lost."""
    count, wanted = 0, sorted(public_ids)
    with read_scope() as session:
        for part in chunks(wanted):
            open_rows = select(func.count()).where(Person.public_id.in_(part), Person.closed == "")
            count += session.scalar(open_rows) or 0
    return count


def every_night(now: datetime) -> None:
    """The periodic job; writes only where something is to be done."""
    with read_scope() as session:
        waiting = erase_list.differs(session) or bool(erase_list.not_carried_out(session))
    if waiting:
        close_again(SYSTEM)
