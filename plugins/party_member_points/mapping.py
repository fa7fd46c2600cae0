"""From the log to the scorer: which kinds of activity count as which item of a scheme, and a person's neutral facts.

Pure but for the clock's zone inside ``credited``. Kinds of voluntary service count as item ``service`` by the hour
unless the locality says otherwise; every other kind counts as nothing until the locality says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from pointsys.plugin import CONFIRMED, N_, PENDING, REJECTED, VOIDED, EntryFact, Problem, credited

SETTING = "points.mapping"
HOURS = "hours"
TIMES = "times"
SHARE = "share"
QUANTITIES = (HOURS, TIMES, SHARE)
QUANTITY_TITLES = {HOURS: N_("by the hour"), TIMES: N_("each time"), SHARE: N_("the number recorded")}

Event = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """Entries of a kind are events of ``item``; ``quantity`` tells what is counted of them."""

    item: str
    quantity: str = HOURS


SERVICE = Rule("service", HOURS)


@dataclass(frozen=True)
class KindMapping:
    """What a locality decided, by code of the kind; None for "counts as nothing"."""

    rules: Mapping[str, Rule | None]

    def of(self, kind: str, service: bool) -> Rule | None:
        """The rule for entries of ``kind``."""
        if kind in self.rules:
            return self.rules[kind]
        return SERVICE if service else None


def read_mapping(value: object) -> KindMapping:
    """The mapping from a stored setting ``{kind: {"item", "quantity"} or null}``; raises Problem bad_mapping."""
    rules: dict[str, Rule | None] = {}
    if not isinstance(value, Mapping):
        raise _bad()
    for kind, entry in value.items():
        if entry is None:
            rules[kind] = None
            continue
        if not isinstance(entry, Mapping) or entry.get("quantity") not in QUANTITIES or not entry.get("item"):
            raise _bad()
        rules[kind] = Rule(str(entry["item"]), str(entry["quantity"]))
    return KindMapping(rules)


def _bad() -> Problem:
    return Problem(
        "bad_mapping", N_("Choose an item of the scheme, and by the hour, each time or the number recorded.")
    )


def write_mapping(rules: Mapping[str, Rule | None]) -> dict[str, object]:
    """The same as a setting."""
    return {
        kind: None if rule is None else {"item": rule.item, "quantity": rule.quantity}
        for kind, rule in sorted(rules.items())
    }


@dataclass(frozen=True)
class Evidence:
    """One person's part of the scorer's facts: ``events`` as things stand, ``hopeful`` as if all waiting entries were
    confirmed (the same list when none waits), and ``voids``."""

    events: list[Event]
    hopeful: list[Event]
    voids: list[dict[str, str]]
    waiting: frozenset[str]


def evidence(
    facts: Sequence[EntryFact], mapping: KindMapping, confirmed_once: Collection[int], as_of: datetime
) -> Evidence:
    """The events of **one person** that the mapping gives a meaning, known at ``as_of``.

    ``confirmed_once`` holds the ids of voided entries that were confirmed before. An entry that was voided after
    ``as_of`` still takes its minutes, one that was voided by then no longer does.
    """
    known = [fact for fact in facts if fact.recorded_at <= as_of]
    live = [fact for fact in known if _is_live(fact, confirmed_once, as_of)]
    waiting = [fact for fact in known if fact.status == PENDING]
    minutes = {key: worth.minutes for key, worth in credited(live).items()}
    pairs = [(fact, rule) for fact in known if (rule := mapping.of(fact.kind, fact.service)) is not None]
    events = [_event(fact, rule, minutes, _status(fact, confirmed_once)) for fact, rule in pairs]
    hopeful = events
    if waiting:
        then = {key: worth.minutes for key, worth in credited([*live, *waiting]).items()}
        hopeful = [
            _event(fact, rule, then, CONFIRMED if fact.status == PENDING else _status(fact, confirmed_once))
            for fact, rule in pairs
        ]
    voids = [
        {"event": fact.public_id, "rec": fact.voided_at.isoformat()}
        for fact, _rule in pairs
        if fact.voided_at is not None
    ]
    return Evidence(events, hopeful, voids, frozenset(f.public_id for f, _r in pairs if f.status == PENDING))


def _is_live(fact: EntryFact, confirmed_once: Collection[int], as_of: datetime) -> bool:
    if fact.status == VOIDED:
        return fact.entry_id in confirmed_once and fact.voided_at is not None and fact.voided_at > as_of
    return fact.status == CONFIRMED


def _status(fact: EntryFact, confirmed_once: Collection[int]) -> str:
    """The scorer knows voids by themselves: a voided entry is what it was before."""
    if fact.status == VOIDED:
        return CONFIRMED if fact.entry_id in confirmed_once else REJECTED
    return fact.status


def _event(fact: EntryFact, rule: Rule, minutes: Mapping[int, int], status: str) -> Event:
    event: Event = {
        "id": fact.public_id,
        "item": rule.item,
        "qty": _quantity(fact, rule, minutes),
        "rec": fact.recorded_at.isoformat(),
        "status": status,
        "attrs": {"kind": fact.kind, "role": fact.role} if fact.role else {"kind": fact.kind},
    }
    if fact.starts_at is not None:
        event["at"] = fact.starts_at.isoformat()
    else:
        event["on"] = fact.local_date.isoformat()
    if fact.accepted_late:
        event["accepted_late"] = True
    return event


def _quantity(fact: EntryFact, rule: Rule, minutes: Mapping[int, int]) -> Fraction:
    if rule.quantity == HOURS:
        return Fraction(minutes.get(fact.entry_id, 0), 60)
    if rule.quantity == SHARE and fact.quantity is not None:
        return Fraction(fact.quantity, 100)
    return Fraction(1)
