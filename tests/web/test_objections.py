"""Pages of objections: a member raises one on the phone, staff answer within the time, and each sees the other."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.objections.models import Objection
from pointsys.core.people.models import Person
from pointsys.core.publicity import services as publicity
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.core.test_publicity import NOTICE
from tests.factories import make_draft


@pytest.fixture
def entry(app: Flask, world: World) -> str:
    """The outside id of an entry of the member of grid 1, recorded and confirmed by the worker."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["worker"])
        person = session.get_one(Person, world.person_ids["grid1"])
        area = session.get_one(Area, world.areas["happy"])
        draft = make_draft(session, area, person, day=date(2026, 7, 1))
        actor = Actor(account.login, account_id=account.id)
        (made,) = record(session, area, [draft], actor, "test", confirm=True)
        return session.get_one(Entry, made.entry_id).public_id


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一, whose entry it is."""
    return sign_in(world.accounts["member"])


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """Somebody of the sub-district, who had no part in it."""
    return sign_in(world.accounts["office"])


def raised(app: Flask) -> Objection:
    """The newest objection."""
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(Objection).order_by(Objection.id.desc()).limit(1)).one()
        session.expunge(found)
        return found


def status_of(app: Flask, entry: str) -> str:
    """The status of an entry."""
    with app.app_context(), read_scope() as session:
        return session.scalars(select(Entry.status).where(Entry.public_id == entry)).one()


def test_a_member_objects_and_reads_the_answer_with_role_and_time(
    app: Flask, world: World, entry: str, member: Browser, office: Browser
) -> None:
    assert "清洁家园 2026-07-01" in member.page(f"/me/entries/{entry}/objection").get_text()
    response = member.post(f"/me/entries/{entry}/objection", {"text": "我做了三小时"})
    assert response.location == "/me/objections"
    assert "应于 2026-07-21（含）前答复" in member.page("/me/objections").get_text()

    code, objection = world.codes["happy"], raised(app)
    assert "李一" in office.page(f"/a/{code}/objections").get_text()
    office.post(f"/a/{code}/objections/{objection.public_id}", {"outcome": "partly", "text": "多记半小时"})

    text = member.page("/me/objections").get_text(" ")
    for part in ("部分成立", "多记半小时", "office 于 2026-07-10 10:00 答复", "街道办事处"):
        assert part in text


def test_who_recorded_it_is_told_who_may_answer_instead(
    app: Flask, world: World, entry: str, member: Browser, worker: Browser
) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    path = f"/a/{world.codes['happy']}/objections/{raised(app).public_id}"
    page = worker.page(path)

    # The entry is marked at once, whoever looks at it.
    log = worker.page(f"/a/{world.codes['happy']}/log/{entry}")
    assert log.select_one(f'#objections a[href="{path}"]') is not None
    assert page.select('main form[method="post"]') == []
    assert "office（街道办事处，平安街道）" in page.get_text()
    refusal = worker.post(path, {"outcome": "rejected", "text": "我记的没错"})
    assert refusal.status_code == 422
    assert "须由别人处理" in refusal.text
    assert raised(app).state == "open"


def test_an_upheld_objection_can_void_the_entry_in_one_act(
    app: Flask, world: World, entry: str, member: Browser, office: Browser
) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不是我"})
    path = f"/a/{world.codes['happy']}/objections/{raised(app).public_id}"
    assert office.page(path).select_one(f'a[href$="/log/{entry}"]') is not None

    refusal = office.post(path, {"outcome": "rejected", "text": "x", "void": "1"})
    assert refusal.status_code == 422
    assert status_of(app, entry) == "confirmed"
    office.post(path, {"outcome": "upheld", "text": "记错了人", "void": "1"})

    assert status_of(app, entry) == "voided"
    assert raised(app).state == "answered"


def test_what_was_typed_is_still_there_after_a_refusal(
    app: Flask, world: World, entry: str, member: Browser, office: Browser
) -> None:
    response = member.post(f"/me/entries/{entry}/objection", {"text": "长" * 1001})
    assert response.status_code == 422
    assert "长" * 1001 in response.text
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    path = f"/a/{world.codes['happy']}/objections/{raised(app).public_id}"
    refusal = office.post(path, {"outcome": "maybe", "text": "我的话"})
    assert refusal.status_code == 422
    assert "我的话" in refusal.text


def test_somebody_else_s_entry_looks_like_a_missing_one(
    app: Flask, entry: str, sign_in: SignIn, world: World
) -> None:
    for account in ("worker", "nobody"):
        browser = sign_in(world.accounts[account])
        for path in (f"/me/entries/{entry}/objection", "/me/entries/zzzz/objection"):
            assert browser.get(path).status_code == 404
            assert browser.post(path, {"text": "x"}).status_code == 404
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(Objection.id)) is None


def test_one_takes_back_one_s_own_alone(
    app: Flask, entry: str, member: Browser, worker: Browser, world: World
) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    path = f"/me/objections/{raised(app).public_id}/withdraw"

    assert worker.post(path).status_code == 404
    assert raised(app).state == "open"
    member.post(path)
    assert raised(app).state == "withdrawn"
    assert "已撤回" in member.page("/me/objections").get_text()


def test_a_second_objection_to_the_same_entry_waits_for_the_first(entry: str, member: Browser) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    page = member.page(f"/me/entries/{entry}/objection")

    assert page.select("textarea") == []
    assert member.post(f"/me/entries/{entry}/objection", {"text": "还是不对"}).status_code == 422


def test_a_notice_is_objected_to_by_whoever_is_signed_in(
    app: Flask, world: World, member: Browser, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        notice = publicity.publish(session, area, NOTICE, Actor("x", account_id=99)).public_id
    path = f"/me/publicity/{notice}/objection"
    stranger = Browser(app)
    assert stranger.get(path).location.startswith("/sign-in")
    for browser in (member, sign_in(world.accounts["sunny_worker"])):
        assert browser.post(path, {"text": "名单不对"}).location == "/me/objections"
    assert member.get("/me/publicity/zzzz/objection").status_code == 404


def test_an_overdue_objection_is_marked_on_every_list(
    world: World, entry: str, member: Browser, office: Browser, clock: FixedClock, app: Flask, sign_in: SignIn
) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    clock.advance(days=12)
    office, member = sign_in(world.accounts["office"]), sign_in(world.accounts["member"])
    page = office.page(f"/a/{world.codes['street']}/objections?state=overdue")

    assert len(page.select("tr.row-late")) == 1
    assert "已超期" in page.select_one("tr.row-late").get_text()  # type: ignore[union-attr]
    assert "已超期" in member.page("/me/objections").get_text()


def test_a_foreign_objection_looks_like_a_missing_one(
    app: Flask, world: World, entry: str, member: Browser, sign_in: SignIn
) -> None:
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    sunny = sign_in(world.accounts["sunny_worker"])
    for objection in (raised(app).public_id, "zzzz"):
        path = f"/a/{world.codes['sunny']}/objections/{objection}"
        assert sunny.get(path).status_code == 404
        assert sunny.post(path, {"outcome": "upheld", "text": "x"}).status_code == 404
    assert sunny.page(f"/a/{world.codes['sunny']}/objections").select("tbody tr") == []
    assert raised(app).state == "open"


def test_the_list_costs_the_same_however_many_there_are(
    app: Flask, world: World, office: Browser, member: Browser, entry: str, sign_in: SignIn
) -> None:
    code = world.codes["happy"]

    def cost() -> int:
        with counted(app) as statements:
            office.page(f"/a/{code}/objections")
        return sum(statement != "BEGIN" for statement in statements)

    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        notice = publicity.publish(session, area, NOTICE, Actor("x", account_id=99)).public_id

    def object_as(account: str) -> None:
        sign_in(world.accounts[account]).post(f"/me/publicity/{notice}/objection", {"text": "不对"})

    object_as("worker")
    few = cost()
    for account in ("sunny_worker", "grid_worker", "secretary"):
        object_as(account)
    # One of them looks up the names of all who objected.
    assert cost() == few <= 6


def test_the_days_of_an_area_are_set_on_a_page_and_rule_what_comes(
    app: Flask, world: World, entry: str, member: Browser, office: Browser
) -> None:
    path = f"/a/{world.codes['street']}/settings/deadlines"
    assert office.post(path, {"publicity": "0", "answers": "x"}).status_code == 422
    assert office.post(path, {"requests": "16"}).status_code == 422
    office.post(path, {"publicity": "", "answers": "3"})

    assert office.page(path).select_one("#answers")["value"] == "3"  # type: ignore[index]
    member.post(f"/me/entries/{entry}/objection", {"text": "不对"})
    assert raised(app).due_on == date(2026, 7, 15)
