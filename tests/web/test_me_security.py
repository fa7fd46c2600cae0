"""“Sign-in and security”: what one sees of one's own sign-ins, what one ends, and when one is asked again."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.accounts import passwords, rules, sessions
from pointsys.core.accounts.browsers import browser_name
from pointsys.core.accounts.models import Account, LoginSession
from pointsys.core.accounts.rules import sign_in_rules
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.session import TOKEN
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import PASSWORD

WECHAT = "Mozilla/5.0 (Linux; Android 13; V2054A) AppleWebKit/537.36 Chrome/116 MicroMessenger/8.0.47"


@pytest.fixture
def engine_name() -> str:
    """Pages do not depend on the engine."""
    return "sqlite"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (WECHAT, "WeChat · Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126 Safari/537.36 Edg/126", "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari · iPhone",
        ),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_browser_has_a_name_that_people_know(header: str, name: str) -> None:
    assert browser_name(header) == name


def open_one(app: Flask, account_id: int, browser: str = WECHAT, address: str = "203.0.113.5") -> Browser:
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, account_id)
        token = sessions.open_session(session, account, address, browser).token
    return Browser(app, token)


def test_one_sees_where_one_is_signed_in_and_ends_it_there(app: Flask, sign_in: SignIn, world: World) -> None:
    here, phone = sign_in(world.accounts["worker"]), open_one(app, world.accounts["worker"])
    page = here.page("/me/security")
    listed = page.select("#sessions li")
    assert len(listed) == 2
    assert "WeChat · Android" in page.select_one("#sessions").text  # type: ignore[union-attr]
    assert "203.0.113.5" in page.select_one("#sessions").text  # type: ignore[union-attr]
    (form,) = [item.select_one("form") for item in listed if item.select_one("form") is not None]
    assert form is not None
    assert here.post(str(form["action"])).status_code == 303
    assert phone.get("/me/security").status_code == 302
    assert here.get("/me/security").status_code == 200
    assert here.post(str(form["action"])).status_code == 404


def test_the_page_holds_no_part_of_a_token(app: Flask, sign_in: SignIn, world: World) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    assert token[:12] not in browser.get("/me/security").text


def test_nobody_ends_a_session_of_somebody_else(app: Flask, sign_in: SignIn, world: World) -> None:
    worker, office = sign_in(world.accounts["worker"]), sign_in(world.accounts["office"])
    with app.app_context(), read_scope() as session:
        found = select(LoginSession.token_hash).where(LoginSession.account_id == world.accounts["office"])
        key = str(session.scalars(found).one())[:16]
    assert worker.post(f"/me/security/sessions/{key}/end").status_code == 404
    assert worker.post("/me/security/sessions/%25/end").status_code == 404
    assert office.get("/me/security").status_code == 200


def test_all_others_end_at_once(app: Flask, sign_in: SignIn, world: World) -> None:
    here = sign_in(world.accounts["worker"])
    others = [open_one(app, world.accounts["worker"]) for _ in range(2)]
    stranger = sign_in(world.accounts["office"])
    assert here.post("/me/security/sessions/end-others").status_code == 303
    assert [browser.get("/me/security").status_code for browser in others] == [302, 302]
    assert [browser.get("/me/security").status_code for browser in (here, stranger)] == [200, 200]
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "session.ended")).one()
        assert row.count == 2


def test_s16_the_oldest_browser_goes_when_there_are_too_many(
    app: Flask, world: World, clock: FixedClock
) -> None:
    with app.app_context(), unit_of_work() as session:
        root = session.get_one(Area, world.areas["street"])
        rules.set_sign_in_rules(session, root, "djbh", "offered", 2, SYSTEM)
    browsers = []
    for _turn in range(3):
        browsers.append(open_one(app, world.accounts["worker"]))
        clock.advance(minutes=2)
    assert [browser.get("/me/security").status_code for browser in browsers] == [302, 200, 200]
    with app.app_context(), read_scope() as session:
        events = select(func.count()).where(AuditRow.event == "session.surplus_ended")
        assert session.scalar(events) == 1


def test_the_last_sign_ins_stand_there_refused_ones_too(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
    browser = Browser(app)
    for password in ("Wrong-1", PASSWORD):
        browser.post("/sign-in", {"login": "worker", "password": password})
    states = [item.select_one(".badge-state") for item in browser.page("/me/security").select("#history li")]
    assert [state["class"][1] for state in states if state is not None] == ["badge-ok", "badge-no"]


def test_the_page_costs_the_same_however_much_there_is(app: Flask, sign_in: SignIn, world: World) -> None:
    browser = sign_in(world.accounts["member"])
    with counted(app) as few:
        browser.page("/me/security")
    for _turn in range(4):
        open_one(app, world.accounts["member"])
    with counted(app) as many:
        browser.page("/me/security")
    assert len(many) == len(few) <= 8


def test_a_token_is_made_only_by_who_has_just_proved_who_they_are(
    app: Flask, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
    browser = sign_in(world.accounts["worker"])
    assert browser.get("/me/tokens/new").status_code == 200
    clock.advance(minutes=16)
    asked = browser.get("/me/tokens/new")
    assert asked.location == "/me/security/confirm?to=tokens.new"
    assert browser.post("/me/tokens/new", {"name": "x"}).status_code == 303
    assert browser.post("/me/security/confirm", {"current": "Wrong-1", "to": "tokens.new"}).status_code == 422
    answer = browser.post("/me/security/confirm", {"current": PASSWORD, "to": "tokens.new"})
    assert answer.location == "/me/tokens/new"
    assert browser.get("/me/tokens/new").status_code == 200


@pytest.mark.parametrize("wish", ["//evil.example", "auth.sign_in", "people.index", "no.such", "static", ""])
def test_the_way_on_is_a_page_of_this_site(app: Flask, sign_in: SignIn, world: World, wish: str) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
    browser = sign_in(world.accounts["worker"])
    answer = browser.post("/me/security/confirm", {"current": PASSWORD, "to": wish})
    assert answer.location == "/me/security"


def test_the_rules_of_signing_in_are_set_at_the_top_alone(
    app: Flask, admin: Browser, worker: Browser, world: World
) -> None:
    path = f"/a/{world.codes['street']}/sign-in-rules"
    form = {"profile": "modern", "second_factor": "admins", "most_sessions": "3"}
    assert admin.page(path).select_one("#profile-djbh[checked]") is not None
    assert admin.post(path, form).status_code == 303
    with app.app_context(), read_scope() as session:
        kept = sign_in_rules(session)
        assert (kept.profile.name, kept.second_factor, kept.most_sessions) == ("modern", "admins", 3)
        changed = set(session.scalars(select(AuditRow.object_id).where(AuditRow.event == "setting.changed")))
        assert {rules.PASSWORD_PROFILE, rules.SECOND_FACTOR, rules.MOST_SESSIONS} <= changed
    assert admin.get(f"/a/{world.codes['happy']}/sign-in-rules").status_code == 404
    assert admin.post(f"/a/{world.codes['happy']}/sign-in-rules", form).status_code == 404
    assert worker.get(path).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "none"},
        {"second_factor": "x"},
        {"most_sessions": "0"},
        {"most_sessions": "99"},
        {"most_sessions": "٣"},
    ],
)
def test_rules_that_are_none_change_nothing(
    app: Flask, admin: Browser, world: World, change: dict[str, str]
) -> None:
    form = {"profile": "modern", "second_factor": "admins", "most_sessions": "3", **change}
    assert admin.post(f"/a/{world.codes['street']}/sign-in-rules", form).status_code == 303
    with app.app_context(), read_scope() as session:
        assert sign_in_rules(session) == rules.SignInRules()
