"""How one entry came to its minutes: times, plan, rules, what it gave way to, decisions, and every change since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from pointsys.plugin import Entry, EntryFact, canonical_ids, entry_facts

from ..models import VolunteerCredit
from .approvals import Decided, decisions_of
from .crediting import OVERLAP, Worth
from .journal import History, histories
from .log import Crediting
from .policy import P0, Policy, Value

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Explanation:
    """One entry; ``there`` are the minutes from check-in to check-out, None where one of them is missing.

    ``others`` kept minutes that it overlaps, ``differs`` are rules that are not P0's. ``stored`` says whether what
    the page shows is what counts already.
    """

    fact: EntryFact
    worth: Worth
    klass: str
    there: int | None
    policy: Policy
    differs: Mapping[str, Value]
    others: Sequence[EntryFact]
    decisions: Sequence[Decided]
    history: History
    stored: bool


def explain(session: Session, entry: Entry) -> Explanation | None:
    """The explanation of a confirmed service entry; None for any other."""
    person = canonical_ids(session, [entry.person_id])[entry.person_id]
    facts = entry_facts(session, [person], service_only=True)[person]
    mine = next((fact for fact in facts if fact.entry_id == entry.id), None)
    if mine is None:
        return None
    rules = Crediting(session, facts)
    worth = rules.credit(facts)[entry.id]
    stored = session.get(VolunteerCredit, entry.id)
    minutes = stored.minutes if stored is not None else worth.counts
    policy = rules.policy(mine)
    usual = P0.values()
    return Explanation(
        mine,
        worth,
        rules.klass(mine),
        (mine.ends_at - mine.starts_at) // _MINUTE if mine.starts_at and mine.ends_at else None,
        policy,
        {name: value for name, value in policy.values().items() if value != usual[name]},
        _before(mine, facts) if OVERLAP in worth.flags else (),
        decisions_of(session, entry.id),
        histories(session, {entry.id: minutes}).get(entry.id, History(minutes, ())),
        stored is not None and (stored.minutes, stored.worth) == (worth.counts, worth.minutes),
    )


def _before(mine: EntryFact, facts: Sequence[EntryFact]) -> list[EntryFact]:
    """Services that began before this one and were still going on."""
    assert mine.starts_at is not None
    assert mine.ends_at is not None
    return [
        fact
        for fact in facts
        if fact.starts_at is not None
        and fact.ends_at is not None
        and (fact.starts_at, fact.entry_id) < (mine.starts_at, mine.entry_id)
        and fact.ends_at > mine.starts_at
    ]
