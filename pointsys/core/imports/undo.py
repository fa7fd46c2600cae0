"""Taking a batch back as a unit: its entries are voided, people that it added and nobody used leave the roster.

What a roster import changed on people who were there before stays, and so do the grids it made: neither can be
told apart from what staff did since.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import VOIDED, Entry
from pointsys.core.actors import Actor
from pointsys.core.batches import COMMITTED, PEOPLE, UNDONE, Batch
from pointsys.core.database import table_of
from pointsys.core.imports import staging
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person, PersonAlias, PersonArea
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

NOT_COMMITTED = N_("Only an import that was carried out can be undone.")
REASON_NEEDED = N_("Say why in a few words; the people concerned can read it.")
MAX_REASON = 200


@dataclass(frozen=True)
class Undone:
    """How many entries were voided, how many people left the roster, and how many stay because they are in use."""

    entries: int = 0
    people: int = 0
    in_use: int = 0


def undo_batch(session: Session, batch: Batch, actor: Actor, reason: str) -> Undone:
    """Take back what ``batch`` brought in; raises Problem not_committed or reason_needed."""
    reason = " ".join(reason.split())[:MAX_REASON]
    if not reason:
        raise Problem("reason_needed", REASON_NEEDED, field="reason")
    if batch.state != COMMITTED:
        raise Problem("not_committed", NOT_COMMITTED)
    # Two who press at once meet here; the second finds the batch undone.
    staging.take(session, batch, COMMITTED, into=UNDONE)
    undone = people_leave(session, batch) if batch.kind == PEOPLE else _void(session, batch, actor, reason)
    staging.finish(session, batch, UNDONE, actor, "import.undone")
    return undone


def _void(session: Session, batch: Batch, actor: Actor, reason: str) -> Undone:
    ids = session.scalars(select(Entry.id).where(Entry.batch_id == batch.id, Entry.status != VOIDED)).all()
    return Undone(entries=decide(session, ids, VOIDED, reason, actor) if ids else 0)


def people_leave(session: Session, batch: Batch, staying: Collection[int] = ()) -> Undone:
    """Take people that a batch put on record, and nobody used since, off the roster; ``staying`` are in use too."""
    used = or_(
        Person.id.in_(select(Entry.person_id)),
        Person.id.in_(select(Account.person_id).where(Account.person_id.is_not(None))),
        Person.id.in_(select(PersonAlias.merged_id)),
        Person.id.in_(select(PersonAlias.kept_id)),
        Person.id.in_(staying),
    )
    added = select(Person.id, Person.area_id).where(Person.batch_id == batch.id, Person.left_on.is_(None))
    in_use = len(session.execute(added.where(used)).all())
    unused = {row[0]: row[1] for row in session.execute(added.where(~used))}
    # The last day is yesterday, so that importing them again today brings them back.
    last_day = current_site().today() - timedelta(days=1)
    people, spans = table_of(Person), table_of(PersonArea)
    for part in chunks(sorted(unused)):
        session.execute(update(people).where(people.c.id.in_(part)).values(left_on=last_day))
        session.execute(
            update(spans).where(spans.c.person_id.in_(part), spans.c.to_on.is_(None)).values(to_on=last_day)
        )
    session.expire_all()
    mark_people(session, unused.keys(), {person_id: (area,) for person_id, area in unused.items()})
    return Undone(people=len(unused), in_use=in_use)
