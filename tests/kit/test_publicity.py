"""Publicity periods: working days over real holidays, the frozen text and its hash, the clock of an answer."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.calendar import WorkCalendar, shipped
from pointsys.kit.problems import Problem
from pointsys.kit.publicity import (
    PublicColumn,
    answer_due,
    days_left,
    frozen_text,
    hash_of,
    nth_day,
    posting_period,
    short_hash,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAIN = WorkCalendar({}, frozenset(range(2020, 2041)))
CALENDAR = shipped()


def posted(text: str) -> datetime:
    """An instant from local time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# (posted, days, first, last): weekends, the days around National Day 2025 (1 to 8 October off, 28 September and
# 11 October worked) and Spring Festival 2026 (15 to 23 February off, 14 and 28 February worked).
PERIODS = [
    ("2026-07-10 10:00", 5, "2026-07-13", "2026-07-17"),
    ("2026-07-10 23:59", 1, "2026-07-13", "2026-07-13"),
    ("2026-07-12 00:00", 1, "2026-07-13", "2026-07-13"),
    ("2026-07-13 00:00", 3, "2026-07-14", "2026-07-16"),
    ("2025-09-26 09:00", 3, "2025-09-28", "2025-09-30"),
    ("2025-09-30 09:00", 3, "2025-10-09", "2025-10-11"),
    ("2026-02-13 09:00", 2, "2026-02-14", "2026-02-24"),
]


@pytest.mark.parametrize(("at", "days", "first", "last"), PERIODS)
def test_day_one_is_the_first_working_day_after_posting(at: str, days: int, first: str, last: str) -> None:
    period = posting_period(posted(at), days, CALENDAR, SHANGHAI)

    assert (period.first_day.isoformat(), period.last_day.isoformat()) == (first, last)


def test_a_period_closes_at_midnight_after_its_last_day() -> None:
    period = posting_period(posted("2026-07-10 10:00"), 5, CALENDAR, SHANGHAI)

    assert period.closes_before == posted("2026-07-18 00:00")
    assert period.objections_until == period.last_day


def test_the_local_date_counts_not_that_in_utc() -> None:
    # 01:00 on Monday in Shanghai is still Sunday in UTC: day 1 is Tuesday.
    period = posting_period(datetime(2026, 7, 12, 17, 0, tzinfo=UTC), 1, CALENDAR, SHANGHAI)

    assert period.posted_on == date(2026, 7, 13)
    assert period.first_day == date(2026, 7, 14)


def test_further_days_to_object_follow_the_period() -> None:
    period = posting_period(posted("2026-07-10 10:00"), 5, CALENDAR, SHANGHAI, objection_days=3)

    assert period.last_day == date(2026, 7, 17)
    assert period.objections_until == date(2026, 7, 22)
    assert period.closes_before == posted("2026-07-23 00:00")


@pytest.mark.parametrize("days", [0, -1, 61])
def test_a_notice_is_up_for_one_to_sixty_days(days: int) -> None:
    with pytest.raises(Problem) as refusal:
        posting_period(posted("2026-07-10 10:00"), days, CALENDAR, SHANGHAI)
    assert refusal.value.code == "bad_days"


@pytest.mark.parametrize(("at", "days"), [("2026-12-30 10:00", 5), ("2030-01-01 10:00", 1)])
def test_a_year_whose_holidays_nobody_knows_gives_no_deadline(at: str, days: int) -> None:
    with pytest.raises(Problem) as refusal:
        posting_period(posted(at), days, CALENDAR, SHANGHAI)
    assert refusal.value.code == "calendar_year_missing"


def test_a_calendar_without_working_days_is_refused() -> None:
    start = date(2026, 1, 1)
    all_off = {start + timedelta(days=n): "holiday" for n in range(365 * 11)}
    calendar = WorkCalendar(all_off, frozenset(range(2026, 2037)))  # type: ignore[arg-type]
    with pytest.raises(Problem) as refusal:
        posting_period(posted("2026-01-01 10:00"), 1, calendar, SHANGHAI)
    assert refusal.value.code == "no_working_days"


@given(st.dates(date(2021, 1, 1), date(2038, 1, 1)), st.integers(1, 60), st.integers(0, 10))
def test_a_period_holds_exactly_its_working_days(day: date, days: int, more: int) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    period = posting_period(at, days, PLAIN, SHANGHAI, objection_days=more)

    assert PLAIN.workdays_between(day + timedelta(days=1), period.last_day) == days
    assert PLAIN.is_workday(period.first_day)
    assert PLAIN.is_workday(period.last_day)
    assert PLAIN.workdays_between(period.last_day, period.objections_until) == more + 1


@given(st.dates(date(2021, 1, 1), date(2038, 1, 1)), st.integers(0, 60))
def test_counting_is_the_same_as_the_calendars_own(day: date, count: int) -> None:
    assert count == 0 or nth_day(day, count, PLAIN.is_workday) == PLAIN.add_workdays(day, count)


def test_the_countdown_counts_today_and_the_last_day() -> None:
    friday, last = date(2026, 7, 10), date(2026, 7, 14)
    assert [days_left(friday + timedelta(days=n), last, CALENDAR) for n in range(6)] == [3, 2, 2, 2, 1, 0]


def test_an_answer_is_due_on_the_nth_working_day_after() -> None:
    assert answer_due(date(2025, 9, 26), 7, CALENDAR) == date(2025, 10, 13)
    assert answer_due(date(2026, 7, 10), 7, CALENDAR) == date(2026, 7, 21)


def test_nobody_is_kept_from_objecting_because_next_years_holidays_are_not_known() -> None:
    # 2026 ends on a Thursday; 2027 is not shipped, so its weekdays count.
    assert answer_due(date(2026, 12, 30), 3, CALENDAR) == date(2027, 1, 4)


COLUMNS = [PublicColumn("姓名"), PublicColumn("总分", "end")]


def test_the_text_of_a_notice_is_canonical_and_its_hash_that_of_its_bytes() -> None:
    text = frozen_text({"title": "公示", "area": "幸福社区"}, COLUMNS, [["张*", "12.50"]])
    same = frozen_text({"area": "幸福社区", "title": "公示"}, COLUMNS, [("张*", "12.50")])

    assert text == same
    assert hash_of(text) == hashlib.sha256(text.encode("utf-8")).hexdigest()
    content = json.loads(text)
    assert content["rows"] == [["张*", "12.50"]]
    assert content["columns"][1] == {"title": "总分", "align": "end"}


@given(
    st.lists(st.tuples(st.text(), st.text()), max_size=5),
    st.lists(st.tuples(st.text(), st.text()), max_size=5),
)
def test_other_rows_have_another_hash(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    hashes = {hash_of(frozen_text({}, COLUMNS, rows)) for rows in (first, second)}
    assert (len(hashes) == 1) == (first == second)


def test_a_row_that_does_not_fit_the_columns_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="one text for each column"):
        frozen_text({}, COLUMNS, [["张*"]])


def test_the_short_hash_is_for_eyes() -> None:
    assert short_hash("0123456789abcdef" * 4) == "0123 4567 89ab cdef"
