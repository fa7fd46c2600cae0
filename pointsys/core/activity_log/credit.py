"""What entries are worth in minutes: the one place where the log meets ``kit.intervals``.

Voluntary service and everything else are credited apart, so that a council meeting never takes a minute away from
service it overlaps; within each, a minute counts once, whoever organised it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.activities import activity_key, look_up
from pointsys.core.activity_log.drafts import HOUR, EntryDraft
from pointsys.core.activity_log.models import CONFIRMED, VOIDED, Activity, ActivityKind, Decision, Entry
from pointsys.core.areas.models import Area
from pointsys.core.people.groups import Memberships, canonical_ids, chunks, groups
from pointsys.core.site import current_site
from pointsys.kit.intervals import NO_TIME, Attendance, Credit, credit


@dataclass(frozen=True, slots=True)
class EntryFact:
    """One entry as derivations read it. ``person_id`` is the kept id; ``quantity`` in hundredths of ``unit``."""

    entry_id: int
    public_id: str
    person_id: int
    person_area_id: int
    area_id: int
    activity_id: int
    kind: str
    service: bool
    title: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    planned_start: datetime | None
    planned_end: datetime | None
    break_minutes: int
    quantity: int | None
    unit: str | None
    role: str
    status: str
    recorded_at: datetime
    accepted_late: bool
    voided_at: datetime | None
    # What it was recorded from; the host knows which of these are timed by the system.
    source: str = ""


def entry_facts(
    session: Session,
    people: Collection[int],
    *,
    statuses: Collection[str] = (CONFIRMED,),
    service_only: bool = False,
    rows_of: Mapping[int, Collection[int]] | None = None,
) -> dict[int, list[EntryFact]]:
    """The entries of each human being of ``people`` (kept ids), by kept id, in order of recording.

    Everybody asked for is a key, also without entries. Three or four statements, whatever the number of people, two
    of them less for who knows all rows of each already (``rows_of``, as ``groups`` gives them).
    """
    known = groups(session, people) if rows_of is None else rows_of
    kept_of = {row: kept for kept, rows in known.items() for row in rows}
    found: dict[int, list[EntryFact]] = {kept: [] for kept in kept_of.values()}
    for part in chunks(sorted(kept_of)):
        query = (
            select(
                Entry.id, Entry.public_id, Entry.person_id, Entry.person_area_id, Entry.area_id, Entry.activity_id,
                ActivityKind.code, ActivityKind.service, Entry.title, Entry.local_date, Entry.starts_at, Entry.ends_at,
                Activity.starts_at, Activity.ends_at, Activity.break_minutes, Entry.quantity, Entry.unit, Entry.role,
                Entry.status, Entry.recorded_at, Entry.accepted_late, Entry.source,
            )
            .join(Activity, Activity.id == Entry.activity_id)
            .join(ActivityKind, ActivityKind.id == Entry.kind_id)
            .where(Entry.person_id.in_(part), Entry.status.in_(list(statuses)))
            .order_by(Entry.id)
        )  # fmt: skip
        if service_only:
            query = query.where(ActivityKind.service.is_(True))
        rows = session.execute(query).all()
        voids = _void_times(session, part) if VOIDED in statuses else {}
        for row in rows:
            values: list[Any] = list(row)
            values[2] = kept_of[values[2]]
            source = values.pop()
            values[-1] = values[-1] is not None
            values += (voids.get(values[0]), source)
            found[values[2]].append(EntryFact(*values))
    return found


# Drafts come after everything that is recorded: of two at the same time, the recorded one keeps the minute.
DRAFT_IDS = 1 << 60


def draft_facts(session: Session, area: Area, drafts: Sequence[EntryDraft], status: str) -> list[EntryFact]:
    """What ``drafts`` would be once recorded in ``area`` with ``status``, in their order; Problem unknown_kind.

    ``entry_id`` and ``public_id`` belong to no entry: they are ``DRAFT_IDS`` plus the draft's place, and
    "draft-<place>". Five statements, whatever the number of drafts.
    """
    known = look_up(session, area, drafts)
    planned = {
        activity.id: activity
        for activity in session.scalars(select(Activity).where(Activity.id.in_(set(known.values()))))
    }
    kinds = {
        kind.id: kind
        for kind in session.scalars(
            select(ActivityKind).where(ActivityKind.id.in_({draft.kind_id for draft in drafts}))
        )
    }
    people = {draft.person_id for draft in drafts}
    memberships = Memberships(session, people)
    kept = canonical_ids(session, people)
    now = current_site().now()
    facts = []
    for place, draft in enumerate(drafts):
        activity = planned.get(draft.activity_id or known.get(activity_key(draft)) or 0)
        facts.append(
            EntryFact(
                DRAFT_IDS + place,
                f"draft-{place}",
                kept[draft.person_id],
                memberships.area_on(draft.person_id, draft.local_date),
                area.id,
                activity.id if activity else -1,
                kinds[draft.kind_id].code,
                kinds[draft.kind_id].service,
                draft.title,
                draft.local_date,
                draft.starts_at,
                draft.ends_at,
                activity.starts_at if activity else None,
                activity.ends_at if activity else None,
                activity.break_minutes if activity else 0,
                draft.quantity,
                draft.unit,
                draft.role,
                status,
                now,
                False,
                None,
            )
        )
    return facts


def _void_times(session: Session, people: Collection[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Decision.entry_id, Decision.at)
        .join(Entry, Entry.id == Decision.entry_id)
        .where(Entry.person_id.in_(people), Decision.outcome == VOIDED)
    )
    return {row[0]: row[1] for row in rows}


def credited(facts: Sequence[EntryFact]) -> dict[int, Credit]:
    """Credit of every entry of **one person**, by entry id.

    What is no length of time, or ends before it begins, is worth nothing and says so by its flag: one odd entry in
    the log must not keep anybody's hours from being computed.
    """
    result = {fact.entry_id: Credit(0, 0, frozenset({NO_TIME})) for fact in facts}
    for service in (True, False):
        attendances = [_attendance(fact) for fact in facts if fact.service is service and has_time(fact)]
        result.update(credit(attendances, current_site().timezone))
    return result


def has_time(fact: EntryFact) -> bool:
    """Whether an entry says how long it was, or at least when it began."""
    if fact.starts_at is None or fact.ends_at is None:
        return fact.starts_at is not None or (fact.quantity is not None and fact.unit == HOUR)
    return fact.starts_at < fact.ends_at


def minutes_noted(fact: EntryFact) -> int | None:
    """The minutes of an entry with hours but no times; None for any other."""
    if fact.starts_at is not None or fact.quantity is None:
        return None
    # Hundredths of an hour are 0.6 minutes each; whole minutes, the rest is dropped as with seconds.
    return fact.quantity * 60 // 100


def _attendance(fact: EntryFact) -> Attendance[int]:
    return Attendance(
        key=fact.entry_id,
        activity=fact.activity_id,
        local_date=fact.local_date,
        start=fact.starts_at,
        end=fact.ends_at,
        planned_start=fact.planned_start,
        planned_end=fact.planned_end,
        break_minutes=fact.break_minutes,
        quantity_minutes=minutes_noted(fact),
        order=fact.entry_id,
    )
