"""Points that no single event carries: sums of a period, expectations, attendance ratios (E9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .enrolment import Stay, as_of_needed, judged_windows
from .exact import Number, lesser, over, plain, rounded
from .facts import Book, Entry
from .periods import Ask
from .scheme import SUMMED_MODES, Expectation, Item, Ratio, Scheme
from .selection import window_of
from .values import factor, tier_cents

ByItem = Mapping[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one derived rule for one category: ``amount`` in hundredths, ``deducted`` tells its direction."""

    source: str
    id: str
    title: str
    category: str
    amount: Number
    deducted: bool
    detail: dict[str, object] = field(default_factory=dict)


def by_item(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by item id, in the order given."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.item].append(entry)
    return found


def amount_of(entries: Iterable[Entry], by_quantity: bool) -> Number:
    """How many events, or the sum of their effective quantities."""
    total: Number = 0
    for entry in entries:
        total += entry.effective if by_quantity else 1
    return total


def amounts_by_window(
    entries: ByItem, items: Iterable[str], by_quantity: bool, window: str
) -> dict[int, Number]:
    """The same in each window."""
    totals: dict[int, Number] = defaultdict(int)
    for item in dict.fromkeys(items):
        for entry in entries.get(item, ()):
            totals[window_of(window, entry)] += entry.effective if by_quantity else 1
    return totals


def sums(scheme: Scheme, version: int, kept: Iterable[Entry], book: Book) -> list[Line]:
    """Lines of ``mean``, ``accumulate`` and ``total_tier`` items over the kept entries, by the rule at period end.

    A sum of nothing is 0 and may still reach a tier: "less than 12 hours costs 3" also meets who has none at all.
    """
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for item, rule in scheme.inherited[version].items.items():
        if rule.mode == "total_tier" and rule.kind != "veto" and tier_cents(rule.tiers, 0):
            groups[item, rule.mode] = []
    for entry in kept:
        if entry.law.mode in SUMMED_MODES and entry.law.kind != "veto":
            groups[entry.item, entry.law.mode].append(entry)
    lines = []
    for (item, mode), entries in sorted(groups.items()):
        newest = _newest_rule(scheme, version, item, mode)
        if newest is not None:
            amount = _SUMMED[mode](newest, entries, book)
            detail: dict[str, object] = {"mode": mode, "count": len(entries)}
            lines.append(
                Line("sum", item, newest.title, newest.category, amount, newest.kind == "deduct", detail)
            )
    return lines


def _newest_rule(scheme: Scheme, version: int, item: str, mode: str) -> Item | None:
    """The newest definition up to period end under which the item is summed in this way."""
    for step in reversed(scheme.versions[: version + 1]):
        rule = step.items.get(item)
        if rule is not None and rule.mode == mode and rule.kind != "veto":
            return rule
    return None


def _mean(rule: Item, entries: list[Entry], book: Book) -> Number:
    marks: Number = 0
    for entry in entries:
        marks += entry.qty
    return rounded(Fraction(marks * rule.cents) / (100 * len(entries)))


def _accumulated(rule: Item, entries: list[Entry], book: Book) -> Number:
    total: Number = 0
    for entry in entries:
        total += entry.effective * factor(entry.law.mult, entry, book.person)
    amount = total // rule.per * rule.cents
    return lesser(amount, rule.caps["period"]) if "period" in rule.caps else amount


def _total_tier(rule: Item, entries: list[Entry], book: Book) -> Number:
    return tier_cents(rule.tiers, amount_of(entries, True))


_SUMMED = {"mean": _mean, "accumulate": _accumulated, "total_tier": _total_tier}


def expectations(scheme: Scheme, ask: Ask, stay: Stay, version: int, entries: ByItem) -> list[Line]:
    """Lines of missed and met windows and of gaps; ``entries`` are the eligible ones, before limits and caps."""
    newest: dict[str, Expectation] = {}
    for step in scheme.versions[: version + 1]:
        newest.update(step.expects)
    lines = []
    for name, rule in newest.items():
        totals = {met: _judged(scheme, ask, stay, name, entries, met=met) for met in (True, False)}
        gap = scheme.versions[version].expects.get(name)
        if gap is not None and gap.window == "gap":
            blocks = _idle_blocks(stay, gap, entries)
            totals[False].amount += blocks * gap.cents
            totals[False].windows += [f"{blocks} x {gap.days}"] if blocks else []
        for met, judged in totals.items():
            amount = judged.amount if rule.most is None else lesser(judged.amount, rule.most)
            if judged.windows:
                detail: dict[str, object] = {"met" if met else "missed": judged.windows}
                lines.append(Line("expect", name, rule.title, rule.category, amount, not met, detail))
    return lines


@dataclass(slots=True)
class _Judged:
    amount: Number = 0
    windows: list[str] = field(default_factory=list)


def _judged(scheme: Scheme, ask: Ask, stay: Stay, name: str, entries: ByItem, *, met: bool) -> _Judged:
    """Every window of this expectation by the version in force on its last day, where that version knows it."""
    found = _Judged()
    rules = [step.expects[name] for step in scheme.versions if name in step.expects]
    for window in dict.fromkeys(rule.window for rule in rules if rule.window != "gap" and rule.met == met):
        amounts: dict[int, dict[int, Number]] = {}
        for key in judged_windows(ask, stay, window, _last_of(entries, rules) if met else None):
            step = scheme.version_index(ask.span(window, key)[1])
            rule = scheme.versions[step].expects.get(name) if step >= 0 else None
            if rule is None or rule.window != window or rule.met != met:
                continue
            if step not in amounts:
                amounts[step] = amounts_by_window(entries, rule.items, rule.by_quantity, window)
            if (amounts[step].get(key, 0) >= rule.least) == met:
                found.amount += rule.cents
                found.windows.append(ask.window_name(window, key))
    return found


def _last_of(entries: ByItem, rules: list[Expectation]) -> date | None:
    """The last day on which something happened that could meet a window; None while nothing limits the search."""
    if any(rule.least <= 0 for rule in rules):
        return None
    days = [entry.day for rule in rules for item in rule.items for entry in entries.get(item, ())]
    return max(days, default=date.min)


def _idle_blocks(stay: Stay, rule: Expectation, entries: ByItem) -> int:
    """Whole blocks of ``days`` days in each longest run of days without an eligible event, edges included."""
    first, last = max(stay.first, stay.rules_from), stay.judged_to
    if last == date.max:
        raise as_of_needed()
    days = {entry.day.toordinal() for item in rule.items for entry in entries.get(item, ())}
    blocks = 0
    previous = first.toordinal() - 1
    for day in sorted(day for day in days if first.toordinal() <= day <= last.toordinal()):
        blocks += (day - previous - 1) // rule.days
        previous = day
    return blocks + max(0, last.toordinal() - previous) // rule.days


def ratios(scheme: Scheme, ask: Ask, stay: Stay, version: int, entries: ByItem, book: Book) -> list[Line]:
    """Lines of attendance; ``entries`` are the eligible ones that have not expired, on whatever day."""
    lines = []
    for rule in scheme.versions[version].ratios:
        attended, held = _attendance(stay, rule, entries, book)
        if held:
            share = over(attended, held)
            detail: dict[str, object] = {"attended": attended, "sessions": held, "share": plain(share)}
            amount = tier_cents(rule.tiers, share)
            lines.append(Line("ratio", rule.id, rule.title, rule.category, amount, False, detail))
    return lines


def _attendance(stay: Stay, rule: Ratio, entries: ByItem, book: Book) -> tuple[int, int]:
    """Sessions attended, and sessions that should have been; an excused one counts only if it was attended."""
    named = {
        str(entry.attrs.get("session"))
        for item in rule.items
        for entry in entries.get(item, ())
        if entry.attrs.get("session") is not None
    }
    sessions = {s.id for s in book.sessions if s.kind == rule.kind and stay.first <= s.day <= stay.judged_to}
    attended = sessions & named
    return len(attended), len(sessions - (book.excused - attended))
