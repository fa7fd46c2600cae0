from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.calendar import WorkCalendar, parse_calendar, shipped
from pointsys.kit.problems import Problem


@pytest.mark.parametrize(
    ("year", "workdays"),
    # 365 or 366 days, less weekends, less weekday holidays, plus make-up days; as counted on paper.
    [(2024, 251), (2025, 248), (2026, 248)],
)
def test_the_shipped_years_have_the_announced_number_of_working_days(year: int, workdays: int) -> None:
    assert shipped().workdays_between(date(year, 1, 1), date(year, 12, 31)) == workdays


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 2, 4), True),  # a Sunday, worked for Spring Festival
        (date(2024, 2, 9), True),  # New Year's Eve was not a holiday in 2024
        (date(2024, 2, 12), False),
        (date(2025, 1, 26), True),
        (date(2025, 10, 8), False),
        (date(2026, 2, 28), True),
        (date(2026, 2, 23), False),
        (date(2026, 4, 3), True),
        (date(2026, 4, 4), False),
        (date(2026, 7, 4), False),  # a plain Saturday
    ],
)
def test_holidays_and_make_up_days_of_the_notices(day: date, worked: bool) -> None:
    assert shipped().is_workday(day) is worked


def test_a_notice_period_skips_a_holiday() -> None:
    # 30 April 2026 is a Thursday; 1 to 5 May are off, so the third working day is Friday 8 May.
    assert shipped().add_workdays(date(2026, 4, 30), 3) == date(2026, 5, 8)
    assert shipped().add_workdays(date(2026, 5, 8), -3) == date(2026, 4, 30)
    assert shipped().add_workdays(date(2026, 5, 2), 0) == date(2026, 5, 6)


def test_an_unknown_year_names_the_command() -> None:
    with pytest.raises(Problem) as refusal:
        shipped().add_workdays(date(2026, 12, 31), 1)
    assert refusal.value.code == "calendar_year_missing"
    assert "pointsys calendar import FILE" in str(refusal.value)
    assert "2027" in str(refusal.value)


def test_a_file_replaces_its_whole_year_and_no_other() -> None:
    extra = parse_calendar("2026-01-01,holiday\n2026-01-04,workday\n2027-01-01,放假\n")
    both = shipped().merged(extra)
    assert both.years == {2024, 2025, 2026, 2027}
    assert both.is_workday(date(2026, 10, 1))
    assert not both.is_workday(date(2025, 10, 1))
    assert not both.is_workday(date(2027, 1, 1))


def test_both_file_forms_say_the_same() -> None:
    toml = '[2027]\nholidays = ["2027-01-01/2027-01-03"]\nworkdays = ["2027-01-04"]\n'
    lines = "\ufeff日期,类型,名称\n2027-01-01,节假日,元旦\n2027/1/2,holiday\n2027-1-3,休\n\n2027-01-04,班\n"
    assert parse_calendar(toml) == parse_calendar(lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date,kind\n",
        "2027-02-30,holiday",
        "date,kind\n2027-01-01,party",
        "27-01-01,holiday",
        "2027-01-01,holiday\n2027-01-01,workday",
        "2027-01-04,workday",
        "[2027]\nholidays = [",
        f"[2027]\nholidays = {'9' * 5_000}",
        '[2027]\nfeasts = ["2027-01-01"]',
        '[2027]\nholidays = ["2026-01-01"]',
        '[2027]\nholidays = ["2027-01-05/2027-01-01"]',
        '[2027]\nholidays = ["2027-01-01/2027-12-31"]',
    ],
)
def test_a_calendar_file_with_a_fault_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refusal:
        parse_calendar(text)
    assert refusal.value.code == "bad_calendar"


def test_a_calendar_survives_being_written_and_read() -> None:
    assert parse_calendar(shipped().to_text()) == shipped()


@given(st.dates(date(2024, 2, 1), date(2026, 11, 1)), st.integers(1, 20))
def test_adding_working_days_agrees_with_counting_them(day: date, count: int) -> None:
    last = shipped().add_workdays(day, count)
    assert shipped().workdays_between(day + timedelta(days=1), last) == count
    assert shipped().is_workday(last)


def test_an_empty_calendar_knows_no_year() -> None:
    with pytest.raises(Problem):
        WorkCalendar().is_workday(date(2026, 1, 1))
