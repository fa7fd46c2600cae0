"""A member's calendar feed: what it holds, and that its address is a secret that can be taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import VOIDED
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.feeds import FeedToken
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.feed import WRONG_ADDRESSES
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import at, make_draft


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一 of grid 1."""
    return sign_in(world.accounts["member"])


def make_feed(member: Browser) -> str:
    """Make a feed and return its path."""
    page = BeautifulSoup(member.post("/me/calendar").data, "html.parser")
    field = page.select_one("#feed-address")
    assert field is not None
    address = str(field["value"])
    assert address.startswith("http://localhost/feed/")
    return address.removeprefix("http://localhost")


def serve(app: Flask, world: World, person: str = "grid1", area: str = "happy", **kwargs: object) -> int:
    """Record an entry; returns its id."""
    confirm = bool(kwargs.pop("confirm", True))
    with app.app_context(), unit_of_work() as session:
        place = session.get_one(Area, world.areas[area])
        somebody = session.get_one(Person, world.person_ids[person])
        draft = make_draft(session, place, somebody, **kwargs)  # type: ignore[arg-type]
        return record(session, place, [draft], SYSTEM, "test", confirm=confirm)[0].entry_id


def plan(app: Flask, world: World, area: str, title: str, day: date) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        where = session.get_one(Area, world.areas[area])
        window = Plan(at(day, "09:00"), at(day, "11:30"), place="社区广场")
        kind = kinds_for(session, where.id)["志愿服务"].id
        plan_activity(session, where, kind, title, day, window, SYSTEM)


def events(app: Flask, path: str) -> dict[str, Any]:
    """The events of a feed by title, read by somebody who is not signed in."""
    answer = Browser(app).get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return {str(event["summary"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_the_feed_holds_what_is_planned_around_the_member_and_what_they_did(
    app: Flask, member: Browser, world: World
) -> None:
    serve(app, world, title="清洁家园", place="东门")
    serve(app, world, title="等确认", day=date(2026, 7, 2), confirm=False)
    serve(app, world, title="没有时间", day=date(2026, 7, 3), start=None, end=None, kind="主题党日")
    serve(app, world, title="两年前", day=date(2024, 7, 2), accepted_late="paper")
    plan(app, world, "happy", "义诊", date(2026, 7, 12))
    plan(app, world, "sunny", "别的社区的", date(2026, 7, 12))
    found = events(app, make_feed(member))

    assert set(found) == {"清洁家园", "等确认（待确认）", "没有时间", "义诊"}
    done = found["清洁家园"]
    assert done["dtstart"].dt.isoformat() == "2026-07-01T09:00:00+08:00"
    assert done["dtend"].dt.isoformat() == "2026-07-01T11:00:00+08:00"
    assert (str(done["location"]), str(done["status"])) == ("东门", "CONFIRMED")
    assert str(found["等确认（待确认）"]["status"]) == "TENTATIVE"
    assert found["没有时间"]["dtstart"].dt == date(2026, 7, 3)
    assert str(found["义诊"]["location"]) == "社区广场"


def test_the_feed_holds_nobody_else_s_data_and_nothing_that_was_voided(
    app: Flask, member: Browser, world: World
) -> None:
    serve(app, world, person="happy", title="别人的事")
    gone = serve(app, world, title="作废的")
    with app.app_context(), unit_of_work() as session:
        decide(session, [gone], VOIDED, "by mistake", SYSTEM)
    path = make_feed(member)

    assert events(app, path) == {}
    assert "李一" not in Browser(app).get(path).text


def test_what_one_takes_part_in_stands_there_once(app: Flask, member: Browser, world: World) -> None:
    plan(app, world, "happy", "今天的", date(2026, 7, 10))
    serve(app, world, title="今天的", day=date(2026, 7, 10), start="08:00", end="09:00")
    answer = Browser(app).get(make_feed(member)).text

    assert answer.count("BEGIN:VEVENT") == 1
    assert "UID:entry-" in answer


def test_titles_cannot_break_out_of_their_line(app: Flask, member: Browser, world: World) -> None:
    plan(app, world, "happy", "义诊;END:VEVENT,\\n<script>", date(2026, 7, 12))
    found = events(app, make_feed(member))

    assert list(found) == ["义诊;END:VEVENT,\\n<script>"]


def test_a_program_that_asks_again_is_told_that_nothing_changed(
    app: Flask, member: Browser, world: World, clock: FixedClock
) -> None:
    serve(app, world, title="清洁家园")
    path, reader = make_feed(member), Browser(app)
    tag = reader.get(path).headers["ETag"]
    clock.advance(minutes=20)

    again = reader.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")

    serve(app, world, title="又一次", day=date(2026, 7, 2))
    assert reader.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_feed_that_was_taken_back_is_gone_like_one_that_never_was(
    app: Flask, member: Browser, world: World
) -> None:
    path = make_feed(member)
    member.post("/me/calendar/revoke")

    gone, never = Browser(app).get(path), Browser(app).get("/feed/never-made.ics")
    assert gone.status_code == never.status_code == 404
    assert gone.text == never.text


def test_a_new_address_ends_the_old_one(app: Flask, member: Browser, world: World) -> None:
    old, new = make_feed(member), make_feed(member)

    assert old != new
    assert Browser(app).get(old).status_code == 404
    assert Browser(app).get(new).status_code == 200


def test_the_feed_of_a_disabled_account_is_off(app: Flask, member: Browser, world: World) -> None:
    path = make_feed(member)
    with app.app_context(), unit_of_work(drain=False) as session:
        accounts.disable_account(session, session.get_one(Account, world.accounts["member"]), SYSTEM)

    assert Browser(app).get(path).status_code == 404


def test_the_secret_is_long_shown_once_and_stored_as_a_hash(
    app: Flask, member: Browser, world: World
) -> None:
    token = make_feed(member).removeprefix("/feed/").removesuffix(".ics")

    # 192 bits in base64.
    assert len(token) == 32
    assert token not in member.get("/me/calendar").text
    with app.app_context(), read_scope() as session:
        assert token not in session.scalars(select(FeedToken.token_hash)).all()


def test_who_tries_many_addresses_is_answered_no_more(
    app: Flask, member: Browser, world: World, clock: FixedClock
) -> None:
    path, guesser = make_feed(member), Browser(app)
    for number in range(WRONG_ADDRESSES):
        assert guesser.get(f"/feed/guess{number}.ics").status_code == 404

    assert guesser.get(path).status_code == 429
    clock.advance(minutes=11)
    assert guesser.get(path).status_code == 200


def test_making_a_feed_needs_a_post_and_one_s_own_account(app: Flask, world: World, member: Browser) -> None:
    assert Browser(app).post("/me/calendar").status_code in (302, 303)
    member.get("/me/calendar")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(FeedToken)).all() == []


def test_the_feed_costs_as_many_statements_for_many_entries_as_for_few(
    app: Flask, member: Browser, world: World
) -> None:
    path, reader = make_feed(member), Browser(app)
    numbers = []
    for count in (1, 12):
        for number in range(count):
            serve(app, world, title=f"{count}-{number}", day=date(2026, 6, 1 + number))
        with counted(app) as statements:
            reader.get(path)
        numbers.append(len(statements))

    assert numbers[0] == numbers[1] <= 9
