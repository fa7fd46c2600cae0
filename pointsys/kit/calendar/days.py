"""Counting working days over the years whose notice is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from pointsys.kit.problems import N_, Problem

DayKind = Literal["holiday", "workday"]

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

YEAR_MISSING = N_(
    "The holidays of %(year)s are not known yet. Save the State Council's notice as a file and run: "
    "pointsys calendar import FILE"
)


@dataclass(frozen=True)
class WorkCalendar:
    """The days that differ from the plain week, for each year in ``years``.

    Every question about a day of another year raises Problem ``calendar_year_missing``, because a wrong
    deadline is worse than none.
    """

    days: Mapping[date, DayKind] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is worked: make-up days are, holidays and other weekends are not."""
        if day.year not in self.years:
            raise Problem("calendar_year_missing", YEAR_MISSING, year=day.year)
        kind = self.days.get(day)
        return kind == "workday" if kind else day.weekday() < _SATURDAY

    def add_workdays(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``, which itself does not count.

        Negative counts go back; 0 returns ``day`` or, when it is not worked, the next working day.
        """
        if count == 0:
            return day if self.is_workday(day) else self.add_workdays(day, 1)
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        left = abs(count)
        self.is_workday(day)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def workdays_between(self, first: date, last: date) -> int:
        """Return how many working days lie from ``first`` to ``last``, both included; 0 when reversed."""
        return sum(map(self.is_workday, _each_day(first, last)))

    def merged(self, extra: WorkCalendar) -> WorkCalendar:
        """Return this calendar with the years of ``extra`` in place of its own."""
        kept = {day: kind for day, kind in self.days.items() if day.year not in extra.years}
        return WorkCalendar({**kept, **extra.days}, self.years | extra.years)

    def to_text(self) -> str:
        """Return the calendar in the CSV form that ``parse_calendar`` reads."""
        lines = [f"{day.isoformat()},{self.days[day]}" for day in sorted(self.days)]
        return "\n".join(["date,kind", *lines, ""])


def _each_day(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _ONE_DAY
