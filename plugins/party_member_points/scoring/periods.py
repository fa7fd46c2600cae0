"""Calendar windows and the question a scorer is asked.

A window is named by a kind and a whole number: days by ordinal, longer windows by how many of them have passed
since year 0. ``Ask`` binds them to one period and one asking day, so the rules never look at a clock.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from pointsys.plugin import N_, Problem

WINDOWS = ("event", "day", "month", "quarter", "half", "year", "period")
COUNTED_WINDOWS = WINDOWS[1:]
RANK = {window: rank for rank, window in enumerate(WINDOWS)}
PERIOD_TYPES = ("month", "quarter", "half", "year", "lifetime", "rolling")
PERIOD_RANK = {kind: RANK.get(kind, RANK["period"]) for kind in PERIOD_TYPES}
# Days of grace beyond this mean "always": the calendar has an end.
MOST_GRACE = 36_500
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PERIODS = {
    "year": re.compile(r"([0-9]{4})", re.ASCII),
    "half": re.compile(r"([0-9]{4})-H([12])", re.ASCII),
    "quarter": re.compile(r"([0-9]{4})-Q([1-4])", re.ASCII),
    "month": re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII),
}
_EXAMPLES = {
    "year": "2024",
    "half": "2024-H1",
    "quarter": "2024-Q1",
    "month": "2024-02",
    "lifetime": "lifetime",
    "rolling": "2024-06-30",
}


def window_key(window: str, day: date) -> int:
    """The number of the calendar window of that kind which holds ``day``; a period is always number 0."""
    if window == "day":
        return day.toordinal()
    if window == "period":
        return 0
    return (day.year * 12 + day.month - 1) // MONTHS[window]


@lru_cache(maxsize=8192)
def window_span(window: str, key: int) -> tuple[date, date]:
    """First and last day of a calendar window (not of a period)."""
    if window == "day":
        day = date.fromordinal(key)
        return day, day
    start = key * MONTHS[window]
    end = start + MONTHS[window] - 1
    year, month = divmod(end, 12)
    return date(start // 12, start % 12 + 1, 1), date(
        year, month + 1, calendar.monthrange(year, month + 1)[1]
    )


def window_label(window: str, key: int) -> str:
    """The window as people write it: 2024-03-05, 2024-03, 2024-Q1, 2024-H1, 2024."""
    first = window_span(window, key)[0]
    if window == "day":
        return first.isoformat()
    if window == "month":
        return f"{first:%Y-%m}"
    part = {"quarter": f"-Q{key % 4 + 1}", "half": f"-H{key % 2 + 1}", "year": ""}[window]
    return f"{first:%Y}{part}"


def months_between(first: date, last: date) -> int:
    """How many calendar months the days from ``first`` to ``last`` touch; 0 when there are none."""
    return max(0, (last.year - first.year) * 12 + last.month - first.month + 1) if first <= last else 0


def years_later(day: date, years: int) -> date:
    """The same calendar day ``years`` on; 29 February becomes 28 February where there is none (E13)."""
    year = day.year + years
    if year > date.max.year:
        return date.max
    if day.month == 2 and day.day == 29 and not calendar.isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


@dataclass(frozen=True, slots=True)
class Ask:
    """One period and the moment of asking; without ``as_of`` everything known counts and ``today`` is ``date.max``."""

    kind: str
    label: str
    first: date
    last: date
    as_of: datetime | None
    today: date

    def span(self, window: str, key: int) -> tuple[date, date]:
        """First and last day of a window of any kind."""
        return (self.first, self.last) if window == "period" else window_span(window, key)

    def window_name(self, window: str, key: int) -> str:
        """The label of a window of any kind."""
        return self.label if window == "period" else window_label(window, key)

    @property
    def bounded(self) -> bool:
        """Whether the period has a first day; lifetime and rolling ones reach back to the beginning of time."""
        return self.first > date.min


def parse_day(value: object, field: str) -> date:
    """Read a local date, ``YYYY-MM-DD``; raises Problem ``bad_date``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Problem("bad_date", N_("%(place)s must be a date such as 2024-03-07."), field=field, place=field)


def parse_instant(value: object, field: str) -> datetime:
    """Read an instant with an offset from UTC; raises Problem ``bad_instant``."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if instant.tzinfo is not None and isinstance(value, (str, datetime)):
            return instant
    except ValueError:
        pass
    raise Problem(
        "bad_instant",
        N_("%(place)s must be an instant with its offset, such as 2024-03-07T09:00:00+08:00."),
        field=field,
        place=field,
    )


def local_time(instant: datetime, zone: tzinfo, field: str) -> datetime:
    """The wall clock of ``zone`` at an instant, without offset; raises Problem ``bad_instant`` at the end of time."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise Problem(
            "bad_instant", N_("%(place)s lies outside the calendar: correct it."), field=field, place=field
        ) from None


def parse_period(kind: str, label: object) -> tuple[date, date]:
    """First and last day of a period; raises Problem ``bad_period`` when the text does not fit the scheme's kind."""
    if kind == "lifetime" and label == "lifetime":
        return date.min, date.max
    if kind == "rolling" and isinstance(label, (str, date)):
        try:
            return date.min, parse_day(label, "period")
        except Problem:
            pass
    if kind in _PERIODS and isinstance(label, str):
        found = _PERIODS[kind].fullmatch(label)
        if found and int(found[1]):
            part = int(found[2]) - 1 if kind != "year" else 0
            return window_span(kind, int(found[1]) * (12 // MONTHS[kind]) + part)
    raise Problem(
        "bad_period",
        N_("This scheme counts by %(kind)s: give the period as %(example)s."),
        field="period",
        kind=kind,
        example=_EXAMPLES[kind],
    )


def parse_query(kind: str, zone: tzinfo, query: object) -> Ask:
    """Read ``{"period", "as_of"?}`` for a scheme of the given period kind; raises Problem."""
    if not isinstance(query, Mapping):
        raise Problem("bad_query", N_("The query must be an object with a period."), field="query")
    label = query.get("period")
    first, last = parse_period(kind, label)
    as_of = None if query.get("as_of") is None else parse_instant(query["as_of"], "as_of")
    today = date.max if as_of is None else local_time(as_of, zone, "as_of").date()
    return Ask(kind, str(label), first, last, as_of, today)
