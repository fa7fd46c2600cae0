"""Deriving: the rows of some people are made to say what the log says, whatever stood there before.

Nothing is ever added to what is stored of a person. The state is computed from the log alone and only rows that
differ are written, so a repeated or late mark changes nothing, and one new entry touches a handful of rows. The
histogram of wide areas changes by what the balances changed by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Base,
    Credit,
    EntryFact,
    canonical_ids,
    chunks,
    credited,
    enabled_by_area,
    entry_facts,
    groups,
    table_of,
    upsert_many,
)

from . import histogram
from .hours import minutes_of_periods, tally_days, tally_periods
from .models import NAME, VolunteerBalance, VolunteerCredit, VolunteerDay

Key = tuple[Any, ...]
Row = tuple[Any, ...]
Rows = dict[Key, Row]
# Keys in one DELETE; three columns each stay far below SQLite's limit of bound values.
_DELETE = 1_000


def derive(session: Session, people: Collection[int]) -> None:
    """Bring credits, days and balances of ``people`` (kept ids) up to date with the log.

    A dozen statements whatever the number of people. What was done while belonging to an area where the plugin is off
    takes its time from overlapping service and is worth nothing itself. Rows under ids that are merged by now go
    away; those of an un-merged person move to whom they belong, in whichever order the two are derived.
    """
    rows_of = groups(session, people)
    everyone = sorted(row for rows in rows_of.values() for row in rows)
    worths: Rows = {}
    days: Rows = {}
    balances: Rows = {}
    facts_of = entry_facts(session, people, service_only=True)
    on = enabled_by_area(session, {fact.person_area_id for facts in facts_of.values() for fact in facts})
    for person_id, everything in facts_of.items():
        worth = credited(everything)
        facts = [fact for fact in everything if NAME in on[fact.person_area_id]]
        by_day = tally_days(facts, worth)
        worths.update((_key(fact), _credit_row(person_id, fact, worth[fact.entry_id])) for fact in facts)
        for (day, area_id), tally in by_day.items():
            days[person_id, day, area_id] = (tally.minutes, tally.entries)
        by_period = tally_periods(by_day)
        totals = minutes_of_periods(by_period)
        for (period, area_id), tally in by_period.items():
            balances[person_id, period, area_id] = (tally.minutes, tally.entries, totals[period])
    _bring_to(session, VolunteerCredit, everyone, worths)
    _bring_to(session, VolunteerDay, everyone, days)
    before = _bring_to(session, VolunteerBalance, everyone, balances)
    histogram.follow(session, before, balances)


def _key(fact: EntryFact) -> Key:
    return (fact.entry_id,)


def _credit_row(person_id: int, fact: EntryFact, worth: Credit) -> Row:
    flags = " ".join(sorted(worth.flags))
    return (person_id, fact.person_area_id, fact.local_date, worth.minutes, worth.gross_minutes, flags)


def _bring_to(session: Session, model: type[Base], people: Collection[int], wanted: Rows) -> Rows:
    """Delete, insert and change what is needed for the rows of ``people`` in ``model`` to be ``wanted``.

    Returns what stood there. Rows are keyed by the primary key and hold the other columns, both in the table's order.
    """
    stored = _stored(session, model, people)
    _delete(session, model, stored.keys() - wanted.keys())
    changed = [key + wanted[key] for key in sorted(wanted) if stored.get(key) != wanted[key]]
    upsert_many(session, model, changed)
    return stored


def _names(model: type[Base]) -> tuple[list[str], list[str]]:
    table = table_of(model)
    keys = [column.name for column in table.primary_key]
    return keys, [column.name for column in table.columns if column.name not in keys]


def _stored(session: Session, model: type[Base], people: Collection[int]) -> Rows:
    keys, values = _names(model)
    columns = table_of(model).c
    found: Rows = {}
    for part in chunks(people):
        query = select(*[columns[name] for name in keys + values]).where(columns.person_id.in_(part))
        for row in session.execute(query):
            found[tuple(row[: len(keys)])] = tuple(row[len(keys) :])
    return found


def _delete(session: Session, model: type[Base], obsolete: Iterable[Key]) -> None:
    table = table_of(model)
    key = tuple_(*table.primary_key)
    for part in chunks(sorted(obsolete), _DELETE):
        session.execute(delete(table).where(key.in_(part)))


def follow_merge(session: Session, people: Collection[int]) -> None:
    """Derive the human beings of ``people`` if anything is stored of them, also where the plugin is off.

    Where it is on a mark does the same later; where it is off nobody else would move the rows.
    """
    stored = select(VolunteerBalance.person_id).where(VolunteerBalance.person_id.in_(people)).limit(1)
    if session.scalar(stored) is not None:
        derive(session, sorted(set(canonical_ids(session, people).values())))
