"""Months as texts, "2026-03": the unit in which figures are asked for, compared and shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from pointsys.kit.problems import N_, Problem

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])\Z", re.ASCII)
FIRST_YEAR = 1900
LAST_YEAR = 2199


def month_of(day: date) -> str:
    """The month a date lies in."""
    return f"{day.year:04d}-{day.month:02d}"


def parse_month(text: str) -> str:
    """A month as stored, of the years 1900 to 2199; raises Problem bad_month."""
    match = _MONTH.match(text.strip())
    if match is None or not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        raise Problem("bad_month", N_("Give a month as 2026-03."), field="month")
    return text.strip()


def add_months(month: str, count: int) -> str:
    """The month ``count`` months later, or earlier for a negative count; never before year 1 or after 9999."""
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + count
    number = min(max(number, 12), 9999 * 12 + 11)
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """All months from ``first`` to ``last``, both included; none where ``last`` lies before."""
    found = []
    month = first
    while month <= last:
        found.append(month)
        following = add_months(month, 1)
        if following == month:
            break
        month = following
    return found


def first_day(month: str) -> date:
    """The first day of a month."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    """The last day of a month."""
    return (first_day(month) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """Some months in a row, both ends included."""

    first: str
    last: str

    @property
    def months(self) -> list[str]:
        """Each of them."""
        return months_between(self.first, self.last)

    @property
    def first_day(self) -> date:
        """The first day of the first month."""
        return first_day(self.first)

    @property
    def last_day(self) -> date:
        """The last day of the last month."""
        return last_day(self.last)

    @property
    def text(self) -> str:
        """As a page writes it: "2026-01 – 2026-12"."""
        return self.first if self.first == self.last else f"{self.first} – {self.last}"
