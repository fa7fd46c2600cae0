"""Confirming, rejecting and voiding: each an inserted row with actor and reason; ``status`` caches the last one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from pointsys.core import audit
from pointsys.core.activity_log.drafts import TOO_LONG_TEXT, EntryDraft, title_key
from pointsys.core.activity_log.models import (
    CONFIRMED,
    LIVE,
    PENDING,
    REJECTED,
    VOIDED,
    Activity,
    Decision,
    Entry,
)
from pointsys.core.activity_log.policy import (
    BULK,
    BULK_FROM,
    OFF,
    SECOND_PERSON,
    is_back_dated,
    needs_second_person,
)
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import table_of
from pointsys.core.documents.services import entries_voided
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.core.settings import get_setting
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


def confirms_at_once(session: Session, area: Area, drafts: Sequence[EntryDraft], actor: Actor) -> bool:
    """Whether ``actor`` may record ``drafts`` as confirmed, or somebody else has to look first."""
    if actor.unrestricted:
        return True
    if actor.person_id is not None:
        people = {draft.person_id for draft in drafts}
        kept = canonical_ids(session, people | {actor.person_id})
        if kept[actor.person_id] in {kept[person_id] for person_id in people}:
            return False
    policy = str(get_setting(session, area.id, SECOND_PERSON, BULK))
    today = current_site().today()
    late = any(is_back_dated(draft.local_date, today) for draft in drafts)
    if policy != OFF and _rejected_before(session, area, drafts):
        return False
    # A long list handed in by halves is still one long list.
    before = _recorded_before(session, area, drafts, actor)
    return not needs_second_person(policy, count=len(drafts) + before, back_dated=late)


def _same_activities(drafts: Sequence[EntryDraft]) -> ColumnElement[bool]:
    named = {(draft.kind_id, title_key(draft.title), draft.local_date) for draft in drafts}
    return or_(
        *(
            and_(Activity.kind_id == kind_id, Activity.title_key == key, Activity.local_date == day)
            for kind_id, key, day in named
        )
    )


def _rejected_before(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> bool:
    """Whether somebody rejected one of these people's parts: recording it anew is then no way round them.

    Voiding what was rejected is none either.
    """
    rejected = select(Decision.id).where(Decision.entry_id == Entry.id, Decision.outcome == REJECTED).exists()
    for part in chunks(drafts, 200):
        query = (
            select(Entry.id)
            .join(Activity, Activity.id == Entry.activity_id)
            .where(
                Activity.area_id == area.id,
                _same_activities(part),
                Entry.person_id.in_({draft.person_id for draft in part}),
                Entry.status.in_((REJECTED, VOIDED)),
                rejected,
            )
        )
        if session.scalar(query.limit(1)) is not None:
            return True
    return False


def _recorded_before(session: Session, area: Area, drafts: Sequence[EntryDraft], actor: Actor) -> int:
    """How many live entries of the same activities this account has recorded already."""
    if actor.account_id is None or len(drafts) >= BULK_FROM:
        return 0
    query = (
        select(func.count())
        .select_from(Entry)
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            Activity.area_id == area.id,
            _same_activities(drafts),
            Entry.recorded_by_account == actor.account_id,
            Entry.status.in_(LIVE),
        )
    )
    return session.scalar(query) or 0


def decide(session: Session, entry_ids: Collection[int], outcome: str, reason: str, actor: Actor) -> int:
    """Confirm, reject or void entries, all or nothing; returns how many changed.

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
    rows = _locked(session, entry_ids)
    changing = [row for row in rows if row.status != outcome]
    for row in changing:
        _check_status(row, outcome)
    if outcome == CONFIRMED:
        _check_not_recorded_anew(session, changing)
        _check_four_eyes(session, changing, actor)
    if not changing:
        return 0
    now = current_site().now()
    session.execute(
        insert(table_of(Decision)),
        [
            {
                "entry_id": row.id,
                "outcome": outcome,
                "reason": reason,
                "actor": actor.label,
                "account_id": actor.account_id,
                "second_person": not _same_recorder(row, actor),
                "at": now,
            }
            for row in changing
        ],
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


_COLUMNS = (
    Entry.id, Entry.public_id, Entry.status, Entry.person_id, Entry.person_area_id, Entry.area_id, Entry.local_date,
    Entry.recorded_by, Entry.recorded_by_account, Entry.recorded_at, Entry.batch_id, Entry.activity_id,
)  # fmt: skip


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


def _same_recorder(row: Row[*tuple[Any, ...]], actor: Actor) -> bool:
    if actor.account_id is not None:
        return bool(row.recorded_by_account == actor.account_id)
    return bool(row.recorded_by == actor.label)


def _check_four_eyes(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], actor: Actor) -> None:
    if actor.unrestricted:
        return
    if actor.person_id is not None:
        kept = canonical_ids(session, {row.person_id for row in rows} | {actor.person_id})
        if any(kept[row.person_id] == kept[actor.person_id] for row in rows):
            raise Problem(
                "own_entry", N_("Somebody else has to confirm your own participation."), field="entry"
            )
    site = current_site()
    policies: dict[int, str] = {}
    own = [row for row in rows if _same_recorder(row, actor)]
    lists = _list_lengths(session, own, actor)
    for row in own:
        if row.area_id not in policies:
            policies[row.area_id] = str(get_setting(session, row.area_id, SECOND_PERSON, BULK))
        recorded_on = site.local(row.recorded_at).date()
        late = is_back_dated(row.local_date, recorded_on)
        count = BULK_FROM if row.batch_id is not None else lists.get(row.activity_id, 1)
        # Nobody confirms what somebody else has turned down, if it was they who recorded it.
        turned_down = row.status == REJECTED and policies[row.area_id] != OFF
        if turned_down or needs_second_person(policies[row.area_id], count=count, back_dated=late):
            raise Problem(
                "second_person_needed",
                N_("You recorded this yourself: a second person has to confirm it."),
                field="entry",
            )


def _list_lengths(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], actor: Actor) -> dict[int, int]:
    """How many live entries of each of these activities this account has recorded."""
    if not rows or actor.account_id is None:
        return {}
    found: dict[int, int] = {}
    for part in chunks({row.activity_id for row in rows}):
        query = (
            select(Entry.activity_id, func.count())
            .where(
                Entry.activity_id.in_(part),
                Entry.recorded_by_account == actor.account_id,
                Entry.status.in_(LIVE),
            )
            .group_by(Entry.activity_id)
        )
        found.update(session.execute(query).all())
    return found


def history(session: Session, entry: Entry) -> list[Change]:
    """What happened to an entry, the recording first."""
    changes = [Change(entry.recorded_at, "recorded", entry.recorded_by, "", False)]
    rows = session.scalars(select(Decision).where(Decision.entry_id == entry.id).order_by(Decision.id))
    changes += [Change(row.at, row.outcome, row.actor, row.reason, row.second_person) for row in rows]
    return changes
