"""The log as it stood at an instant: what had been recorded by then, each entry with the status it had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, PENDING, VOIDED, Decision, EntryFact, chunks


@dataclass(frozen=True)
class Said:
    """One decision on an entry."""

    outcome: str
    at: datetime


def decisions_of(session: Session, entries: Collection[int]) -> dict[int, list[Said]]:
    """What was decided on entries, in the order of deciding."""
    found: dict[int, list[Said]] = {}
    for part in chunks(sorted(entries)):
        query = select(Decision.entry_id, Decision.outcome, Decision.at).where(Decision.entry_id.in_(part))
        for row in session.execute(query.order_by(Decision.id)):
            found.setdefault(row[0], []).append(Said(row[1], row[2]))
    return found


def as_known(
    entries: Sequence[EntryFact], said: Mapping[int, Sequence[Said]], known_at: datetime
) -> tuple[list[EntryFact], set[int]]:
    """Entries as the log had them at an instant, and the ids of voided ones that were confirmed before."""
    found, once = [], set()
    for fact in entries:
        if fact.recorded_at > known_at:
            continue
        by_then = [word for word in said.get(fact.entry_id, ()) if word.at <= known_at]
        status = by_then[-1].outcome if by_then else PENDING
        voided_at = by_then[-1].at if status == VOIDED else None
        if status == VOIDED and any(word.outcome == CONFIRMED for word in by_then):
            once.add(fact.entry_id)
        found.append(replace(fact, status=status, voided_at=voided_at))
    return found, once
