"""Bringing the figures up to date with the log, person by person: the core's own part of every drain.

What was counted of a person stands in ``person_month``. The new state is computed from the log alone, and the areas
change by the difference, in the same transaction; so a late or repeated mark changes nothing. Activities are no sum
over people: they are counted again, by index, for the months of an area in which somebody's have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import CONFIRMED, LIVE, Activity, Entry
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.database import table_of
from pointsys.core.figures.models import OWN, AreaMonth, PersonMonth
from pointsys.core.figures.tally import (
    LiveEntry,
    PersonRows,
    areas_in,
    changed_activities,
    changes,
    month_of,
    person_rows,
    with_activities,
)
from pointsys.core.people.groups import chunks, groups
from pointsys.core.upserts import upsert_many

SUMS = ("activities", "entries", "people", "unconfirmed")
DISTRICT_LEVEL = "subdistrict"
# Conditions in one OR: SQLite allows a thousand, and each is a range of an index of its own.
_CELLS = 200
# The words of the index, so that SQLite sees that it fits.
LIVE_ENTRY = text("entry.status IN ('pending', 'confirmed')")

Month = tuple[int, str]


def derive(session: Session, people: Collection[int]) -> None:
    """Count the entries of ``people`` (kept ids) as the log says now; a dozen statements for any number of people."""
    kept_of = {row: kept for kept, rows in groups(session, people).items() for row in rows}
    everyone = sorted(kept_of)
    old, new = _stored(session, everyone), person_rows(_live_entries(session, everyone, kept_of))
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    if not changed:
        return
    district = districts(session, areas_in(old, new))
    figures = changes(old, new, district)
    _write(session, old, new, changed)
    more = _more_activities(session, _months_of(session, changed_activities(old, new)))
    figures = with_activities(figures, more, district)
    upsert_many(session, AreaMonth, [(*cell, *figures[cell]) for cell in sorted(figures)], add=SUMS)


def month_text(day: Any) -> ColumnElement[str]:
    """The month of a column of dates: the beginning of its text, which both engines write alike."""
    # Numbers as they are: PostgreSQL takes two bound values for two expressions, also where they are grouped by.
    return func.substr(cast(day, String), literal_column("1"), literal_column("7"))


def districts(session: Session, areas: Collection[int]) -> dict[int, int]:
    """The sub-district of each area, or the area itself where none is above it."""
    found = {area_id: area_id for area_id in areas}
    for part in chunks(sorted(areas)):
        rows = session.execute(
            select(AreaClosure.descendant_id, Area.id)
            .join(Area, Area.id == AreaClosure.ancestor_id)
            .where(AreaClosure.descendant_id.in_(part), Area.level == DISTRICT_LEVEL)
        )
        found.update((area_id, above) for area_id, above in rows)
    return found


def _live_entries(
    session: Session, everyone: Collection[int], kept_of: dict[int, int]
) -> Iterable[LiveEntry]:
    for part in chunks(everyone):
        rows = session.execute(
            select(
                Entry.person_id, Entry.person_area_id, Entry.area_id, Entry.activity_id, Entry.local_date,
                Entry.status,
            ).where(Entry.person_id.in_(part), Entry.status.in_(LIVE))
        )  # fmt: skip
        for person_id, person_area, area_id, activity_id, day, status in rows:
            yield LiveEntry(kept_of[person_id], person_area, area_id, activity_id, day, status == CONFIRMED)


def _stored(session: Session, everyone: Collection[int]) -> PersonRows:
    columns = table_of(PersonMonth).c
    found: PersonRows = {}
    for part in chunks(everyone):
        for row in session.execute(select(*columns).where(columns.person_id.in_(part))):
            found[row[0], row[1], row[2], row[3]] = (row[4], row[5], row[6])
    return found


def _write(
    session: Session, old: PersonRows, new: PersonRows, changed: Collection[tuple[int, str, int, int]]
) -> None:
    table = table_of(PersonMonth)
    for part in chunks(sorted(key for key in changed if key not in new), 1_000):
        session.execute(delete(table).where(tuple_(*table.primary_key).in_(part)))
    upsert_many(session, PersonMonth, [(*key, *new[key]) for key in sorted(changed) if key in new])


def _months_of(session: Session, activities: Collection[int]) -> set[Month]:
    """(area, month) of each activity."""
    found: set[Month] = set()
    for part in chunks(sorted(activities)):
        rows = session.execute(select(Activity.area_id, Activity.local_date).where(Activity.id.in_(part)))
        found.update((area_id, month_of(day)) for area_id, day in rows)
    return found


def _more_activities(session: Session, cells: Collection[Month]) -> dict[Month, int]:
    """By how many each (area, month) has more activities with a confirmed entry than the figures say."""
    more = dict.fromkeys(cells, 0)
    if not cells:
        return more
    month = month_text(Activity.local_date)
    confirmed = select(Entry.id).where(
        Entry.activity_id == Activity.id, LIVE_ENTRY, Entry.status == CONFIRMED
    )
    for part in chunks(sorted(cells), _CELLS):
        counted = (
            select(Activity.area_id, month, func.count())
            .where(or_(*map(_in_month, part)), confirmed.exists())
            .group_by(Activity.area_id, month)
        )
        for area_id, key, count in session.execute(counted):
            more[area_id, key] += count
    stored = select(AreaMonth.area_id, AreaMonth.month, AreaMonth.activities).where(
        AreaMonth.tier == OWN,
        AreaMonth.area_id.in_({area_id for area_id, _ in cells}),
        AreaMonth.month.in_({key for _, key in cells}),
    )
    for area_id, key, count in session.execute(stored):
        if (area_id, key) in more:
            more[area_id, key] -= count
    return more


def _in_month(cell: Month) -> ColumnElement[bool]:
    area_id, month = cell
    first = date(int(month[:4]), int(month[5:]), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return and_(Activity.area_id == area_id, Activity.local_date.between(first, last))
