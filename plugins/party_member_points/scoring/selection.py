"""Which events count: eligibility (E1, E3), then ``repeat``, ``best_of`` and ``limit`` in canonical order (E5).

Every function writes its verdict on the entries themselves: ``reason`` for what does not count, ``value`` for
what does. ``select`` runs them all and returns what later steps need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush

from .exact import rounded
from .facts import Book, Entry
from .periods import COUNTED_WINDOWS, MONTHS, Ask, local_time
from .scheme import Limit, Plain, Scheme
from .values import effective_quantity, fault_of, plain_attribute, valid_to, worth


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries in canonical order: the eligible ones, and those of them that were kept after limits."""

    eligible: list[Entry]
    kept: list[Entry]


def select(scheme: Scheme, ask: Ask, book: Book) -> Selection:
    """Judge every known entry; those that count keep ``reason`` None."""
    eligible = _eligible(scheme, ask, book)
    eligible.sort(key=lambda entry: (entry.local, entry.id))
    for entry in eligible:
        rule = entry.law
        entry.effective = effective_quantity(rule.qty, entry.qty)
        entry.valid_to = valid_to(rule, entry, book.person)
        if rule.valued:
            entry.value = worth(rule, entry, book.person)
    _repeat(eligible)
    _keep_best(eligible)
    for window in COUNTED_WINDOWS:
        limited = scheme.limited_items.get(window)
        if limited:
            _limit(
                scheme,
                ask,
                window,
                (entry for entry in eligible if entry.item in limited and entry.reason is None),
            )
    return Selection(eligible, [entry for entry in eligible if entry.reason is None])


def window_of(window: str, entry: Entry) -> int:
    """The number of the window of that kind in which an entry happened."""
    if window == "day":
        return entry.day.toordinal()
    return 0 if window == "period" else entry.month // MONTHS[window]


def _eligible(scheme: Scheme, ask: Ask, book: Book) -> list[Entry]:
    duplicates = _duplicates(book.entries)
    deadline = _deadline(scheme, ask)
    first = book.checkin if scheme.enrol.ignore_before else date.min
    eligible = []
    for entry in book.entries:
        entry.reason = (
            "duplicate" if entry.id in duplicates else _untimely(scheme, ask, book, entry, first, deadline)
        ) or _lawless(scheme, book, entry)
        if entry.reason is None:
            eligible.append(entry)
    return eligible


def _duplicates(entries: Iterable[Entry]) -> set[str]:
    """Of all entries with one key, whatever their status, the earliest recorded is the original (E1)."""
    by_key: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.key is not None:
            by_key[entry.key].append(entry)
    repeated: set[str] = set()
    for same_key in by_key.values():
        if len(same_key) > 1:
            ids = {entry.id for entry in same_key}
            unrecorded = [entry.id for entry in same_key if entry.rec is None]
            recorded = [(entry.rec, entry.id) for entry in same_key if entry.rec is not None]
            repeated |= ids - {min(unrecorded) if unrecorded else min(recorded)[1]}
    return repeated


def _deadline(scheme: Scheme, ask: Ask) -> date:
    if scheme.grace_days is None:
        return date.max
    try:
        return ask.last + timedelta(days=scheme.grace_days)
    except OverflowError:
        return date.max


def _untimely(scheme: Scheme, ask: Ask, book: Book, entry: Entry, first: date, deadline: date) -> str | None:
    """The first reason of status or date that speaks against an entry."""
    if entry.status != "confirmed":
        return entry.status
    if entry.id in book.voided:
        return "voided"
    if not ask.first <= entry.day <= ask.last:
        return "out_of_period"
    if entry.day > ask.today:
        return "future"
    if entry.day < first:
        return "before_checkin"
    if entry.day > book.left:
        return "after_exit"
    if entry.rec is None or entry.accepted_late or deadline == date.max:
        return None
    recorded = local_time(entry.rec, scheme.zone, "rec").date()
    return "late" if recorded > deadline else None


def _lawless(scheme: Scheme, book: Book, entry: Entry) -> str | None:
    """Find the rule of the version in force on the day; the reason when there is none or the value is at fault."""
    version = scheme.version_index(entry.day)
    entry.rule = scheme.versions[version].items.get(entry.item) if version >= 0 else None
    return "no_rule" if entry.rule is None else fault_of(entry.rule, entry, book.person)


def _repeat(eligible: list[Entry]) -> None:
    """Multiply the value from the n-th event on that is still valid on the day, and round again."""
    valid: dict[str, list[date]] = defaultdict(list)
    repeating = {entry.item for entry in eligible if entry.law.repeat}
    for entry in eligible:
        if entry.item not in repeating:
            continue
        earlier = valid[entry.item]
        while earlier and earlier[0] < entry.day:
            heappop(earlier)
        heappush(earlier, entry.valid_to)
        rule = entry.law.repeat
        if rule and len(earlier) >= rule[0]:
            entry.value = rounded(entry.value * rule[1])


def _keep_best(eligible: list[Entry]) -> None:
    """Of a group's events with the same attribute value only the greatest counts, the earlier one in a tie."""
    groups: dict[tuple[str, bool, Plain], list[Entry]] = defaultdict(list)
    for entry in eligible:
        best_of = entry.law.best_of
        matter = plain_attribute(entry.attrs.get(best_of[1])) if best_of else None
        if best_of is not None and matter is not None:
            groups[best_of[0], isinstance(matter, bool), matter].append(entry)
    for (group, _, _), members in groups.items():
        best = max(members, key=lambda entry: entry.value)
        for entry in members:
            if entry is not best:
                entry.reason = "superseded"
                entry.cut_by = {"best_of": group, "kept": best.id}


def _limit(scheme: Scheme, ask: Ask, window: str, entries: Iterable[Entry]) -> None:
    """Keep at most so many events of an item in each window; the version on its last day says how many (E7)."""
    groups: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.item, window_of(window, entry)].append(entry)
    for (item, key), members in groups.items():
        version = scheme.version_index(ask.span(window, key)[1])
        limit = scheme.inherited[version].items[item].limits.get(window)
        if limit is not None and len(members) > limit.count:
            _drop(
                members,
                limit,
                {"limit": window, "window": ask.window_name(window, key), "count": limit.count},
            )


def _drop(members: list[Entry], limit: Limit, why: dict[str, object]) -> None:
    ranked = sorted(members, key=lambda entry: entry.value, reverse=True) if limit.best else members
    for entry in ranked[limit.count :]:
        entry.reason = "limit"
        entry.cut_by = dict(why)
