"""``record()``: the one way into the log, for a single entry and for a batch of 100,000 alike.

It normalises, asks the plugins' veto, inserts facts, writes audit and pending marks, and flushes; it never
commits. Everything is set-based: the number of statements does not grow with the drafts.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.activities import activities_of, look_up
from pointsys.core.activity_log.drafts import EntryDraft as EntryDraft
from pointsys.core.activity_log.drafts import check_draft as check_draft
from pointsys.core.activity_log.drafts import tidy
from pointsys.core.activity_log.kinds import check_units
from pointsys.core.activity_log.marks import marked
from pointsys.core.activity_log.models import (
    CONFIRMED,
    LIVE,
    PENDING,
    Activity,
    Decision,
    Entry,
    EntryText,
)
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit.blocks import DECISION, ENTRY
from pointsys.core.database import dialect_of, insert_into, new_public_id, table_of
from pointsys.core.pending import mark_people
from pointsys.core.people.children import check_takers
from pointsys.core.people.groups import Memberships, chunks
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.kit.problems import N_, Problem

log = logging.getLogger(__name__)

CREATED = "created"
UNCHANGED = "unchanged"
CONFLICT = "conflict"


@dataclass(frozen=True)
class Recorded:
    """What became of one draft: ``outcome`` created, unchanged or conflict; ``stored`` names what stands instead."""

    entry_id: int
    outcome: str
    stored: dict[str, object] = field(default_factory=dict)


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
    at: datetime | None = None,
    recorder: Actor | None = None,
) -> list[Recorded]:
    """Record ``drafts`` as entries of ``area``; one Recorded per draft, in order.

    With ``confirm`` they are confirmed by ``actor`` at once: the caller has asked ``policy``. Raises Problem
    (end_before_start, unknown_person, conflict, plugin_failed, ...) with nothing recorded; with
    ``conflicts_refuse=False`` a draft that contradicts a stored entry is reported and passed over instead.
    ``at`` is the instant of recording, now by default: parts of one act share it. ``recorder`` is whose word the
    entries stand on where that is not who acts, as with what members claim and others take over; the audit row names
    who acts.
    """
    if not drafts:
        return []
    site = current_site()
    now, today = at or site.now(), site.today()
    drafts = [tidy(draft) for draft in drafts]
    for draft in drafts:
        check_draft(draft, now, today)
    check_units(session, drafts)
    if area.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="area", name=area.name)
    memberships = Memberships(session, {draft.person_id for draft in drafts})
    if any(not memberships.known(draft.person_id) for draft in drafts):
        raise Problem("unknown_person", N_("This person is not on the roster."), field="person")
    check_takers(session, memberships)
    known = look_up(session, area, drafts)
    ask_plugins(session, area, drafts)
    activity_ids = activities_of(session, area, drafts, known, actor, now)
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
                "recorded_by": (recorder or actor).label,
                "recorded_by_account": (recorder or actor).account_id,
                "recorded_at": now,
                "status": CONFIRMED if confirm else PENDING,
            }
        )
    results = _insert(session, marked(ENTRY, rows), conflicts_refuse)
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
    mark_people(session, *_touched(rows, created), figures=True)
    return results


def confirm_rows(session: Session, entry_ids: Collection[int], actor: Actor, *, second_person: bool) -> None:
    """Insert confirming decisions for entries whose status says confirmed already."""
    now = current_site().now()
    session.execute(
        insert(table_of(Decision)),
        marked(
            DECISION,
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
        ),
    )


def _touched(rows: list[dict[str, Any]], created: list[int]) -> tuple[Collection[int], dict[int, set[int]]]:
    areas: dict[int, set[int]] = {}
    for i in created:
        areas.setdefault(rows[i]["person_id"], set()).add(rows[i]["person_area_id"])
    return areas.keys(), areas


def ask_plugins(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> None:
    """Let the plugins that are on in ``area`` refuse ``drafts``; raises their Problem, or plugin_failed."""
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
        problems = () if answer.value is None else answer.value
        sensible = isinstance(problems, list | tuple) and all(isinstance(p, Problem) for p in problems)
        if answer.error is None and sensible:
            for problem in problems:
                raise problem
            continue
        # A safety check that cannot run, or answers nonsense, must not be skipped.
        log.error("plugin %s failed in validate_entries", answer.info.name, exc_info=answer.error)
        raise Problem(
            "plugin_failed",
            N_("%(plugin)s could not check these entries, so nothing was recorded. Tell the IT office."),
            plugin=answer.info.title,
        ) from answer.error


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
        returned = session.execute(_insert_if_new(dialect_of(session)), list(fresh.values()))
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


@lru_cache(maxsize=4)
def _insert_if_new(dialect: str) -> Any:
    statement = insert_into(dialect, Entry).on_conflict_do_nothing()
    return statement.returning(Entry.id, Entry.activity_id, Entry.person_id, Entry.start_key)


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
