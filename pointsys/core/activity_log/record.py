"""``record()``: the one way into the log, for a single entry and for a batch of 100,000 alike.

It normalises, asks the plugins' veto, inserts facts, writes audit and pending marks, and flushes; it never
commits. Everything is set-based: the number of statements does not grow with the drafts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.models import CONFIRMED, LIVE, PENDING, Activity, Decision, Entry, EntryText
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id, table_of, upsert
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import Memberships, chunks
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.kit.problems import N_, Problem

LONGEST = timedelta(hours=24)
CREATED = "created"
UNCHANGED = "unchanged"
CONFLICT = "conflict"


@dataclass(frozen=True)
class EntryDraft:
    """One person's part in something, before it is recorded.

    Either ``activity_id`` names a planned activity, or ``kind_id``, ``title`` and ``local_date`` make one.
    ``starts_at``/``ends_at`` are instants; without them ``quantity`` (hundredths of ``unit``) is credited as given.
    """

    person_id: int
    kind_id: int
    title: str
    local_date: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantity: int | None = None
    unit: str | None = None
    role: str = ""
    evidence: str = ""
    note: str = ""
    source_ref: str = ""
    accepted_late: str | None = None
    activity_id: int | None = None

    @property
    def start_key(self) -> str:
        """The start as text, "" for a date alone; part of the identity."""
        return self.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S") if self.starts_at else ""


@dataclass(frozen=True)
class Recorded:
    """What became of one draft: ``outcome`` created, unchanged or conflict; ``stored`` names what stands instead."""

    entry_id: int
    outcome: str
    stored: dict[str, object] = field(default_factory=dict)


def check_draft(draft: EntryDraft, now: datetime, today: date) -> None:
    """Refuse what cannot have happened; raises Problem naming the field."""
    if not draft.title.strip() or len(draft.title) > 200:
        raise Problem("bad_title", N_("Give the activity a title of at most 200 characters."), field="title")
    if (draft.starts_at is None) != (draft.ends_at is None):
        raise Problem("half_a_time", N_("Give both start and end, or neither."), field="end")
    if draft.starts_at is not None and draft.ends_at is not None:
        if draft.ends_at <= draft.starts_at:
            raise Problem("end_before_start", N_("The end must be after the start."), field="end")
        if draft.ends_at - draft.starts_at > LONGEST:
            raise Problem(
                "too_long", N_("Nobody is active for more than 24 hours at a stretch."), field="end"
            )
        if draft.starts_at > now:
            raise Problem(
                "in_the_future", N_("This lies in the future; record it when it has happened."), field="start"
            )
    if draft.local_date > today:
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="date"
        )
    if draft.quantity is not None and not 0 <= draft.quantity <= 100_000_000:
        raise Problem("bad_quantity", N_("The quantity is not a sensible number."), field="quantity")


def record(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    actor: Actor,
    source: str,
    *,
    batch_id: int | None = None,
    confirm: bool = False,
    conflicts_refuse: bool = True,
) -> list[Recorded]:
    """Record ``drafts`` as entries of ``area``; one Recorded per draft, in order.

    With ``confirm`` they are confirmed by ``actor`` at once: the caller has asked ``policy``. Raises Problem
    (end_before_start, unknown_person, conflict, plugin_failed, ...) with nothing recorded; with
    ``conflicts_refuse=False`` a draft that contradicts a stored entry is reported and passed over instead.
    """
    if not drafts:
        return []
    site = current_site()
    now, today = site.now(), site.today()
    for draft in drafts:
        check_draft(draft, now, today)
    if area.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="area", name=area.name)
    memberships = Memberships(session, {draft.person_id for draft in drafts})
    if any(not memberships.known(draft.person_id) for draft in drafts):
        raise Problem("unknown_person", N_("This person is not on the roster."), field="person")
    _ask_plugins(session, area, drafts)
    activity_ids = _activities(session, area, drafts, actor, now)
    rows: list[dict[str, Any]] = []
    for draft, activity_id in zip(drafts, activity_ids, strict=True):
        rows.append(
            {
                "public_id": new_public_id(),
                "activity_id": activity_id,
                "area_id": area.id,
                "person_id": draft.person_id,
                "person_area_id": memberships.area_on(draft.person_id, draft.local_date),
                "kind_id": draft.kind_id,
                "title": draft.title,
                "local_date": draft.local_date,
                "starts_at": draft.starts_at,
                "ends_at": draft.ends_at,
                "start_key": draft.start_key,
                "quantity": draft.quantity,
                "unit": draft.unit,
                "role": draft.role,
                "source": source,
                "source_ref": draft.source_ref,
                "accepted_late": draft.accepted_late,
                "batch_id": batch_id,
                "recorded_by": actor.label,
                "recorded_by_account": actor.account_id,
                "recorded_at": now,
                "status": CONFIRMED if confirm else PENDING,
            }
        )
    results = _insert(session, rows, conflicts_refuse)
    created = [i for i, result in enumerate(results) if result.outcome == CREATED]
    if not created:
        return results
    _insert_texts(session, drafts, results, created)
    if confirm:
        confirm_rows(session, [results[i].entry_id for i in created], actor, second_person=False)
    audit.write(
        session, actor, "entries.recorded", "entry", rows[created[0]]["public_id"], area_id=area.id,
        count=len(created), after={"entries": [rows[i]["public_id"] for i in created], "source": source},
    )  # fmt: skip
    mark_people(session, *_touched(rows, created))
    return results


def confirm_rows(session: Session, entry_ids: Collection[int], actor: Actor, *, second_person: bool) -> None:
    """Insert confirming decisions for entries whose status says confirmed already."""
    now = current_site().now()
    session.execute(
        insert(table_of(Decision)),
        [
            {
                "entry_id": entry_id,
                "outcome": CONFIRMED,
                "reason": "",
                "actor": actor.label,
                "account_id": actor.account_id,
                "second_person": second_person,
                "at": now,
            }
            for entry_id in entry_ids
        ],
    )


def _touched(rows: list[dict[str, Any]], created: list[int]) -> tuple[Collection[int], dict[int, set[int]]]:
    areas: dict[int, set[int]] = {}
    for i in created:
        areas.setdefault(rows[i]["person_id"], set()).add(rows[i]["person_area_id"])
    return areas.keys(), areas


def _ask_plugins(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> None:
    host = current_site().host
    vetoing = host.in_order("validate_entries")
    if not vetoing:
        return
    on = enabled_in(session, area.id)
    for answer in host.call_each(
        "validate_entries",
        [name for name in vetoing if name in on],
        session=session,
        area=area,
        drafts=drafts,
    ):
        if answer.error is not None:
            # A safety check that cannot run must not be skipped.
            raise Problem(
                "plugin_failed",
                N_("%(plugin)s could not check these entries, so nothing was recorded. Tell the IT office."),
                plugin=answer.info.title,
            ) from answer.error
        for problem in answer.value or ():
            raise problem


def _activities(
    session: Session, area: Area, drafts: Sequence[EntryDraft], actor: Actor, now: datetime
) -> list[int]:
    """The activity of each draft, made where nothing planned is named."""
    keys = {(d.kind_id, d.title, d.local_date) for d in drafts if d.activity_id is None}
    ids: dict[tuple[int, str, date], int] = {}
    for part in chunks(sorted(keys), 1_000):
        rows = [
            {
                "public_id": new_public_id(),
                "kind_id": kind_id,
                "title": title,
                "area_id": area.id,
                "local_date": day,
                "created_at": now,
                "created_by": actor.label,
            }
            for kind_id, title, day in part
        ]
        statement = upsert(session, Activity)
        # Touching the row makes RETURNING give its id whether it is new or not: one statement for both.
        returned = session.execute(
            statement.on_conflict_do_update(
                index_elements=["area_id", "kind_id", "title", "local_date"],
                set_={"title": statement.excluded.title},
            ).returning(Activity.id, Activity.kind_id, Activity.title, Activity.local_date),
            rows,
        )
        ids.update({(kind_id, title, day): activity_id for activity_id, kind_id, title, day in returned})
    return [d.activity_id or ids[d.kind_id, d.title, d.local_date] for d in drafts]


def _insert(session: Session, rows: list[dict[str, Any]], conflicts_refuse: bool) -> list[Recorded]:
    """Insert what is new; say of the rest whether it stands already or contradicts what stands."""
    stored = _stored(session, rows) if len(rows) > 1 else {}
    fresh: dict[tuple[int, int, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["activity_id"], row["person_id"], row["start_key"])
        if key not in stored:
            fresh.setdefault(key, row)
    new_ids: dict[tuple[int, int, str], int] = {}
    if fresh:
        returned = session.execute(
            upsert(session, Entry)
            .on_conflict_do_nothing()
            .returning(Entry.id, Entry.activity_id, Entry.person_id, Entry.start_key),
            list(fresh.values()),
        )
        new_ids.update({(a, p, s): entry_id for entry_id, a, p, s in returned})
    if len(new_ids) < len(fresh):
        stored.update(_stored(session, [row for key, row in fresh.items() if key not in new_ids]))
    results, seen = [], set()
    for row in rows:
        key = (row["activity_id"], row["person_id"], row["start_key"])
        if key in new_ids and key not in seen and fresh[key] is row:
            seen.add(key)
            results.append(Recorded(new_ids[key], CREATED))
            continue
        there = stored.get(key) or _as_stored(fresh[key], new_ids[key])
        same = all(there[name] == row[name] for name in _CONTENT)
        if not same and conflicts_refuse:
            raise Problem(
                "conflict",
                N_("%(title)s on %(date)s is recorded already with another end or quantity (%(stored)s)."),
                field="person",
                title=row["title"],
                date=row["local_date"],
                stored=describe(there),
            )
        results.append(Recorded(int(str(there["id"])), UNCHANGED if same else CONFLICT, there))
    return results


_CONTENT = ("ends_at", "quantity", "unit", "role")


def _as_stored(row: dict[str, Any], entry_id: int) -> dict[str, object]:
    return {"id": entry_id, **{name: row[name] for name in _CONTENT}}


def describe(stored: dict[str, object]) -> str:
    """The end or the quantity of a stored entry, as people would say it."""
    ends_at, quantity = stored.get("ends_at"), stored.get("quantity")
    if isinstance(ends_at, datetime):
        return current_site().local(ends_at).strftime("%H:%M")
    if isinstance(quantity, int):
        return f"{quantity // 100}.{quantity % 100:02d}"
    return "-"


def _stored(session: Session, rows: list[dict[str, Any]]) -> dict[tuple[int, int, str], dict[str, object]]:
    """Live entries of the activities concerned, by identity."""
    found: dict[tuple[int, int, str], dict[str, object]] = {}
    wanted = {row["person_id"] for row in rows}
    columns = [getattr(Entry, name) for name in _CONTENT]
    for part in chunks({row["activity_id"] for row in rows}, 500):
        query = select(Entry.id, Entry.activity_id, Entry.person_id, Entry.start_key, *columns).where(
            Entry.activity_id.in_(part), Entry.status.in_(LIVE)
        )
        if len(wanted) <= 500:
            query = query.where(Entry.person_id.in_(wanted))
        for entry_id, activity_id, person_id, start_key, *content in session.execute(query):
            found[activity_id, person_id, start_key] = {
                "id": entry_id,
                **dict(zip(_CONTENT, content, strict=True)),
            }
    return found


def _insert_texts(
    session: Session, drafts: Sequence[EntryDraft], results: list[Recorded], created: list[int]
) -> None:
    texts = [
        {"entry_id": results[i].entry_id, "evidence": drafts[i].evidence, "note": drafts[i].note}
        for i in created
        if drafts[i].evidence or drafts[i].note
    ]
    if texts:
        session.execute(insert(table_of(EntryText)), texts)


def with_activity(draft: EntryDraft, activity: Activity) -> EntryDraft:
    """``draft`` as a part of a planned activity."""
    return replace(draft, activity_id=activity.id, kind_id=activity.kind_id, title=activity.title)
