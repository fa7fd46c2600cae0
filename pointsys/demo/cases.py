"""The odd ones: people listed twice, somebody who moved, one who left, an entry rejected and one voided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED, Entry
from pointsys.core.activity_log.record import EntryDraft, record
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave, move_person
from pointsys.demo.people import Inhabitant
from pointsys.demo.schedule import Community

MOVED_BEFORE = timedelta(days=140)
LEFT_BEFORE = timedelta(days=60)
_REJECTED = "签到表上没有本人签名，请补签后重新登记"
_VOIDED = "登记错人：当天来的是另一位居民，已按签到表重新登记"


def listed_twice(people: Sequence[Inhabitant], communities: Sequence[Community]) -> list[Inhabitant]:
    """Second rows of two people: one with the same phone in another grid, one with the same birth date."""
    settled = [p for p in people if p.phone and p.id_number and p.drive > 1 and not p.member]
    first = next(p for p in settled if p.community == "old")
    second = next(p for p in settled if p.community == "river")
    grids = {community.key: community.grids for community in communities}
    return [
        replace(first, grid=_other(grids["old"], first.grid), id_number=None, birth_date=first.birth_date),
        replace(second, grid=_other(grids["river"], second.grid), id_number=None, phone=None),
    ]


def _other(grids: Sequence[str], grid: str) -> str:
    return next(name for name in grids if name != grid)


class Moves:
    """Somebody who moves from the old neighbourhood to the new estate, and somebody who leaves the sub-district."""

    def __init__(self, people: Sequence[Inhabitant], busy: set[int], today: date) -> None:
        free = [p for p in people if p.id not in busy and p.community == "old" and p.drive > 3]
        self.mover = free[0] if free else None
        self.leaver = free[1] if len(free) > 1 else None
        self.moved_on, self.left_on = today - MOVED_BEFORE, today - LEFT_BEFORE

    def happen(self, session: Session, areas: Mapping[str, Area], grid: str, day: date, actor: Actor) -> bool:
        """Whatever was due by ``day``; tells whether anything changed."""
        changed = False
        if self.mover is not None and day >= self.moved_on:
            mover, self.mover = self.mover, None
            move_person(session, session.get_one(Person, mover.id), areas[grid].id, self.moved_on, actor)
            mover.community, mover.grid, changed = "new", grid, True
        if self.leaver is not None and day >= self.left_on:
            leaver, self.leaver = self.leaver, None
            leave(session, session.get_one(Person, leaver.id), self.left_on, actor)
            leaver.drive, changed = 0.0, True
        return changed


def reject_one(session: Session, area: Area, actor: Actor) -> None:
    """Reject the latest unconfirmed entry of the area."""
    entry = session.scalar(
        select(Entry.id).where(Entry.area_id == area.id, Entry.status == PENDING).order_by(Entry.id.desc())
    )
    if entry is not None:
        decide(session, [entry], REJECTED, _REJECTED, actor)


def void_one(
    session: Session, area: Area, day: date, instead: Inhabitant, recorder: Actor, confirmer: Actor
) -> None:
    """Void a confirmed entry from about ``day`` and record it for the person it belonged to."""
    entry = session.scalar(
        select(Entry)
        .where(
            Entry.area_id == area.id,
            Entry.status == CONFIRMED,
            Entry.local_date <= day,
            Entry.starts_at.is_not(None),
            Entry.person_id != instead.id,
        )
        .order_by(Entry.local_date.desc(), Entry.id)
    )
    if entry is None:
        return
    decide(session, [entry.id], VOIDED, _VOIDED, confirmer)
    draft = EntryDraft(
        person_id=instead.id,
        kind_id=entry.kind_id,
        title=entry.title,
        local_date=entry.local_date,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        note=f"更正：原记在他人名下（{entry.public_id}）",
    )
    # The right person may be on that sheet already; then the wrong line was one too many.
    made = record(session, area, [draft], recorder, "import", conflicts_refuse=False)
    decide(session, [item.entry_id for item in made if item.outcome == "created"], CONFIRMED, "", confirmer)
