"""``record_new()``: what ``record()`` does, for a large batch of which every draft is known to be new.

An import has judged its rows against the log inside the same transaction, so nothing is looked up again here;
that and plain tuples instead of mappings make it several times faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.activities import activities_of, look_up
from pointsys.core.activity_log.drafts import EntryDraft, check_draft, tidy
from pointsys.core.activity_log.kinds import check_units
from pointsys.core.activity_log.marks import with_marks
from pointsys.core.activity_log.models import CONFIRMED, PENDING, Decision, Entry, EntryText
from pointsys.core.activity_log.record import ask_plugins
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit.blocks import DECISION, ENTRY
from pointsys.core.bulk import insert_many, new_ids, new_public_ids
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import Memberships
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

_ENTRY = (
    "id", "public_id", "activity_id", "area_id", "person_id", "person_area_id", "kind_id", "title", "local_date",
    "starts_at", "ends_at", "start_key", "quantity", "unit", "role", "source", "source_ref", "accepted_late",
    "batch_id", "recorded_by", "recorded_by_account", "recorded_at", "status",
)  # fmt: skip
_DECISION = ("entry_id", "outcome", "reason", "actor", "account_id", "second_person", "at")


def record_new(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    actor: Actor,
    source: str,
    *,
    batch_id: int | None = None,
    confirm: bool = False,
) -> None:
    """Record ``drafts`` as entries of ``area``, all of them or none.

    Raises the Problems of ``record``, and IntegrityError where an entry of the same identity stands already.
    """
    if not drafts:
        return
    site = current_site()
    now, today = site.now(), site.today()
    drafts = [tidy(draft) for draft in drafts]
    _check(drafts, now, today)
    check_units(session, drafts)
    if area.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="area", name=area.name)
    memberships = Memberships(session, {draft.person_id for draft in drafts})
    if any(not memberships.known(draft.person_id) for draft in drafts):
        raise Problem("unknown_person", N_("This person is not on the roster."), field="person")
    known = look_up(session, area, drafts)
    ask_plugins(session, area, drafts)
    activity_ids = activities_of(session, area, drafts, known, actor, now)
    ids, public_ids = new_ids(session, Entry, len(drafts)), new_public_ids(len(drafts))
    areas = [memberships.area_on(draft.person_id, draft.local_date) for draft in drafts]
    by = (source, batch_id, actor.label, actor.account_id, now, CONFIRMED if confirm else PENDING)
    rows = _rows(drafts, zip(ids, public_ids, activity_ids, areas, strict=True), area.id, by)
    insert_many(session, Entry, (*_ENTRY, "mark"), with_marks(ENTRY, _ENTRY, rows))
    texts = [(i, d.evidence, d.note) for i, d in zip(ids, drafts, strict=True) if d.evidence or d.note]
    insert_many(session, EntryText, ("entry_id", "evidence", "note"), texts)
    if confirm:
        decided = ((i, CONFIRMED, "", actor.label, actor.account_id, False, now) for i in ids)
        insert_many(session, Decision, (*_DECISION, "mark"), with_marks(DECISION, _DECISION, decided))
    audit.write(
        session, actor, "entries.recorded", "entry", public_ids[0], area_id=area.id,
        count=len(drafts), after={"entries": public_ids, "source": source},
    )  # fmt: skip
    touched: dict[int, set[int]] = {}
    for draft, person_area in zip(drafts, areas, strict=True):
        touched.setdefault(draft.person_id, set()).add(person_area)
    mark_people(session, touched.keys(), touched, figures=True)


def _check(drafts: Sequence[EntryDraft], now: datetime, today: date) -> None:
    """Check each distinct draft once: the many rows of one activity differ in the person alone."""
    distinct = {
        (
            d.title, d.local_date, d.starts_at, d.ends_at, d.quantity, d.unit, d.role,
            d.accepted_late, d.evidence, d.note, d.place, d.organiser,
        ): d
        for d in drafts
    }  # fmt: skip
    for draft in distinct.values():
        check_draft(draft, now, today)


def _rows(
    drafts: Sequence[EntryDraft],
    places: Iterator[tuple[int, str, int, int]],
    area_id: int,
    by: tuple[Any, ...],
) -> Iterator[tuple[Any, ...]]:
    source, batch_id, label, account_id, now, status = by
    start_keys: dict[datetime | None, str] = {}
    for d, (entry_id, public_id, activity_id, person_area) in zip(drafts, places, strict=True):
        start_key = start_keys.get(d.starts_at)
        if start_key is None:
            start_key = start_keys[d.starts_at] = d.start_key
        yield (
            entry_id, public_id, activity_id, area_id, d.person_id, person_area, d.kind_id, d.title, d.local_date,
            d.starts_at, d.ends_at, start_key, d.quantity, d.unit, d.role, source, d.source_ref, d.accepted_late,
            batch_id, label, account_id, now, status,
        )  # fmt: skip
