"""Rules of stars: whole minutes against whole minutes, periods, and what a changed total does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.intervals import format_hours
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.record import profiles
from pointsys.plugins.volunteer.record.models import AWARDED, ELIGIBLE, UNDER_REVIEW, WITHDRAWN
from pointsys.plugins.volunteer.record.star_rules import (
    CYCLE,
    YEAR,
    Level,
    Profile,
    Totals,
    check_profile,
    day_of,
    levels_text,
    parse_levels,
    reached_by,
    state_after,
)

# Hours of each star as the authorities print them.
LADDERS = {
    "national": (100, 300, 600, 1000, 1500),
    "beijing": (100, 200, 500, 800, 1000),
    "zhangjiagang": (30, 60, 100, 200, 300),
}


@pytest.mark.parametrize(("code", "hours"), LADDERS.items())
def test_each_star_of_a_shipped_profile_begins_with_its_very_minute(
    code: str, hours: tuple[int, ...]
) -> None:
    profile = profiles.shipped()[code]

    for stars, needed in enumerate(hours, start=1):
        assert profile.reached(needed * 60 - 1) == stars - 1
        assert profile.reached(needed * 60) == stars
    assert profile.next_level(hours[-1] * 60) is None


def test_99_98_hours_are_shown_as_such_and_are_no_star() -> None:
    assert profiles.shipped()["national"].reached(5_999) == 0
    assert format_hours(5_999) == "99.98"


@given(st.integers(0, 200_000), st.sampled_from(sorted(LADDERS)))
def test_nobody_is_shown_the_hours_of_a_star_without_having_it(minutes: int, code: str) -> None:
    profile = profiles.shipped()[code]

    assert profile.reached(minutes) == sum(
        1 for hours in LADDERS[code] if Decimal(format_hours(minutes).replace(",", "")) >= hours
    )


@pytest.mark.parametrize(
    ("state", "minutes", "kept", "then"),
    [
        (AWARDED, 6_000, None, AWARDED),
        (AWARDED, 5_999, None, UNDER_REVIEW),
        # Somebody left it with 5,900: only less than that is looked at again.
        (AWARDED, 5_900, 5_900, AWARDED),
        (AWARDED, 5_899, 5_900, UNDER_REVIEW),
        (UNDER_REVIEW, 5_999, None, UNDER_REVIEW),
        (UNDER_REVIEW, 6_000, None, AWARDED),
        (WITHDRAWN, 0, None, WITHDRAWN),
        (WITHDRAWN, 6_000, None, AWARDED),
        (ELIGIBLE, 6_000, None, ELIGIBLE),
        # What was never given is simply not reached any more.
        (ELIGIBLE, 5_999, None, ""),
    ],
)
def test_a_lower_total_after_a_star_is_reviewed_and_never_dropped(
    state: str, minutes: int, kept: int | None, then: str
) -> None:
    assert state_after(state, minutes, 6_000, kept) == then


def test_years_count_by_themselves_and_cycles_together() -> None:
    levels = (Level("一星", 600),)
    yearly = Profile("y", "年度", 1, levels, window=YEAR)
    cycle = Profile("c", "两年", 1, levels, window=CYCLE, cycle_years=2, since=2025)
    totals = Totals()
    for year, minutes in ((2024, 599), (2025, 300), (2026, 300), (2027, 600)):
        totals.add("all", year, minutes)
    on = dict.fromkeys((2024, 2025, 2026, 2027), (yearly, cycle))

    assert {(one.profile.code, one.period, one.minutes) for one in reached_by(totals, on)} == {
        ("y", "2027", 600),
        ("c", "2025-2026", 600),
        ("c", "2027-2028", 600),
    }
    assert cycle.period_of(2024) == "2023-2024"


def test_a_year_is_ruled_by_the_profile_of_its_last_day_and_the_present_one_by_todays() -> None:
    today = date(2026, 7, 21)

    assert day_of(2025, today) == date(2025, 12, 31)
    assert day_of(2026, today) == today


@pytest.mark.parametrize(
    "text",
    [
        "",
        "many 一星",
        "100 一星\n100 二星",
        "100\n50",
        "0 一星",
        "1.5 一星",
        "\n".join(map(str, range(1, 13))),
    ],
)
def test_levels_that_do_not_rise_are_refused_with_their_field(text: str) -> None:
    with pytest.raises(Problem) as refused:
        check_profile(Profile("own", "自定", 0, parse_levels(text)))

    assert (refused.value.code, refused.value.field) == ("bad_levels", "levels")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "星级"}, "bad_profile_code"),
        ({"title": ""}, "title_needed"),
        ({"window": "week"}, "bad_window"),
        ({"cycle_years": 0}, "bad_window"),
        ({"klass": "honour"}, "bad_class"),
        ({"mode": "lottery"}, "bad_mode"),
    ],
)
def test_a_profile_with_an_unknown_word_is_refused(change: dict[str, Any], code: str) -> None:
    whole: dict[str, Any] = {"code": "own", "title": "自定", "version": 0, "levels": (Level("一星", 60),)}

    with pytest.raises(Problem) as refused:
        check_profile(Profile(**{**whole, **change}))

    assert refused.value.code == code


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=10, unique=True))
def test_levels_written_are_levels_read(hours: list[int]) -> None:
    levels = tuple(Level(f"{number} 星", hour * 60) for number, hour in enumerate(sorted(hours), start=1))

    assert parse_levels(levels_text(levels)) == levels
