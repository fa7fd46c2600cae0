"""Recruiting on pages: staff plan, people sign up on the phone, leaders decide, strangers see no names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.people.models import VolunteerConsent, VolunteerGuardian
from pointsys.plugins.volunteer.signups.models import VolunteerActivity, VolunteerSignup
from pointsys.plugins.volunteer.teams.models import LEADER, MEMBER, VolunteerMember, VolunteerTeam
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import at, make_draft, make_person

DAY = date(2026, 7, 4)
NEW = "/a/{}/volunteer/signups/new"


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages read what the tests of services write on both engines."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _on(app: Flask, world: World, clock: FixedClock) -> None:
    clock.now = at(DAY - timedelta(days=3), "10:00")
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)


def plan(worker: Browser, world: World, **fields: str) -> str:
    """A new activity by the form; its address."""
    given = {
        "title": "清洁家园", "kind": "volunteer_service", "day": DAY.isoformat(), "start_at": "09:00",
        "end_at": "12:00",
        "place": "文化广场", "weeks": "1", "audience": "everybody", "role-1": "引导员", "places-1": "1",
        "contact": "李姐 0991-1234567", "open": "1", **fields,
    }  # fmt: skip
    answer = worker.post(NEW.format(world.codes["happy"]), given)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def activity_id(app: Flask) -> str:
    """The outside id of the only activity that recruits."""
    from pointsys.core.activity_log.models import Activity

    with app.app_context(), unit_of_work() as session:
        query = select(Activity.public_id).join(
            VolunteerActivity, VolunteerActivity.activity_id == Activity.id
        )
        return str(session.scalars(query).one())


def attr(page: BeautifulSoup, selector: str, name: str) -> str:
    """An attribute of the first element that fits."""
    found = page.select_one(selector)
    assert found is not None, selector
    return str(found[name])


def states(app: Flask) -> list[tuple[str, str]]:
    with app.app_context(), unit_of_work() as session:
        rows = session.execute(
            select(Person.name, VolunteerSignup.state)
            .join(Person, Person.id == VolunteerSignup.person_id)
            .order_by(VolunteerSignup.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_from_planning_to_an_approved_place_and_back(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    where = plan(worker, world, needs_approval="y")
    planned = worker.page(where)
    assert planned.find(string="清洁家园")
    # What is open already is not asked to be opened.
    assert "还没有人报名" in planned.text
    assert "请开放报名" not in planned.text
    member: Browser = sign_in(world.accounts["member"])
    offers = member.page("/me/volunteer/recruiting")
    link = attr(offers, "a.card-link", "href")
    offer = member.page(link)
    assert "李姐" in offer.text
    slot = attr(offer, "input[name=slot]", "value")
    assert member.post(link, {"slot": slot}).status_code == 303
    # Nobody who still waits for an answer reads that they have the place.
    told = member.page(link).text
    assert "待组织者审核" in told
    assert "报名成功" not in told
    [(name, state)] = states(app)
    assert state == "applied"
    waiting = worker.page(f"/a/{world.codes['happy']}/volunteer/signups/waiting")
    assert name in waiting.text
    picked = attr(waiting, "td.pick input", "value")
    decided = {"id": picked, "outcome": "approved"}
    assert worker.post(f"/a/{world.codes['happy']}/volunteer/signups/waiting", decided).status_code == 303
    assert states(app) == [(name, "approved")]
    mine = member.page("/me/volunteer/signups")
    assert mine.find(string=lambda text: text and "有新变化" in text and "下方" not in text)
    member.post("/me/volunteer/signups/seen")
    cancel = attr(mine, "form[action$='/cancel']", "action")
    assert member.post(cancel).status_code == 303
    assert states(app) == [(name, "cancelled")]


def test_staff_enter_a_group_by_names_and_namesakes_come_back_to_be_decided_on(
    app: Flask, world: World, worker: Browser
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        for name in ("赵一", "钱二", "钱二"):
            make_person(session, area, name)
    where = plan(worker, world, **{"places-1": "2"})
    slot = attr(worker.page(where), "#e-slot option", "value")
    page = worker.post(where + "/people", {"slot": slot, "names": "赵一、钱二、无此人", "party": "市政公司"})
    assert page.status_code == 200
    assert "无此人" in page.get_data(as_text=True)
    assert states(app) == [("赵一", "approved")]
    chosen = worker.page(where).text
    assert "市政公司" in chosen
    refused = worker.post(where + "/people", {"slot": slot, "names": "无此人、赵一", "party": "长" * 61})
    assert refused.status_code == 200
    assert "无此人" in refused.get_data(as_text=True)
    export = worker.get(where + "?export=csv").get_data(as_text=True)
    assert "赵一" in export


def test_a_leader_decides_on_the_teams_activities_and_on_no_others(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        now = at(DAY, "08:00")
        team = VolunteerTeam(area_id=happy.id, name="红马甲", created_at=now, created_by="test")
        session.add(team)
        session.flush()
        member = make_person(session, happy, "孙三")
        for person, role in ((world.person_ids["grid1"], LEADER), (member.id, MEMBER)):
            session.add(
                VolunteerMember(
                    team_id=team.id, person_id=person, role=role, joined_on=date(2026, 1, 1), recorded_at=now,
                    recorded_by="test",
                )
            )  # fmt: skip
        team_id = team.public_id
    plan(worker, world, team=team_id, needs_approval="y")
    own = activity_id(app)
    plan(worker, world, title="别队的活动")
    leader: Browser = sign_in(world.accounts["member"])
    listed = leader.page(f"/me/volunteer/leading?team={team_id}")
    assert "清洁家园" in listed.text
    assert "别队的活动" not in listed.text
    page = leader.page(f"/me/volunteer/leading/{own}")
    form = {
        "slot": attr(page, "#e-slot option", "value"),
        "person": attr(page, f"#{attr(page, 'label:-soup-contains(孙三)', 'for')}", "value"),
    }
    assert leader.post(f"/me/volunteer/leading/{own}/people", form).status_code == 303
    assert states(app) == [("孙三", "approved")]
    picked = attr(leader.page(f"/me/volunteer/leading/{own}"), "td.pick input", "value")
    gone = {"id": picked, "outcome": "cancelled", "reason": "改期"}
    assert leader.post(f"/me/volunteer/leading/{own}/decide", gone).status_code == 303
    assert states(app) == [("孙三", "cancelled")]
    stranger: Browser = sign_in(world.accounts["secretary"])
    for address in ("/me/volunteer/leading", f"/me/volunteer/leading/{own}"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"/me/volunteer/leading/{own}/decide", gone).status_code == 404


def test_a_guardian_signs_the_child_up_together_with_themselves(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        child = make_person(session, happy, "小明", birth_date=date(2010, 3, 1))
        session.add(
            VolunteerGuardian(
                person_id=child.id, guardian_id=world.person_ids["grid1"], relation="父亲",
                recorded_at=at(DAY, "08:00"), recorded_by="test",
            )
        )  # fmt: skip
        child_id = child.public_id
    plan(worker, world, **{"places-1": "5"})
    member: Browser = sign_in(world.accounts["member"])
    link = f"/me/volunteer/recruiting/{activity_id(app)}"
    slot = attr(member.page(link), "input[name=slot]", "value")
    # Without consent the child is refused, with the reason, and nobody else is named.
    member.post(link, {"slot": slot, "who": child_id})
    assert states(app) == []
    assert "监护人" in member.page(link).text
    member.post(link, {"slot": slot, "who": world.people["sunny"]})
    assert states(app) == []
    with app.app_context(), unit_of_work(drain=False) as session:
        row = session.scalars(select(VolunteerGuardian)).one()
        session.add(
            VolunteerConsent(
                guardian_row_id=row.id, from_on=date(2026, 1, 1), method="paper", given_at=at(DAY, "08:00"),
                recorded_by="test",
            )
        )  # fmt: skip
    member.post(link, {"slot": slot, "who": [child_id, world.people["grid1"]]})
    assert states(app) == [("李一", "approved"), ("小明", "approved")]
    assert "小明" in member.page("/me/volunteer/signups").text


def test_strangers_read_activities_for_everybody_without_names_contacts_or_drafts(
    app: Flask, world: World, worker: Browser
) -> None:
    plan(worker, world)
    public_id = activity_id(app)
    plan(worker, world, title="只给本社区", audience="area")
    plan(worker, world, title="草稿活动", open="")
    stranger = app.test_client()
    base = f"/public/{world.codes['street']}/volunteer/"
    listed = stranger.get(base).get_data(as_text=True)
    assert "清洁家园" in listed
    assert "只给本社区" not in listed
    assert "草稿活动" not in listed
    one = stranger.get(base + public_id)
    assert one.status_code == 200
    assert "0991-1234567" not in one.get_data(as_text=True)
    assert stranger.get(base + "aaaaaaaaaaaaaaaa").status_code == 404
    block = stranger.get(f"/public/{world.codes['happy']}/").get_data(as_text=True)
    assert "清洁家园" in block
    # Not under what is to come either, as every other planned activity is.
    assert "草稿活动" not in block
    assert "只给本社区" in block


def test_the_pages_ask_as_many_statements_whatever_the_numbers(
    app: Flask, world: World, worker: Browser
) -> None:
    where = plan(worker, world, **{"places-1": "50"})
    index = f"/a/{world.codes['happy']}/volunteer/signups/"
    slot = attr(worker.page(where), "#e-slot option", "value")
    numbers = []
    for round_ in range(2):
        with app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, world.areas["happy"])
            for n in range(4):
                make_person(session, area, f"周{'一二三四五六七八'[round_ * 4 + n]}")
        names = "、".join(f"周{c}" for c in "一二三四五六七八"[round_ * 4 : round_ * 4 + 4])
        worker.post(where + "/people", {"slot": slot, "names": names})
        counts = []
        for address in (index, where, index + "waiting"):
            with counted(app) as statements:
                worker.page(address)
            counts.append(len(statements))
        numbers.append(counts)
    assert numbers[0] == numbers[1]
    assert max(numbers[0]) <= 12


def test_what_took_place_gets_its_team_on_a_page(app: Flask, world: World, worker: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["happy"])
        record(session, happy, [make_draft(session, happy, person, day=date(2026, 6, 1))], SYSTEM, "test")
        team = VolunteerTeam(area_id=happy.id, name="红马甲", created_at=at(DAY, "08:00"), created_by="test")
        session.add(team)
        session.flush()
        team_id = team.public_id
    address = f"/a/{world.codes['happy']}/volunteer/signups/teams"
    page = worker.page(address)
    chosen = {"id": attr(page, "td.pick input", "value"), "team": team_id}
    assert worker.post(address, {**chosen, "team": ""}).status_code == 303
    assert worker.page(address).select_one("td.pick input") is not None
    assert worker.post(address, chosen).status_code == 303
    assert worker.page(address).select_one("td.pick input") is None
    assert "红马甲" in worker.page(address + "?show=all").text


def test_bad_input_on_the_plan_is_told_at_its_field_and_keeps_what_was_typed(
    app: Flask, world: World, worker: Browser
) -> None:
    address = NEW.format(world.codes["happy"])
    base = {
        "title": "清洁家园", "kind": "volunteer_service", "day": DAY.isoformat(), "start_at": "09:00",
        "end_at": "12:00",
        "audience": "everybody", "weeks": "1",
    }  # fmt: skip
    wrong = (
        {"weeks": "60"}, {"min_age": "400"}, {"role-1": "引导员", "places-1": "x"},
        {"role-1": "引导员", "from-1": "08:00", "to-1": "08:30"}, {"audience": "team"},
        {"day": "9999-12-31"}, {"day": "9999-12-31", "start_at": "22:00", "end_at": "06:00"}, {"day": "0001-01-01"},
    )  # fmt: skip
    for change in wrong:
        answer = worker.post(address, {**base, **change})
        assert answer.status_code == 422, change
        assert "清洁家园" in answer.get_data(as_text=True)
    with app.app_context(), unit_of_work() as session:
        assert session.scalars(select(VolunteerActivity)).all() == []
