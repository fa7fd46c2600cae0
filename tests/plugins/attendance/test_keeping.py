"""What lists do on the day and after it, on both engines; the names say which row of the rules is meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, Entry
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.pages import ExpectedPerson
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.attendance import closing, review, saying, services, taps
from pointsys.plugins.attendance.desk import keepers
from pointsys.plugins.attendance.marks import KIOSK, OFFLINE, POSTER, QR
from pointsys.plugins.attendance.models import AttendanceMark
from pointsys.plugins.attendance.taps import How
from tests.factories import actor_of, at, make_account, make_person
from tests.plugins.attendance.conftest import DAY, Hall
from tests.plugins.attendance.test_lists import minutes, refused


def stamped(hall: Hall, row: int, act: str, how: How, clock_time: str) -> None:
    hall.set_clock(clock_time)
    hall.work(lambda session, found, actor: taps.tap(session, found, row, act, actor, how))


def sources(hall: Hall) -> dict[str, tuple[str, str]]:
    """Name -> source and status of what was recorded of them last."""
    with read_scope() as session:
        query = select(Person.name, Entry.source, Entry.status).join(Person, Person.id == Entry.person_id)
        return {name: (source, status) for name, source, status in session.execute(query.order_by(Entry.id))}


def mark_of(hall: Hall, row: int) -> AttendanceMark:
    with read_scope() as session:
        mark = taps.row_of(hall.found(session), row).last.mark
        session.expunge(mark)
        return mark


def test_credit_is_what_the_clock_stamped_twice_and_honour_everything_else(hall: Hall) -> None:
    stamped(hall, 1, "in", How(QR), "09:00")
    stamped(hall, 2, "in", How(KIOSK), "09:00")
    hall.tap(3, "present")
    stamped(hall, 1, "out", How(KIOSK), "10:30")
    hall.set_clock("11:00")
    hall.work(saying.set_times, 2, time(9, 0), time(10, 0), method="set")
    hall.work(closing.close)

    assert sources(hall) == {
        "甲一": ("attendance", CONFIRMED),
        "乙二": ("attendance_set", CONFIRMED),
        "丙三": ("attendance_set", CONFIRMED),
    }


def test_double_check_in_is_idempotent_and_two_phones_at_once_are_one_pair(hall: Hall) -> None:
    stamped(hall, 1, "in", How(QR, "one"), "09:00")
    stamped(hall, 1, "in", How(QR, "two"), "09:01")

    assert hall.states()[0] == (1, ["inside"])
    mark = mark_of(hall, 1)
    assert (mark.in_at, mark.device) == (at(DAY, "09:00"), "one")


def test_forgotten_check_out_needs_review_six_hours_after_the_planned_end_with_0_minutes(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")

    def found_by_job(clock_time: str) -> int:
        hall.set_clock(clock_time)
        return int(review.find_forgotten(hall.clock()))

    assert [found_by_job("11:30"), found_by_job("16:59"), found_by_job("17:00"), found_by_job("18:00")] == [
        0, 0, 1, 0,
    ]  # fmt: skip
    with read_scope() as session:
        rows, total = review.forgotten(session, review.below(hall.area_id))
        assert (total, rows[0].person.name, rows[0].recorded) == (1, "甲一", False)
        assert session.scalars(select(AuditRow.event).order_by(AuditRow.id.desc()).limit(1)).one() == (
            "attendance.review_due"
        )
    assert minutes(hall, "甲一") == 0
    # Another one says when they left: at most the planned end, and it is honour from then on.
    assert refused(hall.work, closing.supply_end, 1, time(11, 1), "forgot") == "after_the_plan"
    hall.work(closing.supply_end, 1, time(10, 45), "forgot")
    hall.work(closing.close)
    assert sources(hall) == {"甲一": ("attendance_set", CONFIRMED)}
    assert minutes(hall, "甲一") == 105
    with read_scope() as session:
        assert review.forgotten(session, review.below(hall.area_id)) == ([], 0)


def test_hours_until_review_are_a_setting_of_the_area(hall: Hall) -> None:
    hall.tap(1, "in", "09:00")
    with unit_of_work() as session:
        set_setting(session, session.get_one(Area, hall.area_id), review.HOURS, 2, SYSTEM)
    hall.set_clock("13:00")

    assert review.find_forgotten(hall.clock()) == 1


def test_forgotten_check_in_is_on_the_list_until_somebody_supplies_the_start(hall: Hall) -> None:
    stamped(hall, 1, "out", How(QR), "11:00")
    hall.set_clock("18:00")
    review.find_forgotten(hall.clock())
    hall.work(closing.close)
    assert hall.entries() == []
    with read_scope() as session:
        assert review.forgotten(session, review.below(hall.area_id))[1] == 1

    hall.work(saying.set_times, 1, time(9, 0), time(11, 0), method="set")
    hall.work(closing.close)
    assert sources(hall) == {"甲一": ("attendance_set", CONFIRMED)}


def test_end_at_or_before_start_and_the_future_are_refused_with_the_field_named(hall: Hall) -> None:
    hall.set_clock("10:00")
    for start, end, code, field in (
        (time(9, 0), time(9, 0), "out_before_in", "out"),
        (time(9, 0), time(10, 30), "in_the_future", "out"),
        (time(10, 30), None, "in_the_future", "in"),
    ):
        with pytest.raises(Problem) as caught:
            hall.work(saying.set_times, 1, start, end, method="set")
        assert (caught.value.code, caught.value.field) == (code, field)


def test_more_than_twelve_hours_ask_for_confirmation(hall: Hall) -> None:
    hall.set_clock("22:00")
    typed = (1, time(8, 0), time(20, 1))
    assert refused(hall.work, saying.set_times, *typed, method="set") == "very_long"
    hall.work(saying.set_times, *typed, method="set", sure=True)

    assert hall.states()[0] == (1, ["complete"])


def test_midnight_crossing_is_one_pair_on_the_start_date_by_the_clock_too(hall: Hall) -> None:
    with unit_of_work() as session:
        activity = hall.found(session).activity
        activity.starts_at, activity.ends_at = at(DAY, "22:00"), at(DAY, "22:00") + timedelta(hours=4)
    stamped(hall, 1, "in", How(QR), "22:05")
    hall.clock.now = at(DAY, "22:00") + timedelta(hours=3)
    hall.work(lambda session, found, actor: taps.tap(session, found, 1, "out", actor, How(QR)))
    hall.work(closing.close)

    with read_scope() as session:
        entry = session.scalars(select(Entry)).one()
        assert (entry.local_date, entry.source) == (DAY, "attendance")
    assert minutes(hall, "甲一") == 175


def test_early_arrival_and_overrun_are_stamped_as_they_were_and_clipped_when_credited(hall: Hall) -> None:
    stamped(hall, 1, "in", How(QR), "08:40")
    stamped(hall, 1, "out", How(QR), "11:30")
    hall.work(closing.close)

    assert hall.entries() == [("甲一", "08:40", "11:30", CONFIRMED)]
    assert minutes(hall, "甲一") == 120


def test_clock_skew_and_an_offline_phone_keep_the_raw_stamps_and_wait_for_the_leader(hall: Hall) -> None:
    raw = at(DAY, "09:17")
    hall.set_clock("10:00")
    late = How(OFFLINE, at=at(DAY, "09:05"), raw=raw)
    hall.work(lambda session, found, actor: taps.tap(session, found, 1, "in", actor, late))
    hall.tap(1, "out", "10:30")
    hall.work(closing.close)
    assert hall.entries() == []

    assert hall.work(saying.verify, [1], right=True) == 1
    mark = mark_of(hall, 1)
    assert (mark.in_at, mark.raw_in, mark.verify) == (at(DAY, "09:05"), raw, False)
    hall.work(closing.close)
    assert sources(hall) == {"甲一": ("attendance_set", CONFIRMED)}
    assert minutes(hall, "甲一") == 85


def test_what_is_not_true_is_taken_back_and_nobody_verifies_themselves(hall: Hall) -> None:
    stamped(hall, 1, "in", How(POSTER), "09:00")
    with unit_of_work() as session:
        person = session.get_one(Person, hall.people["甲一"])
        own = Actor("甲", person_id=person.id)
        assert refused(saying.verify, session, hall.found(session), [1], own, right=True) == "own_entry"
        assert saying.verify_all(session, hall.found(session), own) == 0
        for say in (lambda f: saying.set_times(session, f, 1, time(9), None, own, method="set"),
                    lambda f: taps.tap(session, f, 1, "present", own)):  # fmt: skip
            assert refused(say, hall.found(session)) == "own_entry"
    hall.work(saying.verify, [1], right=False)

    assert hall.states()[0] == (1, ["absent"])


def test_whoever_keeps_a_list_taps_on_their_own_row_and_somebody_else_says_that_it_is_true(
    hall: Hall,
) -> None:
    with unit_of_work() as session:
        own = Actor("甲", person_id=hall.people["甲一"])
        for row, act, time_of_day in ((1, "in", "09:00"), (2, "in", "09:01"), (1, "out", "10:59")):
            hall.set_clock(time_of_day)
            taps.tap(session, hall.found(session), row, act, own)
        hall.set_clock("11:00")
        taps.sign_out_everybody(session, hall.found(session), own)
        assert saying.verify_all(session, hall.found(session), own) == 0
    hall.work(closing.close)
    assert [name for name, *_times in hall.entries()] == ["乙二"]
    hall.work(saying.verify, [1], right=True)
    hall.work(closing.close)
    assert [name for name, *_times in hall.entries()] == ["乙二", "甲一"]


def test_backfill_needs_a_reason_is_never_longer_than_planned_and_waits_for_a_second_person(
    hall: Hall,
) -> None:
    hall.clock.now = at(DAY, "10:00") + timedelta(days=30)
    say = saying.set_times
    assert refused(hall.work, say, 1, time(9, 0), time(10, 0), method="set") == "reason_needed"
    assert refused(hall.work, say, 1, time(8, 0), time(10, 1), method="set", reason="停电") == (
        "longer_than_planned"
    )
    hall.work(say, 1, time(9, 0), time(11, 0), method="set", reason="停电")
    # A signed sheet that is keyed in later is a reason by itself.
    hall.key(2, time(8, 52), time(11, 41))
    hall.work(closing.close)

    assert sources(hall) == {
        "甲一": ("attendance_late", PENDING),
        "乙二": ("attendance_late", PENDING),
    }
    with unit_of_work() as session:
        waiting = session.scalars(select(Entry.id)).all()
        assert refused(decide, session, waiting, CONFIRMED, "", hall.worker) == "second_person_needed"
        other = actor_of(make_account(session, "subdistrict_office"))
        decide(session, waiting, CONFIRMED, "", Actor(other.label, other.account_id, unrestricted=True))
    assert (minutes(hall, "甲一"), minutes(hall, "乙二")) == (120, 120)

    hall.clock.now = at(DAY, "10:00") + timedelta(days=31)
    assert refused(hall.work, say, 3, time(9, 0), time(10, 0), method="set", reason="停电") == "too_late"


def test_leave_and_return_up_to_three_pairs_by_oneself_and_the_fourth_is_refused(hall: Hall) -> None:
    for come, go in (("09:00", "09:10"), ("09:20", "09:30"), ("09:40", "09:50")):
        stamped(hall, 1, "in", How(QR), come)
        stamped(hall, 1, "out", How(QR), go)
    hall.set_clock("10:00")

    again = How(QR)
    assert refused(
        hall.work, lambda session, found, actor: taps.tap(session, found, 1, "in", actor, again)
    ) == "too_many_pairs"  # fmt: skip


class TestWhoComes:
    """Expected people, those who may not take part, and who keeps the list, as plugins answer."""

    @pytest.fixture(autouse=True)
    def answers(self, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
        two = hall.people["乙二"]

        def gate(
            session: object, activity: int, people: Collection[int], at: datetime
        ) -> Mapping[int, Problem]:
            return {two: Problem("no_consent", "x")} if two in people else {}

        monkeypatch.setattr(taps, "refused_people", gate)
        monkeypatch.setattr(services, "refused_people", gate)

    def test_nobody_who_may_not_take_part_is_let_in_and_everybody_may_leave(self, hall: Hall) -> None:
        assert refused(hall.tap, 2, "in", "09:00") == "no_consent"
        assert refused(hall.tap, 2, "present") == "no_consent"
        hall.tap(1, "in", "09:00")
        hall.tap(2, "out", "09:30")
        assert hall.work(taps.tick_everybody) == 1

        assert hall.states() == [(1, ["inside"]), (2, ["no_start"]), (3, ["present"])]

    def test_who_is_expected_is_put_on_the_list_with_their_part_and_hours(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with unit_of_work() as session:
            fresh = make_person(session, session.get_one(Area, hall.area_id), "丁四").id
        expected = [
            ExpectedPerson(hall.people["甲一"]),
            ExpectedPerson(fresh, "引导", at(DAY, "09:00"), at(DAY, "10:00")),
        ]
        monkeypatch.setattr(services, "who_is_expected", lambda session, activity: expected)
        with unit_of_work() as session:
            assert len(services.add_expected(session, hall.found(session).sheet, hall.worker)) == 1
            assert len(services.add_expected(session, hall.found(session).sheet, hall.worker)) == 0
        hall.tap(4, "present", "11:30")
        hall.work(closing.close)

        # A tick stands for one's own part of the planned time.
        assert hall.entries() == [("丁四", "09:00", "10:00", CONFIRMED)]

    def test_keepers_are_those_named_and_those_who_lead(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, three = Actor("a", person_id=hall.people["甲一"]), Actor("b", person_id=hall.people["丙三"])
        with unit_of_work() as session:
            sheet = hall.found(session).sheet
            assert keepers.find_kept(session, hall.sheet, one) is None
            person = session.get_one(Person, hall.people["甲一"])
            assert keepers.name_keepers(session, sheet, [person], hall.worker) == 1
            assert keepers.name_keepers(session, sheet, [person], hall.worker) == 0
            assert keepers.find_kept(session, hall.sheet, one) is not None
            assert keepers.find_kept(session, hall.sheet, three) is None
            monkeypatch.setattr(
                keepers,
                "leaders_of",
                lambda session, activities: {a: frozenset({hall.people["丙三"]}) for a in activities},
            )
            assert keepers.find_kept(session, hall.sheet, three) is not None
            assert keepers.dismiss_keeper(session, sheet, person.public_id, hall.worker)
            assert keepers.find_kept(session, hall.sheet, one) is None
