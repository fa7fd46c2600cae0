from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.intervals import Attendance, credit, format_hours, minutes_by_date, total_minutes

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 7)


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI).astimezone(UTC)


def attended(key: str, start: str, end: str, **more: object) -> Attendance[str]:
    values: dict[str, object] = {"activity": key, "local_date": DAY, **more}
    return Attendance(key=key, start=at(start), end=at(end), **values)  # type: ignore[arg-type]


def test_time_outside_the_planned_window_is_clipped_and_seconds_are_floored() -> None:
    planned = {"planned_start": at("09:00:00"), "planned_end": at("11:30:00")}
    found = credit([attended("a", "08:52:10", "11:41:55", **planned)], SHANGHAI)["a"]
    assert (found.minutes, found.gross_minutes, found.flags) == (150, 150, frozenset({"clipped"}))
    assert credit([attended("a", "08:52:10", "11:41:55")], SHANGHAI)["a"].minutes == 169


def test_three_sessions_of_fifty_minutes_make_two_and_a_half_hours() -> None:
    sessions = [attended(str(hour), f"{hour}:00:00", f"{hour}:50:00") for hour in (10, 11, 12)]
    assert total_minutes(credit(sessions, SHANGHAI)) == 150


def test_an_overlap_is_credited_to_the_earlier_check_in_and_comes_back_when_that_is_void() -> None:
    first = attended("x", "09:00:00", "11:00:00")
    second = attended("y", "10:30:00", "12:00:00", order=1)
    found = credit([second, first], SHANGHAI)
    assert (found["x"].minutes, found["x"].flags) == (120, frozenset())
    assert (found["y"].minutes, found["y"].gross_minutes, found["y"].flags) == (
        60,
        90,
        frozenset({"overlap"}),
    )
    assert credit([second], SHANGHAI)["y"].minutes == 90


def test_of_two_check_ins_at_the_same_time_the_earlier_record_keeps_the_time() -> None:
    late = attended("late", "09:00:00", "11:00:00", order=2)
    early = attended("early", "09:00:00", "10:00:00", order=1)
    found = credit([late, early], SHANGHAI)
    assert (found["early"].minutes, found["late"].minutes) == (60, 60)


def test_back_to_back_sessions_do_not_conflict() -> None:
    found = credit([attended("a", "09:00:00", "11:00:00"), attended("b", "11:00:00", "12:00:00")], SHANGHAI)
    assert found["b"].flags == frozenset()
    assert total_minutes(found) == 180


def test_a_break_is_taken_once_for_an_activity_and_not_for_each_pair() -> None:
    pairs = [
        attended("am", "09:00:00", "10:00:00", activity="park", break_minutes=30),
        attended("pm", "10:00:00", "12:00:00", activity="park", break_minutes=30),
    ]
    found = credit(pairs, SHANGHAI)
    assert (found["am"].minutes, found["pm"].minutes) == (60, 90)
    assert found["pm"].flags == {"break"}
    assert found["pm"].gross_minutes == 120


def test_a_break_longer_than_the_longest_pair_goes_on_with_the_next_and_stops_at_zero() -> None:
    pairs = [
        attended("am", "09:00:00", "09:20:00", activity="park", break_minutes=45),
        attended("pm", "10:00:00", "10:30:00", activity="park", break_minutes=45),
    ]
    found = credit(pairs, SHANGHAI)
    assert (found["am"].minutes, found["pm"].minutes) == (5, 0)
    assert total_minutes(credit([replace(pairs[0], break_minutes=500)], SHANGHAI)) == 0


def test_an_activity_on_two_days_has_a_break_on_each() -> None:
    next_day = DAY + timedelta(days=1)
    second = Attendance(
        key="2",
        activity="a",
        local_date=next_day,
        start=at("09:00:00", next_day),
        end=at("11:00:00", next_day),
        break_minutes=30,
    )
    first = attended("1", "09:00:00", "11:00:00", activity="a", break_minutes=30)
    assert total_minutes(credit([first, second], SHANGHAI)) == 180


def test_a_session_across_new_year_splits_at_local_midnight() -> None:
    night = Attendance(
        key="n",
        activity="n",
        local_date=date(2025, 12, 31),
        start=at("23:30:30", date(2025, 12, 31)),
        end=at("00:45:45", date(2026, 1, 1)),
    )
    found = credit([night], SHANGHAI)["n"]
    # 29 min 30 s and 45 min 45 s: 75 min 15 s in all
    assert found.minutes == 75
    assert found.by_date == {date(2025, 12, 31): 29, date(2026, 1, 1): 46}


def test_an_untimed_entry_is_credited_as_given_beside_timed_ones() -> None:
    untimed = Attendance(key="u", activity="a", local_date=DAY, quantity_minutes=90, break_minutes=30)
    found = credit([untimed, attended("t", "09:00:00", "10:00:00")], SHANGHAI)
    assert (found["u"].minutes, found["u"].flags, found["u"].by_date) == (
        90,
        frozenset({"untimed"}),
        {DAY: 90},
    )
    assert minutes_by_date(found) == {DAY: 150}


def test_times_win_over_a_quantity() -> None:
    assert credit([attended("a", "09:00:00", "10:00:00", quantity_minutes=600)], SHANGHAI)["a"].minutes == 60


