"""One person's entries with everything that became of them, in plain words: for their own page and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, extract, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.home import at_home
from pointsys.core.activity_log.models import PENDING, Activity, ActivityKind, Decision, Entry, EntryText
from pointsys.core.areas.models import Area
from pointsys.core.objections.models import Objection
from pointsys.core.objections.subjects import ENTRY
from pointsys.core.people.models import Person, PersonAlias
from pointsys.web.effects import expected_effects


@dataclass(frozen=True)
class OwnEntry:
    """One entry; ``decisions`` from the first to the last, ``expected`` what it may bring.

    ``at_home`` is False where another community or the sub-district held the activity; ``objections`` are those to
    it, the first raised first.
    """

    entry: Entry
    kind: str
    organiser: str
    decisions: Sequence[Decision]
    expected: str
    at_home: bool = True
    evidence: str = ""
    objections: Sequence[Objection] = ()


@dataclass(frozen=True)
class EntryChoice:
    """What a list of one's entries is narrowed to; None and "" for everything."""

    year: int | None = None
    kind: str = ""
    status: str = ""


ALL = EntryChoice()


def _rows(person: Person) -> ColumnElement[bool]:
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person.id)
    return or_(Entry.person_id == person.id, Entry.person_id.in_(merged))


def _chosen(person: Person, choice: EntryChoice) -> list[ColumnElement[bool]]:
    conditions = [_rows(person)]
    if choice.year is not None:
        conditions.append(Entry.local_date.between(date(choice.year, 1, 1), date(choice.year, 12, 31)))
    if choice.kind:
        conditions.append(Entry.kind_id.in_(select(ActivityKind.id).where(ActivityKind.code == choice.kind)))
    if choice.status:
        conditions.append(Entry.status == choice.status)
    return conditions


def entry_count(session: Session, person: Person, choice: EntryChoice = ALL) -> int:
    """How many entries the person has, under all rows merged into them."""
    query = select(func.count()).select_from(Entry).where(*_chosen(person, choice))
    return session.scalar(query) or 0


def entry_choices(session: Session, person: Person) -> tuple[list[int], list[tuple[str, str]]]:
    """The years in which the person has entries, the latest first, and the kinds (code, title) of these entries."""
    year = extract("year", Entry.local_date)
    rows = session.execute(
        select(year, ActivityKind.code, ActivityKind.title)
        .distinct()
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .where(_rows(person))
    ).all()
    return sorted({int(row[0]) for row in rows}, reverse=True), sorted({(row[1], row[2]) for row in rows})


def entries_of(
    session: Session, person: Person, limit: int | None, offset: int = 0, *, choice: EntryChoice = ALL
) -> list[OwnEntry]:
    """The person's entries, wherever they were recorded, the newest first."""
    found = session.execute(_query(person, choice).limit(limit).offset(offset)).all()
    ids = [row[0].id for row in found]
    decisions: dict[int, list[Decision]] = {}
    for decision in session.scalars(select(Decision).where(Decision.entry_id.in_(ids)).order_by(Decision.id)):
        decisions.setdefault(decision.entry_id, []).append(decision)
    waiting = {entry.id: entry.person_area_id for entry, *_rest in found if entry.status == PENDING}
    expected = expected_effects(session, waiting)
    objections = _objections(session, [row[0].public_id for row in found])
    return [
        OwnEntry(
            entry,
            kind,
            organiser or area,
            decisions.get(entry.id, []),
            expected.get(entry.id, ""),
            bool(home),
            evidence or "",
            objections.get(entry.public_id, []),
        )
        for entry, kind, organiser, area, home, evidence in found
    ]


def _query(person: Person, choice: EntryChoice) -> Select[Entry, str, str, str, bool, str]:
    return (
        select(Entry, ActivityKind.title, Activity.organiser, Area.name, at_home(), EntryText.evidence)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .outerjoin(EntryText, EntryText.entry_id == Entry.id)
        .where(*_chosen(person, choice))
        .order_by(Entry.local_date.desc(), Entry.id.desc())
    )


def _objections(session: Session, public_ids: Sequence[str]) -> dict[str, list[Objection]]:
    """Entry -> the objections to it."""
    query = select(Objection).where(Objection.subject_type == ENTRY, Objection.subject_id.in_(public_ids))
    found: dict[str, list[Objection]] = {}
    for objection in session.scalars(query.order_by(Objection.id)):
        found.setdefault(objection.subject_id, []).append(objection)
    return found
