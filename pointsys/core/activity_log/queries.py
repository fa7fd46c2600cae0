"""Lists of entries and activities: two or three statements each, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, false, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from pointsys.core.activity_log.models import CONFIRMED, LIVE, PENDING, Activity, ActivityKind, Entry
from pointsys.core.areas.models import Area, ancestors, subtree
from pointsys.core.batches import Batch
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.search import name_condition
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

MAX_SIZE = 5_000
MAX_TEXT = 200
TOTALS_UP_TO = 20_000

Sorting = tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
ENTRY_SORTS: dict[str, Sorting] = {
    "-date": (Entry.local_date.desc(), Entry.id.desc()),
    "date": (Entry.local_date, Entry.id),
    "-recorded": (Entry.id.desc(),),
    "recorded": (Entry.id,),
}
ACTIVITY_SORTS: dict[str, Sorting] = {
    "-date": (Activity.local_date.desc(), Activity.id.desc()),
    "date": (Activity.local_date, Activity.id),
}


class _Seconds(FunctionElement[int]):
    """Whole seconds between two instants."""

    type = Integer()
    inherit_cache = True
    name = "seconds_between"


@compiles(_Seconds, "sqlite")
def _seconds_on_sqlite(element: _Seconds, compiler: SQLCompiler, **kwargs: Any) -> str:
    start, end = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"(CAST(strftime('%s', {end}) AS INTEGER) - CAST(strftime('%s', {start}) AS INTEGER))"


@compiles(_Seconds, "postgresql")
def _seconds_on_postgresql(element: _Seconds, compiler: SQLCompiler, **kwargs: Any) -> str:
    start, end = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS INTEGER)"


# As attended: whole minutes of each entry, before planned windows, breaks and overlaps are looked at.
MINUTES = case(
    (Entry.ends_at.is_not(None), _Seconds(Entry.starts_at, Entry.ends_at) // 60),
    (and_(Entry.unit == "hour", Entry.quantity.is_not(None)), Entry.quantity * 60 // 100),
    else_=0,
)


@dataclass(frozen=True)
class EntryFilters:
    """Narrowing of a list of entries; None or "" is "either way".

    ``person`` and ``activity`` are inner ids, ``batch`` is an outside one.
    ``elsewhere`` lists what people of the area did at activities of other areas, instead of the area's own.
    """

    text: str = ""
    kind: str = ""
    status: str = ""
    from_on: date | None = None
    to_on: date | None = None
    source: str = ""
    batch: str = ""
    person: int | None = None
    activity: int | None = None
    elsewhere: bool = False


NO_FILTERS = EntryFilters()


@dataclass(frozen=True)
class EntryRow:
    """One line of a list of entries; ``minutes`` as attended, ``quantity`` in hundredths of ``unit``."""

    entry_id: int
    public_id: str
    person_id: int
    person_public_id: str
    name: str
    person_area_id: int
    area_id: int
    area_name: str
    activity_public_id: str
    kind: str
    title: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    quantity: int | None
    unit: str | None
    status: str
    source: str
    recorded_by: str
    recorded_at: datetime
    batch_id: int | None
    organiser: str
    minutes: int


@dataclass(frozen=True)
class EntryTotals:
    """Of all entries that fit, not of one page: how many, by how many people, and the live ones' minutes.

    ``complete`` is False where more than TOTALS_UP_TO fit: then only that much is known.
    """

    entries: int = 0
    people: int = 0
    minutes: int = 0
    pending: int = 0
    complete: bool = True


@dataclass(frozen=True)
class EntryPage:
    """One page of a list; ``page`` counts from 1."""

    rows: list[EntryRow]
    totals: EntryTotals
    page: int
    size: int

    @property
    def total(self) -> int:
        """How many rows there are in all."""
        return self.totals.entries


@dataclass(frozen=True)
class ActivityFilters:
    """Narrowing of a list of activities; "" or None is "either way"."""

    text: str = ""
    kind: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True)
class ActivityRow:
    """One line of a list of activities, with what became of its entries; ``minutes`` as attended, live ones only."""

    activity: Activity
    kind: str
    area_name: str
    confirmed: int = 0
    pending: int = 0
    people: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class ActivityPage:
    """One page of a list; ``page`` counts from 1."""

    rows: list[ActivityRow]
    total: int
    page: int
    size: int


def list_entries(
    session: Session,
    area_id: int,
    filters: EntryFilters = NO_FILTERS,
    *,
    page: int = 1,
    size: int = 50,
    sort: str = "-date",
) -> EntryPage:
    """Entries of activities below ``area_id`` that fit, with totals over all of them; raises Problem bad_sort."""
    if sort not in ENTRY_SORTS:
        raise _bad_sort()
    page, size = max(1, page), min(max(1, size), MAX_SIZE)
    conditions = [_scope(area_id, filters), *_entry_conditions(filters)]
    totals = _totals(session, conditions, by_name=bool(filters.text))
    if not totals.entries:
        return EntryPage([], totals, page, size)
    # The page is cut out of the narrow table first: only its rows are joined with what is shown of them.
    ids = select(Entry.id).select_from(Entry)
    if filters.text:
        ids = _with_person(ids)
    ids = ids.where(*conditions).order_by(*ENTRY_SORTS[sort]).limit(size).offset((page - 1) * size)
    wanted = ids.subquery()
    query = (
        _with_person(select(*_ENTRY_COLUMNS).select_from(Entry).join(wanted, wanted.c.id == Entry.id))
        .join(Activity, Activity.id == Entry.activity_id)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Area, Area.id == Entry.area_id)
        .order_by(*ENTRY_SORTS[sort])
    )
    return EntryPage([EntryRow(*row) for row in session.execute(query)], totals, page, size)


_ENTRY_COLUMNS = (
    Entry.id, Entry.public_id, Person.id, Person.public_id, Person.name, Entry.person_area_id, Entry.area_id,
    Area.name, Activity.public_id, ActivityKind.title, Entry.title, Entry.local_date, Entry.starts_at, Entry.ends_at,
    Entry.quantity, Entry.unit, Entry.status, Entry.source, Entry.recorded_by, Entry.recorded_at, Entry.batch_id,
    Activity.organiser, MINUTES,
)  # fmt: skip


def _bad_sort() -> Problem:
    return Problem("bad_sort", N_("This list cannot be sorted like that."), field="sort")


def _with_person(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """``query`` over entries with the row that is kept of each entry's human being."""
    kept = func.coalesce(PersonAlias.kept_id, Entry.person_id)
    return query.outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id).join(
        Person, Person.id == kept
    )


