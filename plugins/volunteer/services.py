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
    EntryFact,
    canonical_ids,
    chunks,
    enabled_by_area,
    entry_facts,
    groups,
    table_of,
    upsert_many,
)

from . import histogram
from .certificates import following as certificates
from .hours import minutes_of_periods, tally_days, tally_periods
from .models import NAME, VolunteerBalance, VolunteerCredit, VolunteerDay
from .policies import journal
from .policies.crediting import Worth
from .policies.log import Crediting
from .policies.models import VolunteerSplit
from .record import following as stars
from .signups.credited import Credited, teams_of

# Minutes of the entry count on another date than it began on, see ``volunteer_split``.
MIDNIGHT = "midnight"
# Where the flags stand in a credit's row without its key.
FLAGS = 5
Key = tuple[Any, ...]
Row = tuple[Any, ...]
Rows = dict[Key, Row]
# Keys in one DELETE; three columns each stay far below SQLite's limit of bound values.
_DELETE = 1_000


def derive(session: Session, people: Collection[int]) -> None:
    """Bring credits, days and balances of ``people`` (kept ids) up to date with the log.

    A fixed number of statements whatever the number of people. What was done while belonging to an area where the
    plugin is off takes its time from overlapping service and is worth nothing itself. Rows under ids that are merged
    by now go away; those of an un-merged person move to whom they belong, in whichever order the two are derived.
    The journal, certificates and stars follow what changed.
    """
    rows_of = groups(session, people)
    everyone = sorted(row for rows in rows_of.values() for row in rows)
    worths: Rows = {}
    splits: Rows = {}
    days: Rows = {}
    balances: Rows = {}
    facts_of = entry_facts(session, people, service_only=True, rows_of=rows_of)
    everything = [fact for facts in facts_of.values() for fact in facts]
    on = enabled_by_area(session, {fact.person_area_id for fact in everything})
    rules = Crediting(session, everything)
    credited = rules.credit_all(facts_of)
    teams = teams_of(session, {(fact.person_id, fact.activity_id) for fact in everything})
    for person_id, all_facts in facts_of.items():
        worth = credited[person_id]
        facts = [fact for fact in all_facts if NAME in on[fact.person_area_id]]
        by_day = tally_days(facts, worth)
        for fact in facts:
            mine = worth[fact.entry_id]
            team = teams.get((person_id, fact.activity_id), (None, None))
            worths[fact.entry_id,] = _credit_row(person_id, fact, mine, rules, team)
            if _spills(fact, mine):
                for day, minutes in mine.days.items():
                    splits[fact.entry_id, day] = (person_id, minutes)
        for (day, area_id), tally in by_day.items():
            days[person_id, day, area_id] = (tally.minutes, tally.entries)
        by_period = tally_periods(by_day)
        totals = minutes_of_periods(by_period)
        for (period, area_id), tally in by_period.items():
            balances[person_id, period, area_id] = (tally.minutes, tally.entries, totals[period])
    stood = _bring_to(session, VolunteerCredit, everyone, worths)
    if splits or any(MIDNIGHT in row[FLAGS] for row in stood.values()):
        _bring_to(session, VolunteerSplit, everyone, splits)
    _bring_to(session, VolunteerDay, everyone, days)
    before = _bring_to(session, VolunteerBalance, everyone, balances)
    histogram.follow(session, before, balances)
    certificates.follow(session, journal.follow(session, stood, worths))
    stars.follow(session, people, rows_of)


def _spills(fact: EntryFact, worth: Worth) -> bool:
    """Whether minutes of an entry count on another date than it began on."""
    return any(day != fact.local_date for day in worth.days)


def _credit_row(person_id: int, fact: EntryFact, worth: Worth, rules: Crediting, team: Credited) -> Row:
    flags = worth.flags | {MIDNIGHT} if _spills(fact, worth) else worth.flags
    return (
        person_id,
        fact.person_area_id,
        fact.local_date,
        worth.counts,
        worth.gross,
        " ".join(sorted(flags)),
        rules.klass(fact),
        *team,
        worth.state,
        worth.level,
        worth.minutes,
        rules.policy(fact).version,
    )


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
