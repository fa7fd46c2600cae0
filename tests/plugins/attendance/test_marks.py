"""Clock times as people type them, and what a pair of stamps says, without a database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.attendance.marks import Window, instants, parse_clock, state_of, times_to_record
from tests.factories import SHANGHAI, at

DAY = date(2026, 7, 10)
PLANNED = Window(DAY, at(DAY, "09:00"), at(DAY, "11:00"))
NIGHT = Window(DAY, at(DAY, "22:00"), at(DAY + timedelta(days=1), "02:00"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0905", time(9, 5)),
        ("905", time(9, 5)),
        ("9:05", time(9, 5)),
        ("9：05", time(9, 5)),
        ("９０５", time(9, 5)),
        ("9.30", time(9, 30)),
        ("9点30分", time(9, 30)),
        ("9", time(9)),
        ("21", time(21)),
        (" 10 : 00 ", time(10)),
        ("", None),
    ],
)
def test_a_clock_time_is_taken_as_it_is_typed_fast(text: str, meant: time | None) -> None:
    assert parse_clock(text, "in") == meant


@pytest.mark.parametrize("text", ["24", "2460", "960", "9:60", "abc", "9-5", "12345", "十"])
def test_what_is_no_clock_time_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_clock(text, "out")

    assert (caught.value.code, caught.value.field) == ("bad_clock", "out")


@given(st.times())
def test_every_minute_of_the_day_can_be_typed_in_four_digits(moment: time) -> None:
    assert parse_clock(moment.strftime("%H%M"), "in") == moment.replace(second=0, microsecond=0)


@given(st.text(max_size=12))
def test_anything_typed_is_a_time_or_refused(text: str) -> None:
    try:
        found = parse_clock(text, "in")
    except Problem:
        return
    assert found is None or isinstance(found, time)


def test_an_end_before_the_start_is_the_next_days_only_where_the_plan_runs_over_midnight() -> None:
    came, left = instants(NIGHT, time(22, 30), time(1, 0), SHANGHAI)

    assert came == at(DAY, "22:30")
    assert left == at(DAY + timedelta(days=1), "01:00")
    with pytest.raises(Problem) as caught:
        instants(PLANNED, time(10, 0), time(9, 0), SHANGHAI)
    assert caught.value.code == "out_before_in"


IN, OUT = at(DAY, "09:10"), at(DAY, "10:40")
PAIRS: list[tuple[datetime | None, datetime | None, bool, str]] = [
    (None, None, False, "absent"),
    (None, None, True, "present"),
    (IN, None, False, "inside"),
    (IN, OUT, False, "complete"),
    (None, OUT, False, "no_start"),
]


@pytest.mark.parametrize(("came", "left", "ticked", "state"), PAIRS, ids=[pair[3] for pair in PAIRS])
def test_what_a_pair_says(came: datetime | None, left: datetime | None, ticked: bool, state: str) -> None:
    assert state_of(came, left, ticked) == state


def test_what_is_recorded_of_a_pair() -> None:
    assert times_to_record(IN, OUT, False, PLANNED) == (IN, OUT)
    assert times_to_record(IN, None, False, PLANNED) == (IN, None)
    assert times_to_record(None, None, True, PLANNED) == (PLANNED.starts_at, PLANNED.ends_at)
    assert times_to_record(None, OUT, False, PLANNED) is None
    assert times_to_record(None, None, False, PLANNED) is None


def test_a_tick_without_a_planned_time_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        times_to_record(None, None, True, Window(DAY))

    assert caught.value.code == "no_plan"
