"""The pure rules: hours as written, periods, and ranges of dates made of stored periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.hours import (
    ALL,
    Span,
    make_span,
    parse_day,
    parse_month,
    parse_period,
    periods_of,
)

DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))


def test_a_day_counts_in_all_time_its_year_and_its_month() -> None:
    assert periods_of(date(2026, 3, 7)) == ("all", "2026", "2026-03")


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (None, None, Span((ALL,))),
        (date(2026, 1, 1), date(2026, 12, 31), Span(("2026",))),
        (date(2026, 3, 1), date(2026, 3, 31), Span(("2026-03",))),
        (date(2024, 2, 1), date(2024, 2, 29), Span(("2024-02",))),
        (date(2024, 2, 1), date(2024, 2, 28), Span((), ((date(2024, 2, 1), date(2024, 2, 28)),))),
        (
            date(2025, 12, 31),
            date(2026, 2, 1),
            Span(("2026-01",), ((date(2025, 12, 31),) * 2, (date(2026, 2, 1),) * 2)),
        ),
        (date(2026, 3, 7), date(2026, 3, 7), Span((), ((date(2026, 3, 7), date(2026, 3, 7)),))),
    ],
)
def test_a_range_is_made_of_whole_periods_and_the_days_at_its_edges(
    first: date | None, last: date | None, span: Span
) -> None:
    assert make_span(first, last) == span


@given(DAYS, DAYS, DAYS)
def test_a_range_holds_exactly_its_days_each_once(one: date, other: date, day: date) -> None:
    first, last = min(one, other), max(one, other)
    for probe in (day, first, last, first - timedelta(days=1), last + timedelta(days=1)):
        assert _times_in(make_span(first, last), probe) == (first <= probe <= last)


@given(DAYS, DAYS)
def test_a_range_open_at_one_side_holds_all_days_there(bound: date, day: date) -> None:
    assert _times_in(make_span(bound, None), day) == (day >= bound)
    assert _times_in(make_span(None, bound), day) == (day <= bound)


def _times_in(span: Span, day: date) -> int:
    whole = [period for period in span.periods if period in periods_of(day)]
    edges = [edge for edge in span.edges if edge[0] <= day <= edge[1]]
    return len(whole) + len(edges)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        make_span(date(2026, 3, 2), date(2026, 3, 1))
    assert (caught.value.code, caught.value.field) == ("bad_range", "to")


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-3", "26", "1899", "２０２６", "2026-03-01", "all time"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_period(text)
    assert caught.value.code == "bad_period"


@pytest.mark.parametrize("text", ["all", "2026", "2026-00"])
def test_a_month_is_a_year_and_a_month(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_month(text)
    assert caught.value.code == "bad_month"
    assert parse_month(" 2026-03 ") == "2026-03"


def test_a_date_that_cannot_be_read_names_its_field() -> None:
    with pytest.raises(Problem) as caught:
        parse_day("2026-02-30", "from")
    assert (caught.value.code, caught.value.field) == ("bad_date", "from")
    assert parse_day("  ", "from") is None
