"""What one event is worth by itself (E4), and which faults of value make it ineligible (E3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from .exact import Number, cents, exact, lesser, over, plain, rounded
from .periods import years_later

if TYPE_CHECKING:
    from .facts import Attributes, Entry
    from .scheme import Adjustment, Bracket, ByAttribute, Item, Match, Plain, QuantityRule, Tier

_PERSON = "person."


def plain_attribute(value: object) -> Plain | None:
    """An attribute as something that can be compared; None for what is missing or has parts."""
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, Decimal, Fraction)):
        try:
            return exact(value)
        except ValueError:
            return None
    return value.isoformat() if isinstance(value, date) else None


def same(first: Plain | None, second: Plain | None) -> bool:
    """Equality as JSON has it: true is not 1, and what is missing equals nothing."""
    if first is None or second is None:
        return False
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    return first == second


def attribute_key(value: object) -> str | None:
    """The text under which a table lists an attribute value."""
    found = plain_attribute(value)
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if found is None or isinstance(found, str) else plain(found)


def attribute(name: str, attrs: Attributes, person: Attributes) -> object:
    """An attribute of the event, or of the person when the name begins with ``person.``."""
    return person.get(name[len(_PERSON) :]) if name.startswith(_PERSON) else attrs.get(name)


def all_equal(wanted: tuple[tuple[str, Plain], ...], attributes: Mapping[str, object]) -> bool:
    """Whether every wanted attribute is there and equal."""
    return all(same(plain_attribute(attributes.get(name)), value) for name, value in wanted)


def passes(match: Match, entry: Entry, person: Attributes) -> bool:
    """Whether an event meets the conditions of an ``extra`` or ``mult``."""
    if match.hours is not None:
        minute = entry.local.hour * 60 + entry.local.minute
        if not entry.timed or not any(first <= minute < last for first, last in match.hours):
            return False
    return all_equal(match.event, entry.attrs) and all_equal(match.person, person)


def factor(adjustments: tuple[Adjustment, ...], entry: Entry, person: Attributes) -> Number:
    """The product of every multiplier that applies."""
    product: Number = 1
    for adjustment in adjustments:
        if passes(adjustment.match, entry, person):
            product *= adjustment.amount
    return product


def effective_quantity(rule: QuantityRule, qty: Number) -> Number:
    """Clamp, then go to whole steps."""
    if rule.most is not None:
        qty = lesser(qty, rule.most)
    if rule.step is None:
        return qty
    if rule.rounding == "ceil":
        steps = -(-qty // rule.step)
    elif rule.rounding == "half_up":
        steps = rounded(over(qty, rule.step))
    else:
        steps = qty // rule.step
    return steps * rule.step


def fault_of(rule: Item, entry: Entry, person: Attributes) -> str | None:
    """The reason why an entry has no value under its rule, or None."""
    if entry.qty < rule.qty.least:
        return "below_min"
    if rule.mode == "table" and attribute_key(attribute(rule.by, entry.attrs, person)) not in rule.values:
        return "bad_attr" if rule.by else None
    if rule.mode == "manual" and rule.kind != "veto":
        given = entry.points
        if given is None or given < rule.low or (rule.high is not None and given > rule.high):
            return "out_of_range"
    return None


def tier_cents(tiers: tuple[Tier, ...], amount: Number) -> Number:
    """What the highest tier reached gives; 0 below the lowest."""
    for tier in tiers:
        if amount >= tier.least:
            return tier.cents
    return 0


def bracket_cents(brackets: tuple[Bracket, ...], amount: Number) -> Number:
    """Marginal brackets: whole units inside each."""
    total: Number = 0
    start: Number = 0
    for bracket in brackets:
        end = amount if bracket.upto is None else lesser(amount, bracket.upto)
        if end <= start:
            break
        total += (end - start) // bracket.per * bracket.cents
        start = end
    return total


def _raw(rule: Item, entry: Entry, person: Attributes) -> Number:
    if rule.mode == "per_event":
        return rule.cents
    if rule.mode == "per_qty":
        return over(rule.cents * entry.effective, rule.per)
    if rule.mode == "tier":
        return tier_cents(rule.tiers, entry.effective)
    if rule.mode == "table":
        return rule.values[attribute_key(attribute(rule.by, entry.attrs, person)) or ""]
    if rule.mode == "manual":
        return cents(entry.points or 0)
    return bracket_cents(rule.brackets, entry.effective)


def worth(rule: Item, entry: Entry, person: Attributes) -> Number:
    """Hundredths of a point for one event: raw value, additions, factors, rounding, then the cap of one event."""
    raw = _raw(rule, entry, person)
    for adjustment in rule.extra:
        if passes(adjustment.match, entry, person):
            raw += adjustment.amount
    value: Number = rounded(raw * factor(rule.mult, entry, person))
    return lesser(value, rule.caps["event"]) if "event" in rule.caps else value


def valid_to(rule: Item, entry: Entry, person: Attributes) -> date:
    """The last day on which an event still counts (E13)."""
    years = rule.valid_years
    if years is None:
        return date.max
    if isinstance(years, int):
        return years_later(entry.day, years)
    found = looked_up(years, attribute(years.attribute, entry.attrs, person))
    return date.max if found is None else years_later(entry.day, int(found))


def looked_up(table: ByAttribute, value: object) -> Number | None:
    """The number a table gives for an attribute value, or its default."""
    key = attribute_key(value)
    return table.default if key is None else table.values.get(key, table.default)
