"""One's own hours: sums by year and month, and what the entries that wait for confirmation would add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    PENDING,
    PersonAlias,
    entry_facts,
    waiting,
)

from .hours import ALL, NOTHING, Tally, months_of
from .models import VolunteerBalance
from .policies.log import Crediting
from .queries import NAME


@dataclass(frozen=True)
class Standing:
    """A person's tallies by period; ``waits`` says that the log has changed since they were computed."""

    person_id: int
    waits: bool
    tallies: Mapping[str, Tally]

    def of(self, period: str) -> Tally:
        """The tally of "all", a year or a month."""
        return self.tallies.get(period, NOTHING)

    @property
    def years(self) -> list[str]:
        """The years with service, the latest first."""
        return sorted((p for p in self.tallies if p != ALL and len(p) == len("2026")), reverse=True)


def standing(session: Session, person_id: int) -> Standing:
    """Everything that is stored of a person over all areas, in one statement."""
    balance = VolunteerBalance
    alias = select(PersonAlias.kept_id).where(PersonAlias.merged_id == person_id).scalar_subquery()
    me = select(func.coalesce(alias, literal(person_id)).label("id")).subquery("me")
    rows = session.execute(
        select(
            me.c.id, waiting(NAME, me.c.id), balance.period, func.sum(balance.minutes), func.sum(balance.entries)
        )
        .select_from(me.outerjoin(balance, balance.person_id == me.c.id))
        .group_by(me.c.id, balance.period)
    ).all()  # fmt: skip
    tallies = {row[2]: Tally(int(row[3]), int(row[4])) for row in rows if row[2] is not None}
    return Standing(int(rows[0][0]), bool(rows[0][1]), tallies)


@dataclass(frozen=True)
class MonthBar:
    """One month of a year: its minutes, and their share of the year's best month in whole percent."""

    month: int
    minutes: int
    share: int


def month_bars(found: Standing, year: str, until: int) -> list[MonthBar]:
    """The months of a year up to ``until``, those without service too; empty when there was none at all."""
    minutes = [found.of(month).minutes for month in months_of(int(year))][:until]
    most = max(minutes, default=0)
    if not most:
        return []
    return [MonthBar(n, value, value * 100 // most) for n, value in enumerate(minutes, start=1)]


@dataclass(frozen=True)
class Waiting:
    """What waits for confirmation: minutes that each entry would add by itself, and all of them together."""

    each: Mapping[int, int]
    together: int


def what_waits(session: Session, person_id: int) -> Waiting:
    """What the entries of a person (kept id) that wait would add if they were confirmed now; three statements."""
    merged = session.scalars(select(PersonAlias.merged_id).where(PersonAlias.kept_id == person_id))
    rows_of = {person_id: [person_id, *merged]}
    facts = entry_facts(
        session, [person_id], statuses=(CONFIRMED, PENDING), service_only=True, rows_of=rows_of
    )[person_id]
    confirmed = [fact for fact in facts if fact.status == CONFIRMED]
    waiting_ones = [fact for fact in facts if fact.status == PENDING]
    if not waiting_ones:
        return Waiting({}, 0)
    rules = Crediting(session, facts)
    now = rules.worth(confirmed)
    each = {fact.entry_id: rules.worth([*confirmed, fact]) - now for fact in waiting_ones}
    return Waiting(each, rules.worth(facts) - now)
