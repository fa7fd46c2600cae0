"""The rules of crediting: tables from the design page, and properties that hold for any attendance and any policy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsys.kit import intervals
from pointsys.plugins.volunteer.policies.crediting import Service, Worth, credit
from pointsys.plugins.volunteer.policies.days import Days, instant
from pointsys.plugins.volunteer.policies.policy import P0, Policy, overlay
from tests.factories import SHANGHAI
from tests.plugins.volunteer.policies.cases import DAYS, FREE, PLANNED, run, served, session

OK, WAITS, LOOK, NO = "approved", "pending", "needs_review", "rejected"

CASES: dict[str, tuple[list[Any], dict[str, Any], list[tuple[Any, ...]]]] = {
    "clip and floor": ([("08:52:10", "11:41:55", PLANNED)], {}, [(150, OK, "", "clipped")]),
    "unclipped": ([("08:52:10", "11:41:55", PLANNED)], {"clip": False}, [(169, OK, "")]),
    "three of 50 minutes": (
        [("09:00", "09:50"), ("10:00", "10:50", "other"), ("11:00", "11:50", "other")], {}, [(50, OK, "")] * 3,
    ),
    "overlap of two activities": (
        [("09:00", "11:00"), ("10:30", "12:00", "other")], {}, [(120, OK, ""), (60, OK, "", "overlap")],
    ),
    "the earlier check-in keeps the minute, in whatever order they come": (
        [("10:30", "12:00", "other"), ("09:00", "11:00")], {}, [(60, OK, "", "overlap"), (120, OK, "")],
    ),
    "of equal check-ins the earlier record": (
        [("09:00", "10:00"), ("09:00", "11:00", "other")], {}, [(60, OK, ""), (60, OK, "", "overlap")],
    ),
    "whoever came before the plan begins was there first": (
        [("08:50", "10:00", PLANNED), ("09:00", "10:30", "other")], {},
        [(60, OK, "", "clipped"), (30, OK, "", "overlap")],
    ),
    "what is clipped away keeps no minute": (
        [("07:00", "09:30", PLANNED), ("08:00", "09:00", "other")], {}, [(30, OK, "", "clipped"), (60, OK, "")],
    ),
    "outside the plan": ([("07:00", "08:00", PLANNED)], {}, [(0, OK, "", "clipped")]),
    "back to back": ([("09:00", "11:00"), ("11:00", "12:00", "other")], {}, [(120, OK, ""), (60, OK, "")]),
    "one inside the other": (
        [("09:00", "12:00"), ("10:00", "11:00", "other")], {}, [(180, OK, ""), (0, OK, "", "overlap")],
    ),
    "without union": (
        [("09:00", "11:00"), ("10:30", "12:00", "other")], {"union": False}, [(120, OK, ""), (90, OK, "")],
    ),
    "seconds are dropped once": ([("09:00:40", "10:00:30")], {}, [(59, OK, "")]),
    "seconds half up": ([("09:00:40", "10:00:30")], {"rounding": "half_up"}, [(60, OK, "")]),
    "seconds up": ([("09:00:00", "10:00:01")], {"rounding": "ceil"}, [(61, OK, "")]),
    "break": ([("09:00", "17:00", "lunch")], {}, [(420, OK, "", "break")]),
    "break longer than the service": ([("09:00", "09:40", "lunch")], {}, [(0, OK, "", "break")]),
    "break once for an activity and day, from the longest": (
        [("08:00", "09:00", "lunch"), ("10:00", "12:00", "lunch")], {}, [(60, OK, ""), (60, OK, "", "break")],
    ),
    "breaks left in": ([("09:00", "17:00", "lunch")], {"breaks": False}, [(480, OK, "")]),
    "open": ([("09:00", None)], {}, [(0, LOOK, "", "open")]),
    "only out": ([(None, "11:00")], {}, [(0, LOOK, "", "no_start")]),
    "an open one takes no time": (
        [("09:00", None), ("09:30", "10:00", "other")], {}, [(0, LOOK, "", "open"), (30, OK, "")],
    ),
    "end before start": ([("11:00", "09:00")], {}, [(0, NO, "", "end_before_start")]),
    "end at the start": ([("11:00", "11:00")], {}, [(0, NO, "", "end_before_start")]),
    "a day is not too long": ([("09:00", "33:00")], {}, [(1440, WAITS, "district")]),
    "longer than a day, also where the plan is short": (
        [("09:00", "33:00:01", PLANNED)], {}, [(0, NO, "", "too_long")],
    ),
    "what is too long takes no time": (
        [("00:00", "24:01"), ("09:00", "10:00", "other")], {}, [(0, NO, "", "too_long"), (60, OK, "")],
    ),
    "leave and return, the fourth time refused": (
        [("12:00", "13:00"), ("09:00", "09:30"), ("10:00", "10:30"), ("11:00", "11:30")], {},
        [(0, NO, "", "too_many_pairs"), (30, OK, ""), (30, OK, ""), (30, OK, "")],
    ),
    "pairs of another activity or day are others": (
        [("09:00", "09:30"), ("10:00", "10:30"), ("11:00", "11:30"), ("12:00", "12:30", "other"), ("24:00", "24:30")],
        {}, [(30, OK, "")] * 5,
    ),
    "8 hours at once": ([("08:00", "16:00")], {}, [(480, OK, "")]),
    "a minute more waits as a whole": ([("08:00", "16:01")], {}, [(481, WAITS, "street")]),
    "12 hours are the sub-district's": ([("08:00", "20:00")], {}, [(720, WAITS, "street")]),
    "above is the district's": ([("08:00", "20:01")], {}, [(721, WAITS, "district")]),
    "the session that crosses waits, those after it too": (
        [("06:00", "11:00"), ("11:00", "15:00", "other"), ("15:00", "19:00", "other"), ("19:00", "19:10", "other")],
        {}, [(300, OK, ""), (240, WAITS, "street"), (240, WAITS, "district"), (10, WAITS, "district")],
    ),
    "in the order of check-ins, not of records": (
        [("14:00", "20:00", "other"), ("08:00", "13:00")], {}, [(360, WAITS, "street"), (300, OK, "")],
    ),
    "a night counts on each of its dates": (
        [("14:00", "22:00"), ("22:00", "26:00", "night")], {}, [(480, OK, ""), (240, WAITS, "street")],
    ),
    "and on the next": (
        [("22:00", "26:00", "night"), ("26:00", "32:00", "other"), ("32:00", "33:00", "other")], {},
        [(240, OK, ""), (360, OK, ""), (60, WAITS, "street")],
    ),
    "nothing more needs no approval": (
        [("08:00", "17:00"), ("09:00", "10:00", "other")], {}, [(540, WAITS, "street"), (0, OK, "", "overlap")],
    ),
    "Jiaozhou": (
        [("09:00", "09:40"), ("10:00", "11:10", "other")], {"min_session_minutes": 60},
        [(60, OK, "", "raised"), (70, OK, "")],
    ),
    "nothing is not raised": (
        [("09:00", "10:00"), ("09:10", "09:50", "other")], {"min_session_minutes": 60},
        [(60, OK, ""), (0, OK, "", "overlap")],
    ),
    "at most two hours of an activity": (
        [("09:00", "10:30"), ("11:00", "12:30"), ("13:00", "16:00", "other")], {"max_activity_minutes": 120},
        [(90, OK, ""), (30, OK, "", "capped"), (120, OK, "", "capped")],
    ),
    "the most of an activity rules the least of a service": (
        [("09:00", "09:40"), ("10:00", "10:40")], {"min_session_minutes": 60, "max_activity_minutes": 90},
        [(60, OK, "", "raised"), (30, OK, "", "capped", "raised")],
    ),
    "half hours": ([("09:00", "10:29")], {"step_minutes": 30}, [(60, OK, "")]),
    "half hours, half up": ([("09:00", "10:20")], {"step_minutes": 30, "rounding": "half_up"}, [(90, OK, "")]),
    "too short for a step": ([("09:00", "09:29")], {"step_minutes": 30}, [(0, OK, "")]),
    "the way, once for an activity and day": (
        [("09:00", "10:00"), ("10:30", "11:00")], {"travel_minutes": 20}, [(80, OK, "", "travel"), (30, OK, "")],
    ),
    "fewer pairs": (
        [("09:00", "10:00"), ("11:00", "12:00")], {"max_pairs": 1}, [(60, OK, ""), (0, NO, "", "too_many_pairs")],
    ),
    "shorter sessions": ([("09:00", "12:01")], {"max_session_minutes": 180}, [(0, NO, "", "too_long")]),
    "other limits": (
        [("09:00", "12:00")], {"day_auto_minutes": 0, "day_street_minutes": 179}, [(180, WAITS, "district")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_sessions_are_worth_what_the_rules_say(name: str) -> None:
    times, rules, expected = CASES[name]

    assert served(*times, **rules) == expected


def test_people_do_not_take_minutes_from_each_other_and_totals_hold_what_is_approved() -> None:
    found = run(
        [
            session(1, "09:00", "11:00", person="a"),
            session(2, "09:00", "11:00", person="b"),
            session(3, "12:00", "19:00", "other", person="a"),
            session(4, "23:30:30", "24:30:20", "other", person="b"),
            session(5, "09:00", None, person="c"),
        ]
    )

    assert found["people"] == {"a": 120, "b": 179, "c": 0}
    assert found["days"] == {"a": {"2026-03-07": 120}, "b": {"2026-03-07": 149, "2026-03-08": 30}, "c": {}}


def attendances() -> st.SearchStrategy[list[tuple[int, int, int]]]:
    """(start, length, activity) in seconds of a time span of two days."""
    one = st.tuples(st.integers(0, 6_000), st.integers(1, 5_000), st.integers(0, 2))
    return st.lists(one, max_size=8)


START = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
LOOSE = overlay({"day_auto_minutes": 14_400, "day_street_minutes": 14_400, "max_pairs": 24}, "loose")


def services(rows: list[tuple[int, int, int]], policy: Policy) -> list[Service[int]]:
    """Attendance of one person; activity 1 is planned from 900 to 4,000 seconds, activity 2 has a break."""
    base = instant(START)
    found = []
    for number, (start, length, activity) in enumerate(rows):
        begin = base + start * 1_000_000
        first, last = (base + 900_000_000, base + 4_000_000_000) if activity == 1 else (None, None)
        found.append(
            Service(
                number, activity, policy, number, begin, begin + length * 1_000_000, first, last,
                7 if activity == 2 else 0, DAYS.of(begin)[0],
            )
        )  # fmt: skip
    return found


@settings(max_examples=150, deadline=None)
@given(attendances(), st.randoms())
def test_the_order_in_which_sessions_come_changes_nothing(rows: list[tuple[int, int, int]], rng: Any) -> None:
    given_ = services(rows, P0)
    shuffled = list(given_)
    rng.shuffle(shuffled)

    assert credit(given_, DAYS) == credit(shuffled, DAYS)


@settings(max_examples=150, deadline=None)
@given(attendances())
def test_no_moment_is_paid_twice(rows: list[tuple[int, int, int]]) -> None:
    worths = credit(services(rows, LOOSE), DAYS)
    present = {second for start, length, _activity in rows for second in range(start, start + length)}

    assert sum(worth.minutes for worth in worths.values()) * 60 <= len(present)
    assert all(sum(worth.by_date.values()) == worth.minutes for worth in worths.values())


@settings(max_examples=150, deadline=None)
@given(attendances())
def test_each_second_goes_to_the_earliest_check_in(rows: list[tuple[int, int, int]]) -> None:
    free = [(start, length, 0) for start, length, _activity in rows]
    worths = credit(services(free, LOOSE), DAYS)
    seconds = [0] * len(free)
    for second in range(12_000):
        here = [(start, n) for n, (start, length, _a) in enumerate(free) if start <= second < start + length]
        if here:
            seconds[min(here)[1]] += 1

    assert [worths[n].minutes for n in range(len(free))] == [number // 60 for number in seconds]


def moment(microseconds: int | None) -> datetime | None:
    """The time of an instant."""
    return (
        None
        if microseconds is None
        else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    )


@settings(max_examples=150, deadline=None)
@given(attendances())
def test_under_p0_minutes_are_those_that_points_count(rows: list[tuple[int, int, int]]) -> None:
    """Hours and points must agree: the same attendance through the arithmetic that both had first."""
    mine = services(rows, LOOSE)
    theirs = intervals.credit(
        [
            intervals.Attendance(
                key=one.key, activity=one.activity, local_date=one.day or date.min, start=moment(one.start),
                end=moment(one.end), planned_start=moment(one.plan_start), planned_end=moment(one.plan_end),
                break_minutes=one.break_minutes, order=one.order,
            )
            for one in mine
        ],
        SHANGHAI,
    )  # fmt: skip

    assert {
        key: (worth.minutes, worth.gross, frozenset(worth.flags), dict(worth.by_date))
        for key, worth in credit(mine, DAYS).items()
    } == {key: (one.minutes, one.gross_minutes, one.flags, dict(one.by_date)) for key, one in theirs.items()}


@settings(max_examples=100, deadline=None)
@given(attendances(), st.integers(0, 120), st.integers(0, 120))
def test_at_once_never_counts_more_than_the_days_limit(
    rows: list[tuple[int, int, int]], auto: int, more: int
) -> None:
    policy = overlay({"day_auto_minutes": auto, "day_street_minutes": auto + more}, "low")
    days: dict[date, int] = {}
    reached: dict[date, int] = {}
    for worth in credit(services(rows, policy), DAYS).values():
        for day, minutes in worth.by_date.items():
            reached[day] = reached.get(day, 0) + minutes
        for day, minutes in worth.days.items():
            days[day] = days.get(day, 0) + minutes

    assert all(minutes <= auto for minutes in days.values())
    if all(minutes <= auto for minutes in reached.values()):
        assert days == reached


def test_a_decision_lets_hours_count_up_to_its_level_and_a_rejection_frees_their_time() -> None:
    base = instant(START)
    day = DAYS.of(base)[0]

    def worth(hours: int, decided: str) -> Worth:
        end = base + hours * 3_600_000_000
        return credit([Service(1, FREE, P0, 1, base, end, day=day, decided=decided)], DAYS)[1]

    # 23:00 to 12:00 is 12 hours on the second date, the sub-district's; to 12:30 it is the district's.
    assert [(worth(13, d).state, worth(13, d).counts) for d in ("", "street", "district")] == [
        (WAITS, 0), (OK, 780), (OK, 780),
    ]  # fmt: skip
    assert [worth(14, d).state for d in ("", "street", "district")] == [WAITS, WAITS, OK]

    both = [
        Service(1, "x", P0, 1, base, base + 13 * 3_600_000_000, day=day, decided="rejected"),
        Service(2, "y", P0, 2, base, base + 3_600_000_000, day=day),
    ]
    found = credit(both, DAYS)
    assert (found[1].state, found[1].counts, found[2].counts) == (NO, 0, 60)


def test_hours_that_nobody_timed_are_at_most_the_planned_length() -> None:
    day = date(2026, 3, 7)
    plan = (instant(START), instant(START + timedelta(hours=3)))

    def noted(minutes: int, **rules: Any) -> tuple[int, set[str]]:
        one = Service(1, FREE, overlay(rules, "x"), 1, None, None, *plan, 30, day, minutes, honour=True)
        worth = credit([one], DAYS)[1]
        return worth.minutes, worth.flags

    assert noted(150) == (150, {"untimed"})
    assert noted(240) == (150, {"untimed", "plan_length"})
    assert noted(240, honour_within_plan=False) == (240, {"untimed"})
    assert noted(20, min_session_minutes=60) == (60, {"untimed", "raised"})


def test_local_dates_are_those_of_the_zone_also_where_a_day_begins_within_a_quarter() -> None:
    for zone in (SHANGHAI, UTC):
        days = Days(zone)
        for first in (
            START,
            datetime(1900, 6, 1, 15, 54, 20, tzinfo=UTC),
            datetime(1986, 5, 3, 16, 0, tzinfo=UTC),
        ):
            for second in (0, 299, 600):
                then = first + timedelta(seconds=second)
                day, midnight = days.of(instant(then))
                assert day == then.astimezone(zone).date()
                assert days.of(midnight)[0] == day + timedelta(days=1)
                assert days.of(midnight - 1)[0] == day


def test_the_same_session_twice_is_a_fault_of_the_caller() -> None:
    one = services([(0, 60, 0)], P0)
    with pytest.raises(ValueError, match="given twice"):
        credit(one * 2, DAYS)