def test_a_session_of_more_than_a_day_and_an_open_one_are_worth_nothing() -> None:
    next_day = DAY + timedelta(days=1)
    whole = Attendance(
        key="w", activity="w", local_date=DAY, start=at("08:00:00"), end=at("08:00:00", next_day)
    )
    longer = replace(whole, key="l", end=at("08:00:01", next_day))
    still_there = replace(whole, key="o", end=None)
    assert credit([whole], SHANGHAI)["w"].minutes == 1440
    assert credit([longer], SHANGHAI)["l"].flags == {"too_long"}
    assert credit([still_there], SHANGHAI)["o"].flags == {"open"}
    assert total_minutes(credit([longer, still_there], SHANGHAI)) == 0
    assert total_minutes(credit([longer, attended("a", "09:00:00", "10:00:00")], SHANGHAI)) == 60
    too_much = Attendance(key="q", activity="q", local_date=DAY, quantity_minutes=1441)
    assert credit([too_much], SHANGHAI)["q"].minutes == 0


def test_a_session_outside_its_window_is_worth_nothing_and_takes_nothing() -> None:
    planned = {"planned_start": at("14:00:00"), "planned_end": at("15:00:00")}
    found = credit(
        [attended("out", "09:00:00", "10:00:00", **planned), attended("in", "09:30:00", "10:00:00")], SHANGHAI
    )
    assert found["out"].minutes == 0
    assert found["in"].minutes == 30


@pytest.mark.parametrize(
    ("start", "end"),
    [(at("10:00:00"), at("10:00:00")), (at("10:00:00"), at("09:00:00"))],
)
def test_an_end_that_is_not_after_the_start_is_the_callers_mistake(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="ends before"):
        credit([Attendance(key=1, activity=1, local_date=DAY, start=start, end=end)], SHANGHAI)


def test_a_time_without_zone_and_a_repeated_key_are_the_callers_mistake() -> None:
    naive = at("09:00:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        credit([Attendance(key=1, activity=1, local_date=DAY, start=naive, end=None)], SHANGHAI)
    with pytest.raises(ValueError, match="twice"):
        credit([attended("a", "09:00:00", "10:00:00")] * 2, SHANGHAI)


BASE = at("22:00:00")
SCALE = 20  # seconds in a step: small enough for odd seconds, large enough for sets of steps


@st.composite
def attendances(draw: st.DrawFn) -> list[Attendance[int]]:
    found = []
    for key in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, 600))
        end = start + draw(st.integers(1, 300))
        window = draw(st.none() | st.tuples(st.integers(0, 600), st.integers(1, 300)))
        instants = [BASE + timedelta(seconds=SCALE * step) for step in (start, end)]
        found.append(
            Attendance(
                key=key,
                activity=key,
                local_date=DAY,
                start=instants[0],
                end=instants[1],
                planned_start=window and BASE + timedelta(seconds=SCALE * window[0]),
                planned_end=window and BASE + timedelta(seconds=SCALE * sum(window)),
                order=draw(st.integers(0, 3)),
            )
        )
    return found


def slow_steps(sessions: list[Attendance[int]]) -> dict[int, set[int]]:
    """Which steps each session keeps, by trying every step of the day for every session."""

    def covers(session: Attendance[int], step: int) -> bool:
        instant = BASE + timedelta(seconds=SCALE * step)
        assert session.start is not None
        assert session.end is not None
        planned = session.planned_start is None or (
            session.planned_end is not None and session.planned_start <= instant < session.planned_end
        )
        return session.start <= instant < session.end and planned

    kept: dict[int, set[int]] = {session.key: set() for session in sessions}
    for step in range(910):
        there = [session for session in sessions if covers(session, step)]
        if there:
            first = min(there, key=lambda session: (session.start, session.order, session.key))
            kept[first.key].add(step)
    return kept


@given(attendances())
def test_no_second_is_counted_twice_and_none_is_lost(sessions: list[Attendance[int]]) -> None:
    found = credit(sessions, SHANGHAI)
    for key, steps in slow_steps(sessions).items():
        assert found[key].minutes == len(steps) * SCALE // 60
        midnight = 7200 // SCALE
        before = sum(step < midnight for step in steps) * SCALE // 60
        assert found[key].by_date.get(DAY, 0) == before


@given(attendances(), st.randoms(use_true_random=False), st.integers(0, 90))
def test_order_does_not_matter_and_dates_sum_to_the_minutes(
    sessions: list[Attendance[int]], shuffle: object, pause: int
) -> None:
    sessions = [replace(session, break_minutes=pause, activity=session.key % 2) for session in sessions]
    found = credit(sessions, SHANGHAI)
    shuffle.shuffle(sessions)  # type: ignore[attr-defined]
    assert credit(sessions, SHANGHAI) == found
    for item in found.values():
        assert sum(item.by_date.values()) == item.minutes <= item.gross_minutes
        assert all(minutes > 0 for minutes in item.by_date.values())


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0.00"),
        (1, "0.02"),
        (150, "2.50"),
        (169, "2.82"),
        (750, "12.50"),
        (5999, "99.98"),
        (84_300, "1405.00"),
    ],
)
def test_hours_have_two_decimals(minutes: int, shown: str) -> None:
    assert format_hours(minutes) == shown


@given(st.integers(0, 10**9))
def test_hours_are_sixtieths_rounded_half_up(minutes: int) -> None:
    exact = Decimal(minutes) / Decimal(60)
    assert Decimal(format_hours(minutes)) == exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_three_times_fifty_minutes_are_rounded_together() -> None:
    assert format_hours(3 * 50) == "2.50"
