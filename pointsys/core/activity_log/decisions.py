"""Confirming, rejecting and voiding: each an inserted row with actor and reason; ``status`` caches the last one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from pointsys.core import audit
from pointsys.core.activity_log.drafts import TOO_LONG_TEXT
from pointsys.core.activity_log.marks import marked
from pointsys.core.activity_log.models import (
    CONFIRMED,
    LIVE,
    PENDING,
    REJECTED,
    VOIDED,
    Decision,
    Entry,
)
from pointsys.core.activity_log.second_person import CHECKED, check_confirmer, who_acts
from pointsys.core.actors import Actor
from pointsys.core.audit.blocks import DECISION
from pointsys.core.database import table_of
from pointsys.core.documents.services import entries_voided
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

MAX_DECISION_REASON = 500

_ALLOWED_FROM = {CONFIRMED: (PENDING, REJECTED), REJECTED: (PENDING,), VOIDED: (PENDING, CONFIRMED, REJECTED)}


@dataclass(frozen=True)
class Change:
    """One line of an entry's history."""

    at: datetime
    outcome: str
    actor: str
    reason: str
    second_person: bool


def decide(
    session: Session,
    entry_ids: Collection[int],
    outcome: str,
    reason: str,
    actor: Actor,
    *,
    label: str = "",
) -> int:
    """Confirm, reject or void entries, all or nothing; returns how many changed.

    ``label`` stands in the history in place of the actor's, where those who read it are not to learn who it was; the
    account beside it and the audit row name who acts.

    Raises Problem: own_entry, second_person_needed, already_voided, wrong_status, reason_needed, unknown_entry.
    Entries that have this outcome already are left alone, so that pressing twice is harmless.
    """
    if outcome not in _ALLOWED_FROM:
        raise ValueError(outcome)
    reason = clean_text(reason)
    if len(reason) > MAX_DECISION_REASON:
        raise Problem("too_long_text", TOO_LONG_TEXT, field="reason", count=MAX_DECISION_REASON)
    if outcome != CONFIRMED and not reason:
        raise Problem(
            "reason_needed", N_("Say why in a few words; the person concerned can read it."), field="reason"
        )
    rows, who = _locked(session, entry_ids), who_acts(session, actor)
    changing = [row for row in rows if row.status != outcome]
    for row in changing:
        _check_status(row, outcome)
    if outcome == CONFIRMED:
        _check_not_recorded_anew(session, changing)
        check_confirmer(session, changing, actor, who)
    if not changing:
        return 0
    now = current_site().now()
    session.execute(
        insert(table_of(Decision)),
        marked(
            DECISION,
            [
                {
                    "entry_id": row.id,
                    "outcome": outcome,
                    "reason": reason,
                    "actor": label or actor.label,
                    "account_id": actor.account_id,
                    "second_person": not who.did(row.recorded_by_account, row.recorded_by),
                    "at": now,
                }
                for row in changing
            ],
        ),
    )
    for part in chunks(row.id for row in changing):
        session.execute(update(table_of(Entry)).where(Entry.id.in_(part)).values(status=outcome))
    audit.write(
        session, actor, f"entries.{outcome}", "entry", changing[0].public_id, area_id=changing[0].area_id,
        count=len(changing), before={row.public_id: row.status for row in changing},
        after={"status": outcome, "reason": reason},
    )  # fmt: skip
    if outcome == VOIDED:
        entries_voided(session, [row.id for row in changing], actor)
    areas: dict[int, set[int]] = {}
    for row in changing:
        areas.setdefault(row.person_id, set()).add(row.person_area_id)
    mark_people(session, areas.keys(), areas, figures=True)
    return len(changing)


_COLUMNS = (*CHECKED, Entry.public_id, Entry.person_area_id)


def _locked(session: Session, entry_ids: Collection[int]) -> list[Row[*tuple[Any, ...]]]:
    rows: list[Row[*tuple[Any, ...]]] = []
    for part in chunks(sorted(set(entry_ids))):
        # On PostgreSQL two deciders meet here; on SQLite the one write lock does the same.
        rows += session.execute(
            select(*_COLUMNS).where(Entry.id.in_(part)).order_by(Entry.id).with_for_update()
        ).all()
    if len(rows) != len(set(entry_ids)):
        raise Problem("unknown_entry", N_("One of these entries does not exist."), field="entry")
    return rows


def _check_status(row: Row[*tuple[Any, ...]], outcome: str) -> None:
    if row.status == VOIDED:
        raise Problem("already_voided", N_("A voided entry stays voided: record a new one."), field="entry")
    if row.status not in _ALLOWED_FROM[outcome]:
        raise Problem(
            "wrong_status",
            N_("This entry was decided on already; void it and record a new one."),
            field="entry",
        )


def _check_not_recorded_anew(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """A rejected entry whose place another one has taken stays rejected: the same act must not count twice."""
    old, new = aliased(Entry), aliased(Entry)
    same = and_(
        new.activity_id == old.activity_id,
        new.person_id == old.person_id,
        new.start_key == old.start_key,
        new.status.in_(LIVE),
    )
    for part in chunks(row.id for row in rows if row.status == REJECTED):
        query = select(old.id).join(new, same).where(old.id.in_(part)).limit(1)
        if session.scalar(query) is not None:
            raise Problem(
                "recorded_anew",
                N_("This was recorded once more after it was rejected; decide on the newer entry."),
                field="entry",
            )


def history(session: Session, entry: Entry) -> list[Change]:
    """What happened to an entry, the recording first."""
    changes = [Change(entry.recorded_at, "recorded", entry.recorded_by, "", False)]
    rows = session.execute(
        select(Decision, readable_reason()).where(Decision.entry_id == entry.id).order_by(Decision.id)
    )
    changes += [Change(row.at, row.outcome, row.actor, reason, row.second_person) for row, reason in rows]
    return changes


def readable_reason() -> ColumnElement[str]:
    """The reason of a decision in a query: "" while its person's data is frozen, for it may name them.

    The row is append-only, so that a reason which was taken out could not be put back.
    """
    closed = exists().where(Entry.id == Decision.entry_id, Person.id == Entry.person_id, Person.closed != "")
    return case((closed.correlate(Decision), ""), else_=Decision.reason)
