"""What concerns one person, in one line of time: what was changed, who looked, what was recorded and decided.

Taken from where it stands anyway: the audit log, the register of looks at sealed values, entries and decisions. Each
source gives its newest rows, as many as the page needs, so that a long life on record costs as little as a short one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import readable_reason
from pointsys.core.activity_log.home import at_home
from pointsys.core.activity_log.models import Decision, Entry
from pointsys.core.audit.models import AuditRow
from pointsys.core.audit.rows import OK
from pointsys.core.people.models import Person, PersonUnmasking

# Told by the person's own page of sign-ins, or by the sources below with more words.
ELSEWHERE = ("sign_in", "sign_out", "person.unmasked")
MOST = 1_000
ENTRY = "entry"
DECISION = "decision"
LOOK = "look"
AUDIT = "audit"


@dataclass(frozen=True)
class Change:
    """One thing that happened: ``what`` is an event, a field, or an outcome, by ``source``; ``about`` names an entry.

    ``actor`` is "" for what another community recorded and decided: who works there is not told here.
    """

    at: datetime
    source: str
    what: str
    actor: str
    about: str = ""
    reason: str = ""
    number: int = 0


def changes(
    session: Session, person_ids: Collection[int], limit: int, offset: int = 0, *, log: bool = True
) -> list[Change]:
    """The newest first, from ``offset`` on; ``person_ids`` are all rows of one person. ``log`` with entries.

    Four statements; beyond the newest thousand nothing is shown.
    """
    most = min(limit + offset, MOST)
    found = [*_audit(session, person_ids, most), *_looks(session, person_ids, most)]
    if log:
        found += [*_entries(session, person_ids, most), *_decisions(session, person_ids, most)]
    found.sort(key=lambda change: (change.at, change.number), reverse=True)
    return found[offset:most]


def _audit(session: Session, ids: Collection[int], most: int) -> list[Change]:
    people = select(Person.public_id).where(Person.id.in_(ids))
    accounts = select(Account.public_id).where(Account.person_id.in_(ids))
    concerns = or_(
        and_(AuditRow.object_type == "person", AuditRow.object_id.in_(people)),
        and_(AuditRow.object_type == "account", AuditRow.object_id.in_(accounts)),
    )
    query = (
        select(AuditRow.at, AuditRow.event, AuditRow.actor, AuditRow.id)
        .where(concerns, AuditRow.result == OK, AuditRow.event.not_in(ELSEWHERE))
        .order_by(AuditRow.id.desc())
        .limit(most)
    )
    return [
        Change(at, AUDIT, event, actor, number=number) for at, event, actor, number in session.execute(query)
    ]


def _looks(session: Session, ids: Collection[int], most: int) -> list[Change]:
    # While their data is frozen nobody reads what may name them; the rows are append-only and stay as they are.
    query = (
        select(PersonUnmasking, Person.closed)
        .join(Person, Person.id == PersonUnmasking.person_id)
        .where(PersonUnmasking.person_id.in_(ids))
        .order_by(PersonUnmasking.id.desc())
        .limit(most)
    )
    return [
        Change(row.at, LOOK, row.field, row.actor, reason="" if closed else row.reason)
        for row, closed in session.execute(query)
    ]


def _entries(session: Session, ids: Collection[int], most: int) -> list[Change]:
    query = (
        select(Entry.recorded_at, Entry.source, Entry.recorded_by, Entry.title, Entry.id, at_home())
        .where(Entry.person_id.in_(ids))
        .order_by(Entry.id.desc())
        .limit(most)
    )
    return [
        Change(at, ENTRY, source, actor if home else "", title, number=number)
        for at, source, actor, title, number, home in session.execute(query)
    ]


def _decisions(session: Session, ids: Collection[int], most: int) -> list[Change]:
    query = (
        select(
            Decision.at,
            Decision.outcome,
            Decision.actor,
            Entry.title,
            readable_reason(),
            Decision.id,
            at_home(),
        )
        .join(Entry, Entry.id == Decision.entry_id)
        .where(Entry.person_id.in_(ids))
        .order_by(Decision.id.desc())
        .limit(most)
    )
    return [
        Change(at, DECISION, outcome, actor if home else "", title, reason, number)
        for at, outcome, actor, title, reason, number, home in session.execute(query)
    ]
