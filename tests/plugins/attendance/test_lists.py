"""Lists on both engines: taps, paper, recording by the rules of the log, and what is forgotten."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import select

from pointsys.core.activity_log.by_hand import UNDO_FOR, undo_recorded
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, VOIDED, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.attendance import closing, saying, services, taps
from pointsys.plugins.volunteer.models import VolunteerBalance
from tests.factories import make_person
from tests.plugins.attendance.conftest import Hall


def refused(act: object, *args: object, **kwargs: object) -> str:
    """The code of the Problem that a call raises."""
    with pytest.raises(Problem) as caught:
        act(*args, **kwargs)  # type: ignore[operator]
    return caught.value.code


def minutes(hall: Hall, name: str) -> int:
    """Credited minutes of somebody."""
    with read_scope() as session:
        query = select(VolunteerBalance.minutes).where(
            VolunteerBalance.person_id == hall.people[name], VolunteerBalance.period == "all"
        )
        return session.scalar(query) or 0


def test_a_list_becomes_one_entry_for_each_pair_and_the_planned_time_for_a_tick(hall: Hall) -> None:
    hall.tap(1, "in", "09:05")
    hall.tap(1, "out", "10:00")
    hall.tap(2, "present")
    hall.set_clock("11:30")
    done = hall.work(closing.close)

    assert done is not None
    assert done.confirmed
    assert hall.entries() == [
        ("甲一", "09:05", "10:00", CONFIRMED),
        ("乙二", "09:00", "11:00", CONFIRMED),
    ]
    assert (minutes(hall, "甲一"), minutes(hall, "乙二"), minutes(hall, "丙三")) == (55, 120, 0)


def test_scenario_1_is_clipped_and_floored(hall: Hall) -> None:
    hall.tap(1, "in", "08:52")
    hall.clock.advance(seconds=10)
    hall.tap(1, "out", "11:41")
    hall.work(closing.close)

    assert minutes(hall, "甲一") == 120


def test_tapping_twice_changes_nothing(hall: Hall) -> None:
    hall.tap(1, "in", "09:05")
    hall.tap(1, "in", "09:20")
    hall.tap(1, "out", "10:00")
    hall.tap(1, "out", "10:20")
    hall.work(closing.close)

    assert hall.entries() == [("甲一", "09:05", "10:00", CONFIRMED)]


def test_leaving_and_coming_back_is_a_second_pair_and_a_fourth_is_refused(hall: Hall) -> None:
    for start, end in (("09:00", "09:10"), ("09:20", "09:30"), ("09:40", "09:50")):
        hall.tap(1, "in", start)
        hall.tap(1, "out", end)

    hall.set_clock("10:00")
    assert refused(hall.tap, 1, "in") == "too_many_pairs"
    hall.work(closing.close)
    assert len(hall.entries()) == 3
    assert minutes(hall, "甲一") == 30


def test_a_forgotten_sign_out_is_recorded_without_an_end_and_waits_with_0_minutes(hall: Hall) -> None:
    hall.tap(1, "in", "09:05")
    hall.tap(2, "present")
    hall.set_clock("11:30")
    hall.work(closing.close)

    assert ("甲一", "09:05", "", PENDING) in hall.entries()
    with unit_of_work() as session:
        waiting = session.scalars(select(Entry.id).where(Entry.status == PENDING)).all()
        decide(session, waiting, CONFIRMED, "", SYSTEM)
    assert minutes(hall, "甲一") == 0


def test_a_supplied_sign_out_takes_the_place_of_the_missing_one_and_is_never_later_than_planned(
    hall: Hall,
) -> None:
    hall.tap(1, "in", "09:05")
    hall.set_clock("11:30")
    hall.work(closing.close)

    assert refused(hall.work, closing.settle, 1, time(11, 20), "forgotten") == "after_the_plan"
    assert refused(hall.work, closing.settle, 1, time(9, 0), "forgotten") == "out_before_in"
    assert refused(hall.work, closing.settle, 2, time(10, 0), "forgotten") == "nothing_to_settle"
    hall.work(closing.settle, 1, time(10, 35), "forgotten")

    assert hall.entries() == [("甲一", "09:05", "", VOIDED), ("甲一", "09:05", "10:35", CONFIRMED)]
    assert minutes(hall, "甲一") == 90


def test_only_a_sign_out_waits_on_the_list_until_the_start_is_supplied(hall: Hall) -> None:
    hall.tap(1, "out", "10:30")
    hall.set_clock("11:30")
    assert hall.work(closing.close) is None
    hall.work(saying.set_times, 1, time(9, 30), time(10, 30), method="set")
    hall.work(closing.close)

    assert hall.entries() == [("甲一", "09:30", "10:30", CONFIRMED)]


def test_the_signed_sheet_is_keyed_in_by_row_number(hall: Hall) -> None:
    hall.set_clock("12:00")
    hall.key(1, time(9, 0), time(10, 30))
    hall.key(2, None, None)
    hall.key(3, time(9, 15), None)
    hall.key(1, time(9, 0), time(10, 45))

    assert refused(hall.key, 9, time(9), time(10)) == "no_row"
    assert refused(hall.key, 1, time(9), time(12, 30)) == "in_the_future"
    hall.work(closing.close)
    assert hall.entries() == [
        ("甲一", "09:00", "10:45", CONFIRMED),
        ("乙二", "09:00", "11:00", CONFIRMED),
        ("丙三", "09:15", "", PENDING),
    ]
    assert refused(hall.key, 1, time(9), time(10)) == "recorded_already"


def test_whoever_signs_on_an_empty_row_is_put_there_and_a_second_signature_is_a_second_pair(
    hall: Hall,
) -> None:
    hall.set_clock("12:00")
    with unit_of_work() as session:
        area = session.get_one(Area, hall.area_id)
        guest = make_person(session, area, "来客").id
    with unit_of_work() as session:
        saying.put_on_row(session, hall.found(session), 7, session.get_one(Person, guest), hall.worker)
    hall.key(7, time(9, 0), time(9, 30))
    with unit_of_work() as session:
        first = session.get_one(Person, hall.people["甲一"])
        saying.put_on_row(session, hall.found(session), 8, first, hall.worker)
    hall.key(1, time(9, 0), time(9, 30))
    hall.key(8, time(10, 0), time(10, 30))
    hall.work(closing.close)

    assert [entry[:3] for entry in hall.entries()] == [
        ("甲一", "09:00", "09:30"),
        ("甲一", "10:00", "10:30"),
        ("来客", "09:00", "09:30"),
    ]
    with unit_of_work() as session:
        other = session.get_one(Person, hall.people["乙二"])
        assert refused(saying.put_on_row, session, hall.found(session), 7, other, hall.worker) == "row_taken"


def test_closing_twice_records_once_and_later_marks_are_recorded_by_closing_again(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    hall.tap(1, "out", "10:00")
    hall.work(closing.close)
    assert hall.work(closing.close) is None
    hall.tap(2, "in", "10:00")
    hall.tap(2, "out", "10:30")
    hall.work(closing.close)

    assert [entry[:2] for entry in hall.entries()] == [("甲一", "09:00"), ("乙二", "10:00")]


def test_what_was_taken_back_within_30_seconds_can_be_changed_and_recorded_anew(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    hall.tap(1, "out", "10:00")
    done = hall.work(closing.close)
    assert done is not None
    hall.clock.now += UNDO_FOR
    with unit_of_work() as session:
        activity = hall.found(session).activity.public_id
        assert undo_recorded(session, hall.area_id, activity, done.at, "undone", hall.worker) == 1
    hall.work(saying.set_times, 1, time(9, 0), time(9, 30), method="set")
    hall.work(closing.close)

    assert hall.entries() == [("甲一", "09:00", "10:00", VOIDED), ("甲一", "09:00", "09:30", CONFIRMED)]


def test_a_list_of_more_than_ten_waits_for_a_second_person(hall: Hall) -> None:
    with unit_of_work() as session:
        area = session.get_one(Area, hall.area_id)
        many = [make_person(session, area, f"王{n:02d}") for n in range(9)]
        services.add_people(session, hall.found(session).sheet, many, hall.worker)
    hall.set_clock("11:30")
    hall.work(taps.tick_everybody)
    done = hall.work(closing.close)

    assert done is not None
    assert not done.confirmed
    assert {entry[3] for entry in hall.entries()} == {PENDING}
    assert len(hall.entries()) == 12


def test_everybody_who_is_inside_is_signed_out_at_once(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    hall.tap(2, "in", "09:10")
    hall.tap(2, "out", "09:40")
    hall.set_clock("10:50")

    assert hall.work(taps.sign_out_everybody) == 1
    assert hall.states() == [(1, ["complete"]), (2, ["complete"]), (3, ["absent"])]


def test_taking_a_tap_back_leaves_the_row_as_it_was(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    hall.tap(1, "clear")
    hall.tap(2, "present")
    hall.tap(2, "present")

    assert hall.states() == [(1, ["absent"]), (2, ["absent"]), (3, ["absent"])]


def test_stamps_are_of_the_activitys_own_day(hall: Hall) -> None:
    hall.clock.advance(days=1)

    assert refused(hall.tap, 1, "in") == "not_today"


def test_a_list_that_would_end_in_the_future_is_refused_whole(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    hall.tap(1, "out", "09:30")
    hall.tap(2, "present", "10:00")

    assert refused(hall.work, closing.close) == "in_the_future"
    assert hall.entries() == []


def test_a_person_stands_on_a_list_once_however_often_they_are_added(hall: Hall) -> None:
    with unit_of_work() as session:
        first = session.get_one(Person, hall.people["甲一"])
        assert services.add_people(session, hall.found(session).sheet, [first], hall.worker).marks == []

    assert [row for row, _states in hall.states()] == [1, 2, 3]
