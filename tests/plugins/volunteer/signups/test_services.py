"""Signing up, the waiting list, clashing times, deciding and cancelling, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.decisions import decide as decide_entry
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import VOIDED, Activity
from pointsys.core.activity_log.planning import Plan
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.pending import pending_people
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.signups import belonging, credited, hooks, opening, personal, planning
from pointsys.plugins.volunteer.signups.models import (
    APPLIED,
    APPROVED,
    CANCELLED,
    NO_SHOW,
    REJECTED,
    WAITLISTED,
    WITHDRAWN,
    VolunteerActivity,
    VolunteerSlot,
)
from pointsys.plugins.volunteer.signups.planning import Terms
from pointsys.plugins.volunteer.signups.rules import Shift
from pointsys.plugins.volunteer.teams.models import LEADER, VolunteerMember, VolunteerTeam
from tests.conftest import FixedClock
from tests.factories import actor_of, at, make_account, make_draft
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.signups.shifts import (
    DAY,
    Made,
    decide,
    make,
    places_are_true,
    sign_up,
    slots,
    states,
    withdraw,
)


@pytest.fixture(autouse=True)
def _before_the_day(clock: FixedClock) -> None:
    clock.now = at(DAY - timedelta(days=3), "10:00")


def people(place: Place, *names: str) -> list[int]:
    return [place.person(name) for name in names]


def test_the_waiting_list_moves_up_in_its_order_on_a_cancellation_and_when_places_are_added(
    place: Place,
) -> None:
    made = make(place.areas["happy"])
    slot = made.slots[0]
    a, b, c, d, e = people(place, "甲一", "乙二", "丙三", "丁四", "戊五")
    for person in (a, b, c, d, e):
        sign_up(slot, person)
    assert states(slot) == {a: APPROVED, b: APPROVED, c: WAITLISTED, d: WAITLISTED, e: WAITLISTED}
    assert withdraw(slot, a) == WITHDRAWN
    assert states(slot)[c] == APPROVED
    assert states(slot)[d] == WAITLISTED
    # Whoever comes back queues at the end.
    sign_up(slot, a)
    with unit_of_work() as session:
        row, found = session.get_one(VolunteerActivity, made.activity), slots(session, made.activity)[0]
        assert planning.change_capacity(session, row, found, 4, SYSTEM) == 2
    assert states(slot) == {a: WAITLISTED, b: APPROVED, c: APPROVED, d: APPROVED, e: APPROVED}
    with unit_of_work() as session:
        row, found = session.get_one(VolunteerActivity, made.activity), slots(session, made.activity)[0]
        with pytest.raises(Problem, match="4 people hold a place"):
            planning.change_capacity(session, row, found, 3, SYSTEM)
        assert places_are_true(session)


def test_whoever_was_taken_off_is_not_back_before_somebody_approves_it(place: Place) -> None:
    slot = make(place.areas["happy"]).slots[0]
    a, b, c = people(place, "甲一", "乙二", "丙三")
    sign_up(slot, a)
    decide(slot, [a], WITHDRAWN, "安全培训没有完成")
    sign_up(slot, a)
    assert states(slot) == {a: APPLIED}
    # Nor by going and coming again, nor from the waiting list.
    withdraw(slot, a)
    sign_up(slot, b, c)
    sign_up(slot, a)
    withdraw(slot, b)
    assert states(slot) == {a: APPLIED, b: WITHDRAWN, c: APPROVED}
    sign_up(slot, b)
    decide(slot, [a], APPROVED)
    withdraw(slot, c)
    withdraw(slot, a)
    sign_up(slot, a, c)
    assert states(slot) == {a: APPROVED, b: APPROVED, c: WAITLISTED}


def test_back_to_back_shifts_do_not_clash_and_overlapping_ones_do(place: Place) -> None:
    [a] = people(place, "甲一")
    first = make(place.areas["happy"], title="上午", start="09:00", end="11:00").slots[0]
    second = make(place.areas["sunny"], title="接着", start="11:00", end="12:00").slots[0]
    third = make(place.areas["sunny"], title="交叉", start="10:59", end="12:00").slots[0]
    assert [len(sign_up(slot, a).placed) for slot in (first, second)] == [1, 1]
    refused = sign_up(third, a).refused
    assert [(person.id, problem.code) for person, problem in refused] == [(a, "clash")]
    assert "上午" in str(refused[0][1])


def test_signing_up_twice_changes_nothing_and_merged_rows_are_one_person(place: Place) -> None:
    a, twin = people(place, "甲一", "甲一")
    made = make(place.areas["happy"])
    clashing = make(place.areas["happy"], title="同时").slots[0]
    assert len(sign_up(made.slots[0], a).placed) == 1
    assert len(sign_up(made.slots[0], a).already) == 1
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, twin), session.get_one(Person, a), SYSTEM)
    assert len(sign_up(made.slots[0], twin).already) == 1
    assert [problem.code for _person, problem in sign_up(clashing, twin).refused] == ["clash"]
    with unit_of_work() as session:
        assert places_are_true(session)
        assert [one.person_id for one in hooks.expected_people(session, made.activity)] == [a]


def test_who_waits_is_passed_over_while_they_hold_a_place_elsewhere(place: Place) -> None:
    a, b, c = people(place, "甲一", "乙二", "丙三")
    full = make(place.areas["happy"], shifts=(("引导员", "09:00", "11:00", 1),)).slots[0]
    other = make(place.areas["sunny"], title="别处", start="10:00", end="11:00").slots[0]
    for person in (a, b, c):
        sign_up(full, person)
    sign_up(other, b)
    withdraw(full, a)
    assert states(full) == {a: WITHDRAWN, b: WAITLISTED, c: APPROVED}


def test_approval_holds_places_and_rejecting_frees_them(place: Place, clock: FixedClock) -> None:
    a, b, c = people(place, "甲一", "乙二", "丙三")
    slot = make(place.areas["happy"], needs_approval=True).slots[0]
    sign_up(slot, a, b, c)
    assert states(slot) == {a: APPLIED, b: APPLIED, c: WAITLISTED}
    with pytest.raises(Problem, match="No place is free"):
        decide(slot, [c], APPROVED)
    with pytest.raises(Problem, match="Give a reason"):
        decide(slot, [a], REJECTED)
    assert decide(slot, [a], REJECTED, "人数已够") == 1
    assert states(slot) == {a: REJECTED, b: APPLIED, c: APPLIED}
    assert decide(slot, [b, c], APPROVED) == 2
    with pytest.raises(Problem, match="has not begun"):
        decide(slot, [b], NO_SHOW)
    clock.now = at(DAY, "10:00")
    assert decide(slot, [b], NO_SHOW) == 1
    with pytest.raises(Problem, match="has changed meanwhile"):
        decide(slot, [b], REJECTED, "晚了")
    with unit_of_work() as session:
        assert places_are_true(session)


def test_nobody_approves_their_own_sign_up(place: Place) -> None:
    [a] = people(place, "甲一")
    with unit_of_work() as session:
        area = place.area(session, "happy")
        account = make_account(session, "community_worker", area, person=session.get_one(Person, a))
        worker = actor_of(account, "community_worker", area)
    slot = make(place.areas["happy"], needs_approval=True).slots[0]
    # Entered by the worker together with others: they still wait for somebody else.
    sign_up(slot, a, actor=worker, entered=True)
    assert states(slot) == {a: APPLIED}
    with pytest.raises(Problem, match="Somebody else"):
        decide(slot, [a], APPROVED, actor=worker)
    assert decide(slot, [a], APPROVED) == 1


def test_deadlines_for_signing_up_and_taking_back(place: Place, clock: FixedClock) -> None:
    a, b = people(place, "甲一", "乙二")
    slot = make(place.areas["happy"], sign_up_hours=24, cancel_hours=12).slots[0]
    sign_up(slot, a)
    clock.now = at(DAY - timedelta(days=1), "09:00")
    with pytest.raises(Problem, match="has ended"):
        sign_up(slot, b)
    assert len(sign_up(slot, b, entered=True).placed) == 1
    clock.now = at(DAY - timedelta(days=1), "21:00")
    with pytest.raises(Problem, match="too late"):
        withdraw(slot, a)
    assert decide(slot, [a], WITHDRAWN, "生病") == 1


def test_minors_consent_and_company_are_asked_on_the_day_of_service(place: Place) -> None:
    [adult] = people(place, "王守信")
    child = place.person("小明", birth_date=date(2018, 3, 1))
    slot = make(place.areas["happy"]).slots[0]
    codes = [problem.code for _person, problem in sign_up(slot, child).refused]
    assert codes == ["guardian_absent"]
    assert [p.code for _person, p in sign_up(slot, adult, child).refused] == ["guardian_absent"]
    hazardous = make(place.areas["happy"], title="高空", hazardous=True, day=DAY + timedelta(days=1)).slots[0]
    assert [p.code for _person, p in sign_up(hazardous, child).refused] == ["minor_in_danger"]
    insured = make(place.areas["happy"], title="骑行", insurance_required=True, day=DAY + timedelta(days=2))
    assert [p.code for _person, p in sign_up(insured.slots[0], adult).refused] == ["not_insured"]


def test_staff_do_not_serve_where_it_is_their_work(place: Place) -> None:
    a, b = people(place, "甲一", "乙二")
    with unit_of_work() as session:
        area = place.area(session, "happy")
        make_account(session, "community_worker", area, person=session.get_one(Person, a))
    slot = make(place.areas["happy"], on_duty_excluded=True).slots[0]
    outcome = sign_up(slot, a, b)
    assert [p.code for _person, p in outcome.refused] == ["on_duty"]
    assert [row.person_id for row in outcome.placed] == [b]


def test_a_cancelled_activity_takes_every_sign_up_back_and_one_with_sessions_cannot_be_cancelled(
    place: Place, clock: FixedClock
) -> None:
    a, b, c = people(place, "甲一", "乙二", "丙三")
    made = make(place.areas["happy"])
    sign_up(made.slots[0], a, b, c)
    clock.now = at(DAY, "13:00")
    with unit_of_work() as session:
        area, activity = place.area(session, "happy"), session.get_one(Activity, made.activity)
        draft = make_draft(
            session, area, session.get_one(Person, a), title=activity.title, day=DAY, activity_id=activity.id
        )
        entry = record(session, area, [draft], SYSTEM, "test")[0].entry_id
    with pytest.raises(Problem, match="void each"):
        _cancel(made)
    with unit_of_work() as session:
        decide_entry(session, [entry], VOIDED, "活动没有举行", SYSTEM)
    assert _cancel(made) == 3
    assert set(states(made.slots[0]).values()) == {WITHDRAWN}
    with unit_of_work() as session:
        assert session.get_one(VolunteerActivity, made.activity).state == CANCELLED
        assert hooks.unlisted_activities(session, [made.activity]) == {made.activity}
        assert places_are_true(session)
    with pytest.raises(Problem, match="cancelled"):
        sign_up(made.slots[0], a, entered=True)


def _cancel(made: Made) -> int:
    with unit_of_work() as session:
        row = session.get_one(VolunteerActivity, made.activity)
        return int(opening.cancel_recruiting(session, row, "下雨", SYSTEM))


def test_a_weekly_series_makes_one_activity_a_week_with_its_shifts_also_through_the_night(
    place: Place,
) -> None:
    with unit_of_work() as session:
        area = session.get_one(Area, place.areas["happy"])
        kind = kinds_for(session, area.id)["志愿服务"].id
        plan = Plan(at(DAY, "20:00"), at(DAY + timedelta(days=1), "02:00"))
        shifts = [
            Shift("巡逻", time(20), time(23), 3),
            Shift("守夜", time(23), time(2), 2),
            Shift("晨", time(1), time(2), 1),
        ]
        rows = planning.plan_recruiting(
            session, area, kind, "夜巡", DAY, plan, Terms(), shifts, SYSTEM, weeks=3
        )
        days = [session.get_one(Activity, row.activity_id).local_date for row in rows]
        assert days == [date(2026, 7, 4), date(2026, 7, 11), date(2026, 7, 18)]
        assert len({row.series for row in rows}) == 1
        last = slots(session, rows[2].activity_id)
        assert (last[1].starts_at, last[1].ends_at) == (
            at(date(2026, 7, 18), "23:00"),
            at(date(2026, 7, 19), "02:00"),
        )
        assert last[2].starts_at == at(date(2026, 7, 19), "01:00")
        with pytest.raises(Problem, match="outside the activity"):
            planning.add_slot(session, rows[0], "早班", at(DAY, "19:00"), at(DAY, "21:00"), 1, SYSTEM)


def test_service_counts_for_the_team_chosen_at_sign_up_and_leaders_lead_its_activities(place: Place) -> None:
    a, b, leader = people(place, "甲一", "乙二", "丙三")
    now = at(DAY, "08:00")
    with unit_of_work() as session:
        teams = [
            VolunteerTeam(area_id=place.areas["happy"], name=name, created_at=now, created_by="test")
            for name in ("红马甲", "蓝天")
        ]
        session.add_all(teams)
        session.flush()
        session.add(
            VolunteerMember(
                team_id=teams[0].id, person_id=leader, role=LEADER, joined_on=DAY, recorded_at=now,
                recorded_by="test",
            )
        )  # fmt: skip
        red, blue = (team.id for team in teams)
    made = make(place.areas["happy"], team_id=red)
    sign_up(made.slots[0], a)
    sign_up(made.slots[0], b, team_id=blue)
    with unit_of_work() as session:
        pairs = [(a, made.activity), (b, made.activity), (a, 10**6)]
        assert credited.teams_of(session, pairs) == {
            (a, made.activity): (red, None),
            (b, made.activity): (blue, None),
        }
        assert hooks.activity_leaders(session, [made.activity]) == {made.activity: {leader}}


def test_what_is_over_is_put_into_a_teams_charge_and_its_people_are_derived_anew(place: Place) -> None:
    [a] = people(place, "甲一")
    place.serve(a, day=date(2026, 3, 7))
    with unit_of_work(drain=False) as session:
        happy = place.area(session, "happy")
        team = VolunteerTeam(area_id=happy.id, name="红马甲", created_at=at(DAY, "08:00"), created_by="test")
        session.add(team)
        session.flush()
        activity = session.scalars(select(Activity)).one()
        rows, total = belonging.held_below(session, happy.id, text="", everything=False, limit=9, offset=0)
        assert (total, rows[0].entries, rows[0].team) == (1, 1, "")
        assert belonging.belong(session, [activity], team.id, None, "community", SYSTEM) == 1
        assert belonging.belong(session, [activity], team.id, None, "", SYSTEM) == 0
        assert pending_people(session, "volunteer", [a]) == {a}
        assert credited.teams_of(session, [(a, activity.id)]) == {(a, activity.id): (team.id, None)}
        assert belonging.held_below(session, happy.id, text="", everything=False, limit=9, offset=0) == (
            [],
            0,
        )
        with pytest.raises(Problem, match="Choose one of the values"):
            belonging.belong(session, [activity], team.id, None, "x", SYSTEM)


def test_who_is_erased_leaves_the_place_and_takes_the_words_along(place: Place) -> None:
    a, b = people(place, "甲一", "乙二")
    made = make(place.areas["happy"], shifts=(("引导员", "09:00", "12:00", 1),))
    sign_up(made.slots[0], a, words="我带工具", party="市政公司")
    sign_up(made.slots[0], b)
    with unit_of_work() as session:
        assert "我带工具" in str(personal.export(session, a, [a]))
        personal.erase(session, a, [a])
        assert "我带工具" not in str(personal.export(session, a, [a]))
        assert places_are_true(session)
    assert states(made.slots[0]) == {a: WITHDRAWN, b: WAITLISTED}
    assert decide(made.slots[0], [b], APPROVED) == 1


def test_the_last_places_go_to_as_many_people_as_there_are_places_when_all_sign_up_at_once(
    app: Flask, place: Place
) -> None:
    slot = make(place.areas["happy"], shifts=(("引导员", "09:00", "12:00", 3),)).slots[0]
    everybody = people(place, *(f"志愿者{n}" for n in range(8)))

    def come(person: int) -> None:
        with app.app_context():
            sign_up(slot, person)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come, everybody))
    found = sorted(states(slot).values())
    assert found == [APPROVED] * 3 + [WAITLISTED] * 5
    with unit_of_work() as session:
        assert places_are_true(session)
        assert session.get_one(VolunteerSlot, slot).queued == 5
