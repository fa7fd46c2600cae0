"""Sending wishes to units: once at a time, by rules of the nearest area, answered in time, reminded once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.dispatch import (
    linking,
    members,
    organisations,
    personal,
    queries,
    reminders,
    routes,
    services,
)
from pointsys.plugins.wish_wall.dispatch.models import WishesDispatch, WishesDispatchStep, WishesLiaison
from pointsys.plugins.wish_wall.dispatch.queries import DispatchFilters
from pointsys.plugins.wish_wall.models import WishesEvent, WishesWish
from tests.conftest import FixedClock

from .office import DUE, STAFF, Office, code_of, new_liaison


def history(wish: int) -> list[str]:
    """What happened to a wish."""
    with read_scope() as session:
        query = select(WishesEvent.action).where(WishesEvent.wish_id == wish).order_by(WishesEvent.id)
        return list(session.scalars(query))


def test_a_unit_takes_a_wish_on_and_answers_and_each_step_is_on_record(office: Office) -> None:
    wish = office.wish()
    sent = office.send(wish)
    assert code_of(lambda: office.send(wish, "民政办")) == "already_sent"

    office.act(sent, "accept")
    assert code_of(lambda: office.act(sent, "accept")) == "bad_state"
    assert code_of(lambda: office.act(sent, "answer", "  ")) == "answer_required"
    office.act(sent, "answer", "周三上门更换")
    assert code_of(lambda: office.act(sent, "send_back", "不是我们的")) == "bad_state"

    with read_scope() as session:
        row = session.get_one(WishesDispatch, sent)
        assert (row.state, row.answer, row.ended_at) == ("answered", "周三上门更换", current_site().now())
        steps = session.scalars(select(WishesDispatchStep.action).order_by(WishesDispatchStep.id)).all()
        assert list(steps) == ["sent", "accepted", "answered"]
        events = session.scalars(select(AuditRow.event).where(AuditRow.object_type == "wishes.wish"))
        assert {"wishes.dispatch", "wishes.accept", "wishes.reply"} <= set(events)
        # The wish itself is where it was.
        assert session.get_one(WishesWish, wish).state == "published"
    assert history(wish) == ["dispatch", "accept", "reply"]
    # Answered, it can be sent elsewhere.
    office.send(wish, "民政办")


def test_what_came_back_or_was_called_back_needs_a_reason(office: Office) -> None:
    first, second = office.send(office.wish()), office.send(office.wish())
    assert code_of(lambda: office.act(first, "send_back", "")) == "reason_required"
    assert code_of(lambda: office.act(second, "recall", " ", by=STAFF)) == "reason_required"
    assert code_of(lambda: office.act(first, "send_back", "长" * 1001)) == "text_too_long"
    office.act(first, "send_back", "归民政办管")
    office.act(second, "recall", "发错了", by=STAFF)
    with read_scope() as session:
        assert [row.state for row in session.scalars(select(WishesDispatch).order_by(WishesDispatch.id))] == [
            "returned",
            "recalled",
        ]


def test_only_open_wishes_are_sent_and_not_those_of_ones_own(office: Office) -> None:
    assert code_of(lambda: office.send(office.wish(state="submitted"))) == "bad_state"
    assert code_of(lambda: office.send(office.wish(taken=1))) == "bad_state"
    office.send(office.wish(state="expired"))
    own = Actor("self", account_id=901, person_id=office.people["wisher"])
    assert code_of(lambda: office.send(office.wish(), by=own)) == "self_review"
    assert code_of(lambda: office.send(office.wish(), request="去 3 栋 2 单元 502")) == "personal_data"
    assert code_of(lambda: office.send(office.wish(), request="请联系心愿人")) == "personal_data"
    for due in (date(2026, 7, 9), date(2027, 7, 17)):
        assert code_of(lambda due=due: office.send(office.wish(), due_on=due)) == "bad_due"  # type: ignore[misc]


def test_no_wish_is_sent_from_where_micro_wishes_are_off(office: Office) -> None:
    wish = office.wish()
    with unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, office.areas["happy"]), "wish_wall", False, SYSTEM)
    assert code_of(lambda: office.send(wish)) == "not_open"
    with read_scope() as session:
        assert routes.sendable(session, office.areas["happy"]) == []


def test_two_who_send_a_wish_at_once_send_it_once(app: Flask, office: Office) -> None:
    wish, start = office.wish(), Barrier(2)

    def send(unit: str) -> str:
        with app.app_context():
            start.wait()
            try:
                office.send(wish, unit)
            except Problem as error:
                return error.code
            return "sent"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, ("供电公司", "民政办"))) == ["already_sent", "sent"]


def test_wishes_go_where_the_rule_of_the_nearest_area_says(office: Office) -> None:
    first, second, third = office.wish(), office.wish(category="skill"), office.wish(state="submitted")
    with unit_of_work(drain=False) as session:
        happy, grid = (session.get_one(Area, office.areas[name]) for name in ("happy", "grid1"))
        power, welfare = (office.unit(session, name).public_id for name in ("供电公司", "民政办"))
        routes.set_route(session, happy, "item", power, 5, STAFF)
        routes.set_route(session, grid, "item", welfare, 3, STAFF)
    with read_scope() as session:
        found = routes.routes_in(session, office.areas["grid1"])["item"]
        assert (found.organisation.name, found.days, found.inherited) == ("民政办", 3, False)
        assert routes.routes_in(session, office.areas["grid2"])["item"].inherited
        assert routes.routes_in(session, office.areas["sunny"]) == {}
        assert [wish.id for wish in routes.sendable(session, office.areas["happy"])] == [first, second]
        ids = [session.get_one(WishesWish, wish).public_id for wish in (first, second, third)]
    with unit_of_work(drain=False) as session:
        street = session.get_one(Area, office.areas["street"])
        done = routes.send_by_routes(session, street, ids, STAFF)
        assert (done.sent, done.without, done.refused) == (1, 1, 1)
    with read_scope() as session:
        row = session.scalars(select(WishesDispatch)).one()
        # Friday 10 July and three working days.
        assert (row.wish_id, row.organisation_id, row.due_on) == (
            first,
            office.units["民政办"],
            date(2026, 7, 15),
        )
        assert [wish.id for wish in routes.sendable(session, office.areas["happy"])] == [second]
    with unit_of_work(drain=False) as session:
        grid = session.get_one(Area, office.areas["grid1"])
        assert code_of(lambda: routes.set_route(session, grid, "cash", power, 5, STAFF)) == "category_unknown"
        assert (
            code_of(lambda: routes.set_route(session, grid, "item", "none", 5, STAFF))
            == "unknown_organisation"
        )
        assert code_of(lambda: routes.set_route(session, grid, "item", power, 0, STAFF)) == "bad_days"
        routes.set_route(session, grid, "item", "", 0, STAFF)
        assert routes.routes_in(session, grid.id)["item"].inherited


def test_a_liaison_sees_what_was_sent_to_their_unit_while_their_link_lasts(office: Office) -> None:
    mine, other = office.send(office.wish(title="修灯")), office.send(office.wish(), "民政办")

    def seen(actor: Actor) -> list[str]:
        with read_scope() as session:
            rows, total = queries.sent_to(session, actor, DispatchFilters(), limit=9, offset=0)
            assert total == len(rows)
            return [row.title for row in rows]

    assert seen(office.liaison) == ["修灯"]
    with unit_of_work(drain=False) as session:
        happy = session.get_one(Area, office.areas["happy"])
        stranger = new_liaison(session, happy, "unit2")
        # The role without a link, and a link without the role, open nothing.
        bare = Actor("bare", account_id=office.liaison.account_id)
        named = {
            name: session.get_one(WishesDispatch, row).public_id
            for name, row in (("own", mine), ("other", other))
        }
        assert queries.one_to(session, office.liaison, named["own"]) is not None
        assert queries.one_to(session, office.liaison, named["other"]) is None
    assert (seen(stranger), seen(bare), seen(STAFF)) == ([], [], [])

    with unit_of_work(drain=False) as session:
        unit = office.unit(session)
        link = session.scalars(select(WishesLiaison)).one()
        assert code_of(lambda: linking.link(session, unit, office.liaison.account, STAFF)) == "already_linked"
        assert code_of(lambda: linking.link(session, unit, "nobody", STAFF)) == "not_a_liaison"
        assert code_of(lambda: linking.link(session, unit, stranger.account, stranger)) == "own_matter"
        linking.end_link(session, unit, link.public_id, STAFF)
        assert code_of(lambda: linking.end_link(session, unit, link.public_id, STAFF)) == "link_ended"
    assert seen(office.liaison) == []


def test_a_unit_closes_when_nothing_is_open_and_takes_nothing_from_then(office: Office) -> None:
    sent = office.send(office.wish())
    with unit_of_work(drain=False) as session:
        happy = session.get_one(Area, office.areas["happy"])
        unit = office.unit(session)
        routes.set_route(session, happy, "item", unit.public_id, 5, STAFF)
        assert code_of(lambda: organisations.close(session, unit, STAFF)) == "bad_state"
        assert code_of(lambda: organisations.add(session, happy, " 供电公司 ", "unit", STAFF)) == "name_taken"
        assert code_of(lambda: organisations.add(session, happy, "x" * 101, "unit", STAFF)) == "name_needed"
        assert code_of(lambda: organisations.add(session, happy, "新", "bank", STAFF)) == "bad_kind"
    office.act(sent, "answer", "好的")
    with unit_of_work(drain=False) as session:
        organisations.close(session, office.unit(session), STAFF)
    with read_scope() as session:
        assert organisations.organisations_of(session, office.liaison) == []
        assert routes.routes_in(session, office.areas["happy"]) == {}
        names = [unit.name for unit in organisations.organisations_below(session, office.areas["street"])]
        assert names == ["民政办"]
    assert code_of(lambda: office.send(office.wish())) == "bad_state"


def test_people_take_part_by_their_names_once_each_over_merged_rows(office: Office) -> None:
    with unit_of_work(drain=False) as session:
        unit = office.unit(session)
        assert members.add_members(session, unit, "甲一、乙二、甲一", STAFF) == 2
        assert members.add_members(session, unit, "乙二", STAFF) == 0
        assert code_of(lambda: members.add_members(session, unit, "无此人", STAFF)) == "name_unknown"
        assert code_of(lambda: members.add_members(session, unit, " ", STAFF)) == "names_needed"
        assert [person.name for person in members.members_of(session, unit.id)] == ["甲一", "乙二"]
        first, _second = members.memberships_of(session, unit.id)
        members.end_member(session, unit, first[0].public_id, STAFF)
        assert [person.name for person in members.members_of(session, unit.id)] == ["乙二"]
    with unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, office.people[name]) for name in ("two", "one"))
        merge_people(session, kept, merged, SYSTEM)
    with unit_of_work(drain=False) as session:
        assert members.add_members(session, office.unit(session), "乙二", STAFF) == 0


def test_reminders_come_in_time_and_once_with_two_runs_at_once(
    app: Flask, office: Office, clock: FixedClock
) -> None:
    wish = office.wish()
    sent = office.send(wish)
    clock.advance(days=5)
    assert reminders.remind(clock.now) == 0
    clock.advance(days=1)
    start = Barrier(2)

    def run(_number: int) -> int:
        with app.app_context():
            start.wait()
            return int(reminders.remind(clock.now))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [0, 1]
    assert reminders.remind(clock.now) == 0
    clock.advance(days=2)
    assert reminders.remind(clock.now) == 1
    with read_scope() as session:
        row = session.get_one(WishesDispatch, sent)
        assert (row.reminders, row.reminded_on) == (2, DUE + timedelta(days=1))
        (line,), _total = queries.sent_from(
            session, office.areas["happy"], DispatchFilters(state="overdue"), limit=9, offset=0
        )
        assert (line.left, line.overdue) == (-1, True)
    assert history(wish) == ["dispatch", "remind", "remind"]


def test_nobody_is_reminded_of_wishes_that_are_over_or_where_the_plugin_is_off(
    office: Office, clock: FixedClock
) -> None:
    over, there = office.wish(), office.wish()
    ended, left = office.send(over), office.send(there)
    clock.advance(days=8)
    with unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).where(WishesWish.id == over).values(state="realized"))
    with unit_of_work(drain=False) as session:
        street = session.get_one(Area, office.areas["street"])
        switch_plugin(session, street, "wish_wall", False, SYSTEM)
    assert reminders.remind(clock.now) == 0
    with unit_of_work(drain=False) as session:
        street = session.get_one(Area, office.areas["street"])
        switch_plugin(session, street, "wish_wall", True, SYSTEM)
    assert reminders.remind(clock.now) == 1
    with read_scope() as session:
        assert session.get_one(WishesDispatch, ended).state == "recalled"
        assert session.get_one(WishesDispatch, left).reminders == 1


def test_words_about_a_wisher_go_with_them_and_they_get_a_copy(office: Office) -> None:
    sent = office.send(office.wish())
    office.act(sent, "answer", "心愿人家里的灯修好了")
    wisher, one = office.people["wisher"], office.people["one"]
    with unit_of_work(drain=False) as session:
        members.add_members(session, office.unit(session), "甲一", STAFF)
        copy: Any = personal.export(session, wisher, [wisher])
        (told,) = copy["wishes_sent"]
        assert (told["unit"], told["answer"]) == ("供电公司", "心愿人家里的灯修好了")
        other: Any = personal.export(session, one, [one])
        assert other["units"][0]["unit"] == "供电公司"
        personal.erase(session, wisher, [wisher])
        personal.erase(session, one, [one])
    with read_scope() as session:
        row = session.get_one(WishesDispatch, sent)
        assert (row.state, row.request, row.answer) == ("answered", "", "")
        assert set(session.scalars(select(WishesDispatchStep.note))) == {""}
        assert members.members_of(session, office.units["供电公司"]) == []


def test_staff_find_what_was_sent_by_number_unit_kind_and_state(office: Office) -> None:
    first = office.send(office.wish(title="修灯", category="service"))
    office.send(office.wish(title="台灯"), "民政办")
    office.act(first, "accept")
    with read_scope() as session:
        unit = office.unit(session).public_id

        def titles(**wanted: str) -> list[str]:
            rows, _total = queries.sent_from(
                session, office.areas["street"], DispatchFilters(**wanted), limit=9, offset=0
            )
            return [row.title for row in rows]

        assert titles() == ["修灯", "台灯"]
        assert titles(q="2026-0002") == ["台灯"]
        assert titles(q="修") == titles(organisation=unit) == titles(category="service") == ["修灯"]
        assert titles(state="accepted") == ["修灯"]
        assert titles(state="waiting") == ["修灯", "台灯"]
        assert titles(state="overdue") == []
        sunny, _total = queries.sent_from(
            session, office.areas["sunny"], DispatchFilters(), limit=9, offset=0
        )
        assert sunny == []
        assert services.STATES["accepted"] == "taken on"