def _scope(area_id: int, filters: EntryFilters) -> ColumnElement[bool]:
    own = Entry.area_id.in_(subtree(area_id))
    if filters.elsewhere:
        return and_(Entry.person_area_id.in_(subtree(area_id)), ~own)
    return own


def _entry_conditions(filters: EntryFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.kind:
        conditions.append(Entry.kind_id.in_(select(ActivityKind.id).where(ActivityKind.code == filters.kind)))
    equal: Mapping[Any, object] = {
        Entry.status: filters.status or None,
        Entry.source: filters.source or None,
        Entry.activity_id: filters.activity,
    }
    conditions += [column == value for column, value in equal.items() if value is not None]
    if filters.batch:
        conditions.append(Entry.batch_id.in_(select(Batch.id).where(Batch.public_id == filters.batch)))
    if filters.from_on is not None:
        conditions.append(Entry.local_date >= filters.from_on)
    if filters.to_on is not None:
        conditions.append(Entry.local_date <= filters.to_on)
    if filters.person is not None:
        merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == filters.person)
        conditions.append(or_(Entry.person_id == filters.person, Entry.person_id.in_(merged)))
    if filters.text:
        conditions.append(or_(_title_holds(Entry.title, filters.text), name_condition(filters.text)))
    return conditions


