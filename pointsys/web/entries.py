"""One person's entries with what was decided on each, in plain words: for their own page and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import PENDING, Activity, ActivityKind, Decision, Entry
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person, PersonAlias
from pointsys.web.effects import expected_effects


@dataclass(frozen=True)
class OwnEntry:
    """One entry; ``decisions`` from the first to the last, ``expected`` what it may bring."""

    entry: Entry
    kind: str
    organiser: str
    decisions: Sequence[Decision]
    expected: str


def _rows(person: Person) -> ColumnElement[bool]:
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person.id)
    return or_(Entry.person_id == person.id, Entry.person_id.in_(merged))


def entry_count(session: Session, person: Person) -> int:
    """How many entries the person has, under all rows merged into them."""
    return session.scalar(select(func.count()).select_from(Entry).where(_rows(person))) or 0


def entries_of(session: Session, person: Person, limit: int, offset: int = 0) -> list[OwnEntry]:
    """The person's entries, wherever they were recorded, the newest first."""
    found = session.execute(
        select(Entry, ActivityKind.title, Activity.organiser, Area.name)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .where(_rows(person))
        .order_by(Entry.local_date.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    decisions: dict[int, list[Decision]] = {}
    ids = [entry.id for entry, *_rest in found]
    for decision in session.scalars(select(Decision).where(Decision.entry_id.in_(ids)).order_by(Decision.id)):
        decisions.setdefault(decision.entry_id, []).append(decision)
    waiting = {entry.id: entry.person_area_id for entry, *_rest in found if entry.status == PENDING}
    expected = expected_effects(session, waiting)
    return [
        OwnEntry(entry, kind, organiser or area, decisions.get(entry.id, []), expected.get(entry.id, ""))
        for entry, kind, organiser, area in found
    ]
