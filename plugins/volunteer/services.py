"""Deriving: the rows of some people are made to say what the log says, whatever stood there before.

Nothing is ever added to what is stored. The state is computed from the log alone and only rows that differ are
written, so a repeated or late mark changes nothing, and one new entry touches a handful of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, bindparam, delete, func, select, tuple_
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Base,
    Credit,
    EntryFact,
    canonical_ids,
    chunks,
    credited,
    entry_facts,
    groups,
    table_of,
    upsert,
)

from .hours import tally_days, tally_periods
from .models import VolunteerBalance, VolunteerCredit, VolunteerDay

Key = tuple[Any, ...]
Row = tuple[Any, ...]
Rows = dict[Key, Row]
# Keys in one DELETE; three columns each stay far below SQLite's limit of bound values.
_DELETE = 1_000


def derive(session: Session, people: Collection[int]) -> None:
    """Bring credits, days and balances of ``people`` (kept ids) up to date with the log.

    A dozen statements whatever the number of people. Rows under ids that are merged by now go away; those of an
    un-merged person move to whom they belong, in whichever order the two are derived.
    """
    rows_of = groups(session, people)
    everyone = sorted(row for rows in rows_of.values() for row in rows)
    worths: Rows = {}
    days: Rows = {}
    balances: Rows = {}
    for person_id, facts in entry_facts(session, people, service_only=True).items():
        worth = credited(facts)
        by_day = tally_days(facts, worth)
        worths.update((_key(fact), _credit_row(person_id, fact, worth[fact.entry_id])) for fact in facts)
        for (day, area_id), tally in by_day.items():
            days[person_id, day, area_id] = (tally.minutes, tally.entries)
        for (period, area_id), tally in tally_periods(by_day).items():
            balances[person_id, period, area_id] = (tally.minutes, tally.entries)
    _bring_to(session, VolunteerCredit, everyone, worths)
    _bring_to(session, VolunteerDay, everyone, days)
    _bring_to(session, VolunteerBalance, everyone, balances)


def _key(fact: EntryFact) -> Key:
    return (fact.entry_id,)


def _credit_row(person_id: int, fact: EntryFact, worth: Credit) -> Row:
    flags = " ".join(sorted(worth.flags))
    return (person_id, fact.person_area_id, fact.local_date, worth.minutes, worth.gross_minutes, flags)


def _bring_to(session: Session, model: type[Base], people: Collection[int], wanted: Rows) -> None:
    """Delete, insert and change what is needed for the rows of ``people`` in ``model`` to be ``wanted``.

    Rows are keyed by the primary key and hold the other columns, both in the table's order.
    """
    stored = _stored(session, model, people)
    _delete(session, model, stored.keys() - wanted.keys())
    changed = [(key, wanted[key]) for key in sorted(wanted) if stored.get(key) != wanted[key]]
    _write(session, model, changed)


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


def _write(session: Session, model: type[Base], rows: Sequence[tuple[Key, Row]]) -> None:
    """Insert or change rows, in the order given: two transactions that meet wait, and not in a ring."""
    if not rows:
        return
    keys, values = _names(model)
    names = keys + values
    statement = upsert(session, model)
    changes = {name: statement.excluded[name] for name in values}
    if session.get_bind().dialect.name != "postgresql":
        session.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changes),
            [dict(zip(names, key + value, strict=True)) for key, value in rows],
        )
        return
    # Whole columns as arrays: one statement there instead of a message for each row.
    columns = zip(*[key + value for key, value in rows], strict=True)
    source = (
        func.unnest(
            *[
                bindparam(None, list(column), type_=ARRAY(table_of(model).c[name].type))
                for name, column in zip(names, columns, strict=True)
            ]
        )
        .table_valued(*names)
        .render_derived("source")
    )
    session.execute(
        statement.from_select(names, select(*[source.c[name] for name in names])).on_conflict_do_update(
            index_elements=keys, set_=changes
        )
    )


def follow_merge(session: Session, people: Collection[int]) -> None:
    """Derive the human beings of ``people`` if anything is stored of them, also where the plugin is off.

    Where it is on a mark does the same later; where it is off nobody else would move the rows.
    """
    stored = select(VolunteerBalance.person_id).where(VolunteerBalance.person_id.in_(people)).limit(1)
    if session.scalar(stored) is not None:
        derive(session, sorted(set(canonical_ids(session, people).values())))
