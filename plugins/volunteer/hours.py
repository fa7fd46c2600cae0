"""Rules of volunteer hours without a database: tallies by day and period, ranges of dates, and hours as shown.

Minutes are whole numbers all the way; hours are only a way to write them, rounded once, on the total.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pointsys.plugin import N_, EntryFact, Problem

from .policies.crediting import APPROVED, Worth

ALL = "all"
# Spans that begin "ever" are made of whole years from here on; nobody's service was recorded before.
FIRST_YEAR = 1900
LAST_YEAR = 2199
_PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2]))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tally:
    """Credited minutes and the number of entries (person-times)."""

    minutes: int = 0
    entries: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.minutes + other.minutes, self.entries + other.entries)


NOTHING = Tally()

DayKey = tuple[date, int]
PeriodKey = tuple[str, int]


@dataclass(frozen=True)
class Span:
    """A range of dates as stored ``periods`` plus ``edges``, the inclusive ranges of days that fill no period."""

    periods: tuple[str, ...]
    edges: tuple[tuple[date, date], ...] = ()


def periods_of(day: date) -> tuple[str, str, str]:
    """The periods a day counts in."""
    return ALL, f"{day.year:04d}", f"{day.year:04d}-{day.month:02d}"


def tally_days(facts: Iterable[EntryFact], worths: Mapping[int, Worth]) -> dict[DayKey, Tally]:
    """One person's tallies by (local date, area of the person that day), of what is approved.

    Minutes after midnight count on the next date; the entry itself counts once, on the date it began. Its area is
    that of the day it began for all of its minutes.
    """
    days: dict[DayKey, Tally] = {}
    for fact in facts:
        worth = worths[fact.entry_id]
        if worth.state != APPROVED:
            continue
        key = (fact.local_date, fact.person_area_id)
        days[key] = days.get(key, NOTHING) + Tally(entries=1)
        for day, minutes in worth.by_date.items():
            key = (day, fact.person_area_id)
            days[key] = days.get(key, NOTHING) + Tally(minutes=minutes)
    return days


def tally_periods(days: Mapping[DayKey, Tally]) -> dict[PeriodKey, Tally]:
    """The days of a person summed up by (period, area)."""
    totals: dict[PeriodKey, Tally] = {}
    for (day, area_id), tally in days.items():
        for period in periods_of(day):
            totals[period, area_id] = totals.get((period, area_id), NOTHING) + tally
    return totals


def minutes_of_periods(totals: Mapping[PeriodKey, Tally]) -> dict[str, int]:
    """A person's minutes of each period in all areas together."""
    minutes: dict[str, int] = {}
    for (period, _area), tally in totals.items():
        minutes[period] = minutes.get(period, 0) + tally.minutes
    return minutes


def parse_period(text: str) -> str:
    """A period as stored; raises Problem bad_period for anything else than "all", a year or a month."""
    text = text.strip()
    match = _PERIOD.match(text)
    if text == ALL or (match and FIRST_YEAR <= int(match["year"]) <= LAST_YEAR):
        return text
    raise Problem("bad_period", N_("Give a period as all, 2026 or 2026-03."), field="period")


def parse_month(text: str) -> str:
    """A month as stored, "2026-03"; raises Problem bad_month."""
    try:
        period = parse_period(text)
    except Problem:
        period = ""
    if len(period) != len("2026-03"):
        raise Problem("bad_month", N_("Give a month as 2026-03."), field="month")
    return period


def parse_day(text: str, field: str) -> date | None:
    """An ISO date or None for blank; raises Problem bad_date naming ``field``."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field=field) from None


def months_of(year: int) -> list[str]:
    """The twelve months of a year as stored."""
    return [f"{year:04d}-{month:02d}" for month in range(1, 13)]


def make_span(first: date | None, last: date | None) -> Span:
    """The range ``first`` to ``last``, both included, None for open; raises Problem bad_range.

    Whole years and months are taken from the stored balances, so that a long range is no dearer than a short one.
    """
    if first is None and last is None:
        return Span((ALL,))
    earliest, latest = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    start, end = first or earliest, last or latest
    if end < start:
        raise Problem("bad_range", N_("The last day lies before the first."), field="to")
    start, end = max(start, earliest), min(end, latest)
    if end < start:
        raise Problem("bad_range", N_("Give days between 1900 and 2199."), field="to")
    periods: list[str] = []
    edges: list[tuple[date, date]] = []
    while start <= end:
        year_ends, month_ends = date(start.year, 12, 31), _month_end(start)
        _, year, month = periods_of(start)
        if (start.month, start.day) == (1, 1) and year_ends <= end:
            periods.append(year)
            start = year_ends
        elif start.day == 1 and month_ends <= end:
            periods.append(month)
            start = month_ends
        else:
            edges.append((start, min(month_ends, end)))
            start = month_ends
        start += timedelta(days=1)
    return Span(tuple(periods), tuple(edges))


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
