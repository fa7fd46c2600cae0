"""Deadlines of wishes that were sent, in working days: when an answer is due, and when somebody is reminded of it.

Pure: the calendar is given. ``reminder_due`` falls back to weekdays where the calendar does not know the year, because
a job has nobody to tell; who sends a wish is told instead (calendar_year_missing).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from pointsys.plugin import N_, Problem

MOST_DAYS = 60
# Reminded once so many working days before the last day, once when it is over, and then again after so many more.
BEFORE = 1
AGAIN = 5


class Days(Protocol):
    """The part of a calendar of working days that is used."""

    def add_workdays(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; negative goes back."""


def due_after(day: date, days: int, calendar: Days) -> date:
    """The last day to answer what is sent on ``day``, so many working days later.

    Raises Problem bad_days (1 to 60) and calendar_year_missing.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Problem(
            "bad_days", N_("Give 1 to %(most)s working days to answer."), field="days", most=MOST_DAYS
        )
    return calendar.add_workdays(day, days)


def reminder_due(today: date, due_on: date, reminded_on: date | None, calendar: Days) -> bool:
    """Whether somebody is reminded today: shortly before the last day, once it is over, and every week from then."""
    if today < _moved(due_on, -BEFORE, calendar):
        return False
    if reminded_on is None:
        return True
    if reminded_on <= due_on < today:
        return True
    return due_on < reminded_on and today >= _moved(reminded_on, AGAIN, calendar)


def _moved(day: date, count: int, calendar: Days) -> date:
    try:
        return calendar.add_workdays(day, count)
    except Problem:
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= day.isoweekday() < 6
        return day
