"""What the slow scorer reckons with: exact numbers, days and windows found by walking, tiers and brackets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

Facts = dict[str, Any]
WINDOWS = ("day", "month", "quarter", "half", "year", "period")
VALUELESS = ("none", "mean", "accumulate", "total_tier")
ONE_DAY = timedelta(days=1)
CENT = Fraction(1, 100)


def number(value: Any) -> Fraction:
    return Fraction(str(value))


def to_multiple(value: Fraction, step: Fraction) -> Fraction:
    """The multiple of ``step`` next to ``value``; half goes away from zero."""
    whole = (abs(value) / step + Fraction(1, 2)).__floor__() * step
    return -whole if value < 0 else whole


def printed(value: Fraction, places: int = 2) -> str:
    scaled = to_multiple(value, Fraction(1, 10**places)) * 10**places
    sign, digits = ("-" if scaled < 0 else ""), str(abs(int(scaled))).rjust(places + 1, "0")
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


@cache
def label(day: date, window: str) -> tuple[int, ...]:
    parts = {
        "day": day.day,
        "month": day.month,
        "quarter": (day.month + 2) // 3,
        "half": (day.month + 5) // 6,
    }
    if window == "day":
        return (day.year, day.month, day.day)
    return (day.year,) if window == "year" else (day.year, parts[window])


@cache
def last_day(day: date, window: str) -> date:
    while label(day + ONE_DAY, window) == label(day, window):
        day += ONE_DAY
    return day


@cache
def first_day(day: date, window: str) -> date:
    while label(day - ONE_DAY, window) == label(day, window):
        day -= ONE_DAY
    return day


def period_of(kind: str, text: str) -> tuple[date, date]:
    if kind == "lifetime":
        return date.min, date.max
    if kind == "rolling":
        return date.min, date.fromisoformat(text)
    year, _, rest = text.partition("-")
    month = 1 if not rest else {"H": 6, "Q": 3}.get(rest[0], 0) * (int(rest[-1]) - 1) + 1
    month = int(rest) if kind == "month" else month
    start = date(int(year), month, 1)
    return start, last_day(start, kind)


def years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    numbers = (int, Decimal)
    if isinstance(left, numbers) and isinstance(right, numbers):
        return number(left) == number(right)
    return type(left) is type(right) and bool(left == right)


def reached(tiers: list[Facts], qty: Fraction) -> Fraction:
    """Points of the highest tier this quantity reaches, in whatever order the tiers stand; 0 below the lowest."""
    got = [tier for tier in tiers if number(tier["min"]) <= qty]
    return number(max(got, key=lambda tier: number(tier["min"]))["points"]) if got else Fraction(0)


def marginal(brackets: list[Facts], qty: Fraction) -> Fraction:
    """Each bracket pays its own whole units, from where the one before ended."""
    points, below = Fraction(0), Fraction(0)
    for bracket in brackets:
        top = min(qty, number(bracket["upto"])) if "upto" in bracket else qty
        if top > below:
            points += ((top - below) / number(bracket.get("per", 1))).__floor__() * number(bracket["points"])
        below = max(below, number(bracket["upto"])) if "upto" in bracket else below
    return points
