"""Deadlines in working days: when an answer is due, and when somebody is reminded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.calendar import WorkCalendar, shipped
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.dispatch.deadlines import due_after, reminder_due

CALENDAR = shipped()


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        (date(2026, 7, 10), 1, date(2026, 7, 13)),
        (date(2026, 7, 10), 5, date(2026, 7, 17)),
        # National day 2026: 1 to 7 October are free, Saturday 10 October is a working day.
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
    ],
)
def test_days_to_answer_are_working_days(day: date, days: int, due: date) -> None:
    assert due_after(day, days, CALENDAR) == due


@pytest.mark.parametrize("days", [0, -1, 61])
def test_an_answer_has_one_to_sixty_working_days(days: int) -> None:
    with pytest.raises(Problem) as caught:
        due_after(date(2026, 7, 10), days, CALENDAR)
    assert caught.value.code == "bad_days"


def test_who_sends_a_wish_is_told_of_a_year_without_a_calendar() -> None:
    with pytest.raises(Problem) as caught:
        due_after(date(2026, 12, 31), 5, WorkCalendar({}, frozenset({2026})))
    assert caught.value.code == "calendar_year_missing"


def reminded_days(due: date, last: date) -> list[date]:
    """The days of reminders of a job that runs each day up to ``last``."""
    day, reminded, found = date(2026, 7, 1), None, []
    while day <= last:
        if reminder_due(day, due, reminded, CALENDAR):
            found.append(day)
            reminded = day
        day += timedelta(days=1)
    return found


def test_reminders_come_the_working_day_before_then_when_it_is_over_then_weekly() -> None:
    # Due on Friday, 17 July: the Thursday before, the Saturday after, then after five working days each.
    assert reminded_days(date(2026, 7, 17), date(2026, 8, 1)) == [
        date(2026, 7, 16),
        date(2026, 7, 18),
        date(2026, 7, 24),
        date(2026, 7, 31),
    ]
    # Due on a Monday: the working day before is Friday.
    assert reminded_days(date(2026, 7, 13), date(2026, 7, 13)) == [date(2026, 7, 10)]


@given(
    st.dates(date(2026, 2, 1), date(2026, 11, 30)),
    st.integers(0, 40),
    st.none() | st.integers(0, 60),
)
def test_nobody_is_reminded_twice_a_day_or_long_before(due: date, after: int, ago: int | None) -> None:
    today = due + timedelta(days=after - 20)
    reminded = None if ago is None else today - timedelta(days=ago)
    if reminder_due(today, due, reminded, CALENDAR):
        assert reminded is None or reminded < today
        assert today >= due - timedelta(days=11)
    elif reminded is None:
        assert today < due


def test_a_job_goes_by_weekdays_where_the_calendar_knows_no_year() -> None:
    nothing = WorkCalendar({}, frozenset())
    assert reminder_due(date(2031, 3, 14), date(2031, 3, 17), None, nothing)
    assert not reminder_due(date(2031, 3, 13), date(2031, 3, 17), None, nothing)
