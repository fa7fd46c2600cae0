"""What stands out and what does not, at the edges of each rule."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.reports.periods import parse_report_period, period_before
from pointsys.plugins.volunteer.reports.signals import (
    Served,
    Tapped,
    back_entries,
    devices,
    long_days,
    overlaps,
    round_numbers,
    week_of,
)

DAY = date(2026, 3, 7)


def served(number: int, **more: Any) -> Served:
    usual: dict[str, Any] = {
        "entry": number, "person": number, "day": DAY, "minutes": 61, "overlapped": 0, "recorder": "worker",
        "recorded_on": DAY, "timed": False, "activity": "a", "title": "清扫",
    }  # fmt: skip
    return Served(**{**usual, **more})


def taps(people: int, device: str = "d", day: date = DAY) -> list[Tapped]:
    return [Tapped(device, n, datetime(2026, 3, 7, tzinfo=UTC), day, "a", "清扫") for n in range(people)]


def test_a_phone_shared_by_a_family_is_no_signal_and_one_of_a_crowd_is() -> None:
    assert devices([*taps(2), *taps(2)]) == []
    assert devices(taps(4)) == []
    assert devices(taps(9, device="")) == [], "unknown devices are not one device"
    assert devices([*taps(3), *[t for t in taps(6, day=date(2026, 3, 8)) if t.person > 2]]) == []
    (found,) = devices(taps(5))
    assert (found.people, found.entries, found.device, found.days) == (5, 5, "d", (DAY, DAY))
    assert found.names == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("count", "same_person", "late", "timed", "signals"),
    [
        (20, True, 3, False, 1),
        (19, True, 3, False, 0),
        (10, False, 3, False, 1),
        (9, False, 3, False, 0),
        (40, False, 2, False, 0),
        (40, False, 9, True, 0),
    ],
)
def test_bulk_back_entry_is_many_services_days_afterwards(
    count: int, same_person: bool, late: int, timed: bool, signals: int
) -> None:
    on = date(2026, 3, 7 + late)
    parts = [served(n, person=1 if same_person else n, recorded_on=on, timed=timed) for n in range(count)]
    assert len(back_entries(parts)) == signals


def test_overlaps_and_long_days_are_told_by_person_and_day() -> None:
    parts = [
        served(1, person=1, overlapped=30),
        served(2, person=2, overlapped=20),
        served(3, person=2, overlapped=11),
        served(4, person=3, minutes=600),
        served(5, person=4, minutes=300),
        served(6, person=4, minutes=301),
    ]
    assert [(one.person, one.minutes) for one in overlaps(parts)] == [(2, 31)]
    assert [(one.person, one.minutes, one.entries) for one in long_days(parts)] == [(4, 601, 2)]


def test_full_hours_by_hand_stand_out_from_twenty_on() -> None:
    full = [served(n, minutes=120) for n in range(18)]
    odd = [served(n, minutes=61) for n in range(100, 102)]
    assert round_numbers([*full, *odd[:1]]) == [], "nineteen"
    (found,) = round_numbers([*full, *odd])
    assert (found.recorder, found.entries) == ("worker", 20)
    assert round_numbers([*full, *odd, *[served(200, minutes=61)]]) == [], "less than nine in ten"
    assert round_numbers([served(n, minutes=120, timed=True) for n in range(40)]) == []
    assert round_numbers([served(n, minutes=120, recorder=f"r{n % 2}") for n in range(38)]) == []


def test_a_week_begins_on_monday() -> None:
    assert week_of(date(2026, 3, 8)) == (date(2026, 3, 2), date(2026, 3, 8))
    assert week_of(date(2026, 3, 9)) == (date(2026, 3, 9), date(2026, 3, 15))


PERIODS = {
    "2026": ("2026-01-01", "2026-12-31", "2025", "2026"),
    "2026-h2": ("2026-07-01", "2026-12-31", "2026-H1", ""),
    "2026-H1": ("2026-01-01", "2026-06-30", "2025-H2", ""),
    "2026-Q1": ("2026-01-01", "2026-03-31", "2025-Q4", ""),
    "2026-Q4": ("2026-10-01", "2026-12-31", "2026-Q3", ""),
    "2024-02": ("2024-02-01", "2024-02-29", "2024-01", "2024-02"),
    "2026-01": ("2026-01-01", "2026-01-31", "2025-12", "2026-01"),
}


@pytest.mark.parametrize("text", PERIODS)
def test_a_report_is_about_whole_months(text: str) -> None:
    first, last, before, stored = PERIODS[text]
    found = parse_report_period(text)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert period_before(found).name == before
    assert found.stored == stored


@pytest.mark.parametrize(
    "text", ["", "all", "2026-13", "2026-Q5", "2026-H3", "26-03", "1899", "2026-3", "2026-0١"]
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_report_period(text)
    assert refused.value.code == "bad_period"
