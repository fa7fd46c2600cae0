"""Publicity periods (公示) and the time to object: what is posted, frozen, and until when, without a database.

``posting_period`` says when a notice posted now is up, ``frozen_text`` makes the one text of a notice whose SHA-256
is printed on it, ``answer_due`` when an objection must be answered. Day 1 is the first counted day after posting, and
a period closes at 24:00 of its last day on the local clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from pointsys.kit.calendar import WorkCalendar
from pointsys.kit.documents import canonical, digest
from pointsys.kit.problems import N_, Problem

FORMAT = 1
MOST_DAYS = 60
# So many days are looked through for the days of one period; more means that the calendar is wrong.
_LONGEST = 3660


@dataclass(frozen=True)
class PublicColumn:
    """A column of a public table; ``align`` is "start" for words and "end" for numbers."""

    title: str
    align: str = "start"


@dataclass(frozen=True)
class PostingPeriod:
    """When a notice is up: all dates local, ``first_day`` and ``last_day`` working days, both included.

    ``objections_until`` is the last day to object, on or after ``last_day``; ``closes_before`` the instant at which
    the last of these days is over.
    """

    posted_on: date
    first_day: date
    last_day: date
    objections_until: date
    closes_before: datetime


def nth_day(day: date, count: int, counts: Callable[[date], bool]) -> date | None:
    """The ``count``-th day after ``day`` that ``counts``, ``day`` itself for 0; None where there are too few.

    Raises OverflowError at the end of the calendar.
    """
    for _ in range(_LONGEST):
        if not count:
            return day
        day += timedelta(days=1)
        count -= counts(day)
    return None


def closes_before(last_day: date, zone: tzinfo) -> datetime:
    """24:00 of a local date, which is the next day's 00:00; raises OverflowError at the end of the calendar."""
    return datetime.combine(last_day + timedelta(days=1), time.min, zone)


def posting_period(
    posted_at: datetime, days: int, calendar: WorkCalendar, zone: tzinfo, *, objection_days: int = 0
) -> PostingPeriod:
    """When a notice posted at an aware instant is up, for ``days`` working days and then ``objection_days`` more.

    Raises Problem: bad_days (1 to 60, further days 0 to 60), calendar_year_missing.
    """
    if not 1 <= days <= MOST_DAYS or not 0 <= objection_days <= MOST_DAYS:
        raise Problem(
            "bad_days",
            N_("A notice is up for 1 to %(most)s working days."),
            field="days",
            most=MOST_DAYS,
        )
    posted_on = posted_at.astimezone(zone).date()
    last_day = _workday_after(posted_on, days, calendar)
    until = _workday_after(last_day, objection_days, calendar)
    return PostingPeriod(
        posted_on=posted_on,
        first_day=_workday_after(posted_on, 1, calendar),
        last_day=last_day,
        objections_until=until,
        closes_before=closes_before(until, zone),
    )


def _workday_after(day: date, count: int, calendar: WorkCalendar) -> date:
    # Asked first, so that a year nobody knows is named whatever the count.
    calendar.is_workday(day)
    found = nth_day(day, count, calendar.is_workday)
    if found is None:
        raise Problem(
            "no_working_days", N_("The working calendar holds too few working days: import the right one.")
        )
    return found


def days_left(today: date, last_day: date, calendar: WorkCalendar) -> int:
    """Working days from ``today`` to ``last_day``, both included; 0 when it is over."""
    return calendar.workdays_between(today, last_day)


def answer_due(raised_on: date, days: int, calendar: WorkCalendar) -> date:
    """The last day to answer what was raised on a day: the ``days``-th working day after it.

    Where the holidays of a year are not known yet Monday to Friday count, so that nobody is kept from objecting.
    """

    def counts(day: date) -> bool:
        return calendar.is_workday(day) if day.year in calendar.years else day.weekday() < 5

    return nth_day(raised_on, days, counts) or raised_on


def frozen_text(
    heading: Mapping[str, object], columns: Sequence[PublicColumn], rows: Sequence[Sequence[str]]
) -> str:
    """The canonical JSON text of a notice: ``heading``'s facts, the columns, and the rows as they are shown.

    Raises ValueError for a row that does not fit the columns.
    """
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("each row of a notice has one text for each column")
    shown = [{"title": column.title, "align": column.align} for column in columns]
    return canonical(
        {**heading, "format": FORMAT, "columns": shown, "rows": [[str(cell) for cell in row] for row in rows]}
    )


def hash_of(text: str) -> str:
    """SHA-256 of a frozen text, in hexadecimal digits."""
    return digest(text)


def short_hash(sha256: str) -> str:
    """The first 16 digits in groups of four, to compare paper and screen by eye."""
    return " ".join(sha256[start : start + 4] for start in range(0, 16, 4))