def _title_holds(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    wanted = clean_text(text[:MAX_TEXT])
    return column.icontains(wanted, autoescape=True) if wanted else false()


def _totals(session: Session, conditions: Sequence[ColumnElement[bool]], *, by_name: bool) -> EntryTotals:
    """All of it in one statement; the person is looked at only where the name was asked for."""
    rows = select(
        Entry.status.label("status"),
        func.coalesce(PersonAlias.kept_id, Entry.person_id).label("kept"),
        MINUTES.label("minutes"),
    ).select_from(Entry)
    if by_name:
        rows = _with_person(rows)
    else:
        rows = rows.outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
    # A request never sums the whole log: beyond this the list says that there is more.
    found = rows.where(*conditions).limit(TOTALS_UP_TO + 1).subquery()
    live = found.c.status.in_(LIVE)
    query = select(
        func.count(),
        func.count(found.c.kept.distinct()),
        func.coalesce(func.sum(case((live, found.c.minutes), else_=0)), 0),
        func.coalesce(func.sum(case((found.c.status == PENDING, 1), else_=0)), 0),
    ).select_from(found)
    entries, people, minutes, pending = (int(value) for value in session.execute(query).one())
    if entries > TOTALS_UP_TO:
        return EntryTotals(TOTALS_UP_TO, complete=False)
    return EntryTotals(entries, people, minutes, pending)


def list_activities(
    session: Session,
    area_id: int,
    filters: ActivityFilters = ActivityFilters(),
    *,
    page: int = 1,
    size: int = 50,
    sort: str = "-date",
) -> ActivityPage:
    """Activities below ``area_id`` that fit, with counts of their entries; raises Problem bad_sort."""
    if sort not in ACTIVITY_SORTS:
        raise _bad_sort()
    page, size = max(1, page), min(max(1, size), MAX_SIZE)
    conditions: list[ColumnElement[bool]] = [Activity.area_id.in_(subtree(area_id))]
    if filters.text:
        conditions.append(_title_holds(Activity.title, filters.text))
    if filters.kind:
        conditions.append(
            Activity.kind_id.in_(select(ActivityKind.id).where(ActivityKind.code == filters.kind))
        )
    if filters.from_on is not None:
        conditions.append(Activity.local_date >= filters.from_on)
    if filters.to_on is not None:
        conditions.append(Activity.local_date <= filters.to_on)
    total = session.scalar(select(func.count(Activity.id)).where(*conditions)) or 0
    found = session.execute(
        select(Activity, ActivityKind.title, Area.name)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .join(Area, Area.id == Activity.area_id)
        .where(*conditions)
        .order_by(*ACTIVITY_SORTS[sort])
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    rows = [ActivityRow(activity, kind, area) for activity, kind, area in found]
    return ActivityPage(_counted(session, rows), total, page, size)


def _counted(session: Session, rows: Sequence[ActivityRow]) -> list[ActivityRow]:
    kept = func.coalesce(PersonAlias.kept_id, Entry.person_id)
    counts = session.execute(
        select(
            Entry.activity_id,
            func.sum(case((Entry.status == CONFIRMED, 1), else_=0)),
            func.sum(case((Entry.status == PENDING, 1), else_=0)),
            func.count(kept.distinct()),
            func.sum(MINUTES),
        )
        .outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
        .where(Entry.activity_id.in_([row.activity.id for row in rows]), Entry.status.in_(LIVE))
        .group_by(Entry.activity_id)
    )
    by_id = {activity_id: [int(value) for value in values] for activity_id, *values in counts}
    return [
        replace(row, confirmed=c, pending=p, people=n, minutes=m)
        for row in rows
        for c, p, n, m in [by_id.get(row.activity.id, [0, 0, 0, 0])]
    ]


def waiting_entries(session: Session, area_id: int, filters: EntryFilters, most: int) -> list[int]:
    """Inner ids of the entries of a list that wait for a decision, at most ``most`` + 1 of them."""
    query = _with_person(select(Entry.id)).where(
        _scope(area_id, filters), *_entry_conditions(filters), Entry.status == PENDING
    )
    return list(session.scalars(query.order_by(Entry.id).limit(most + 1)))


def entries_below(session: Session, area_id: int, public_ids: Collection[str]) -> list[int] | None:
    """Inner ids of entries of activities below ``area_id``; None when one of them is not there."""
    wanted = set(public_ids)
    query = select(Entry.id).where(Entry.public_id.in_(wanted), Entry.area_id.in_(subtree(area_id)))
    found = list(session.scalars(query))
    return found if len(found) == len(wanted) else None


def entry_below(session: Session, area_id: int, public_id: str) -> Entry | None:
    """The entry of an activity below ``area_id``, None for any other."""
    return session.scalar(
        select(Entry).where(Entry.public_id == public_id, Entry.area_id.in_(subtree(area_id)))
    )


def activity_below(session: Session, area_id: int, public_id: str) -> Activity | None:
    """The activity below ``area_id``, None for any other."""
    return session.scalar(
        select(Activity).where(Activity.public_id == public_id, Activity.area_id.in_(subtree(area_id)))
    )


def kinds_in(session: Session, area_id: int) -> list[ActivityKind]:
    """Kinds that lists of ``area_id`` may hold: the shipped ones, and local ones of areas above and below."""
    query = select(ActivityKind).where(
        or_(
            ActivityKind.area_id.is_(None),
            ActivityKind.area_id.in_(subtree(area_id)),
            ActivityKind.area_id.in_(ancestors(area_id)),
        )
    )
    return list(session.scalars(query.order_by(ActivityKind.area_id.is_not(None), ActivityKind.id)))
