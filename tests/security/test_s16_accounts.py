"""S-16, S-13, A01-A12: no account that nobody made, one first-run link, throttled sign-in that tells nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts import throttle as account_throttle
from pointsys.core.accounts.models import Account, LoginSession
from pointsys.core.actors import SYSTEM
from pointsys.core.alerts import SecurityAlert
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import PASSWORD


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


def enter(browser: Browser, login: str, password: str, address: str = "127.0.0.1") -> TestResponse:
    return browser.post(
        "/sign-in", {"login": login, "password": password}, environ_overrides={"REMOTE_ADDR": address}
    )


def first_run_token(app: Flask) -> str:
    with app.app_context(), unit_of_work() as session:
        return account_links.create_link(session, account_links.FIRST_RUN, valid=timedelta(hours=1))


@pytest.fixture
def login(app: Flask, world: World) -> str:
    """The worker's sign-in name; the account has the common test password."""
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        account_passwords.set_password(session, account, PASSWORD, SYSTEM)
    return "worker"


def test_a12_a_fresh_site_has_no_account_and_lets_nobody_in(app: Flask) -> None:
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0
    browser = Browser(app)
    for name, password in (("admin", "admin"), ("admin", "asdfasdf"), ("root", "root"), ("admin", "")):
        assert enter(browser, name, password).status_code == 422
    assert "pointsys serve" in browser.page("/sign-in").text


def test_s16_the_wizard_gives_nobody_a_password_and_its_link_works_once(app: Flask) -> None:
    token = first_run_token(app)
    browser = Browser(app)
    assert browser.page(f"/first-run/{token}/unit").select_one("#code") is not None
    # Everything as it is filled in.
    assert browser.post(f"/first-run/{token}/summary", {"version": "0"}).status_code == 303
    assert browser.get("/", follow_redirects=True).status_code == 200
    again = Browser(app)
    assert again.get(f"/first-run/{token}").status_code == 410
    assert again.post(f"/first-run/{token}/summary", {"version": "0"}).status_code == 410
    with app.app_context(), read_scope() as session:
        assert set(session.scalars(select(Account.password_hash))) == {None}
        logins = session.scalars(select(Account.login)).all()
    for login in logins:
        for password in ("", "admin", login):
            assert enter(Browser(app), login, password).status_code == 422


def test_s16_a_good_first_run_link_makes_nothing_once_there_is_an_account(app: Flask, world: World) -> None:
    token = first_run_token(app)
    assert Browser(app).get(f"/first-run/{token}/unit").status_code == 410
    assert Browser(app).post(f"/first-run/{token}/summary", {"version": "0"}).status_code == 410


def test_signing_in_and_out(app: Flask, login: str, world: World) -> None:
    browser = Browser(app)
    assert enter(browser, login, PASSWORD).status_code == 303
    people = f"/a/{world.codes['happy']}/people"
    assert browser.get(people).status_code == 200
    cookies = browser.client.get_cookie("pointsys")
    assert browser.post("/sign-out").status_code == 303
    assert browser.get(people).status_code == 302
    assert cookies is not None
    thief = app.test_client()
    thief.set_cookie("pointsys", cookies.value)
    assert thief.get(people).status_code == 302


def test_the_cookie_holds_a_new_token_after_every_sign_in(app: Flask, login: str) -> None:
    browser = Browser(app)
    enter(browser, login, PASSWORD)
    with browser.client.session_transaction() as stored:
        first = stored["token"]
    enter(browser, login, PASSWORD)
    with browser.client.session_transaction() as stored:
        assert stored["token"] != first
        assert len(stored["token"]) >= 43
    with app.app_context(), read_scope() as session:
        assert first not in set(session.scalars(select(LoginSession.token_hash)))


def test_a04_a_known_and_an_unknown_name_are_refused_with_the_same_page(app: Flask, login: str) -> None:
    known, unknown = (enter(Browser(app), name, "Wrong-password-1") for name in (login, "xorker"))
    assert known.status_code == unknown.status_code == 422
    strip = {"worker": "", "xorker": ""}
    texts = []
    for response in (known, unknown):
        text = response.text
        for name in strip:
            text = text.replace(name, "")
        texts.append([line for line in text.splitlines() if "csrf_token" not in line])
    assert texts[0] == texts[1]


def test_a04_the_password_is_hashed_for_unknown_names_too(
    app: Flask, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []

    class Hasher:
        def verify(self, stored: str, password: str) -> None:
            verified.append(stored)
            from argon2.exceptions import VerifyMismatchError

            raise VerifyMismatchError

        def hash(self, password: str) -> str:
            return "decoy"

    monkeypatch.setattr(account_passwords, "_hasher", Hasher)
    enter(Browser(app), "xorker", "Wrong-password-1")
    enter(Browser(app), login, "Wrong-password-1")
    assert len(verified) == 2


def test_a02_after_five_failures_the_right_password_is_refused_the_same_way_for_ten_minutes(
    app: Flask, login: str, clock: FixedClock
) -> None:
    browser = Browser(app)
    for _attempt in range(5):
        wrong = enter(browser, login, "Wrong-password-1")
    right = enter(browser, login, PASSWORD)
    assert right.status_code == wrong.status_code == 422
    clock.advance(minutes=11)
    assert enter(browser, login, PASSWORD).status_code == 303


def test_failures_from_one_address_lock_nobody_out_at_another(app: Flask, login: str) -> None:
    stranger = Browser(app)
    for _attempt in range(6):
        enter(stranger, login, "Wrong-password-1", "203.0.113.9")
    assert enter(Browser(app), login, PASSWORD, "198.51.100.7").status_code == 303


def test_a01_thirty_names_from_one_address_are_throttled_and_lock_no_account(
    app: Flask, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_passwords, "verify_password", lambda *args: None)
    browser = Browser(app)
    for number in range(30):
        enter(browser, f"somebody{number}", "Wrong-password-1", "203.0.113.9")
    refused = enter(browser, "another", "Wrong-password-1", "203.0.113.9")
    assert refused.status_code == 429
    monkeypatch.undo()
    assert enter(Browser(app), login, PASSWORD, "203.0.113.9").status_code == 429
    assert enter(Browser(app), login, PASSWORD, "198.51.100.7").status_code == 303
    with app.app_context(), read_scope() as session:
        (alert,) = session.scalars(select(SecurityAlert)).all()
        assert (alert.kind, alert.subject) == ("sign_in.address", "203.0.113.9")
        denied = select(func.count()).where(AuditRow.event == "sign_in", AuditRow.result == DENIED)
        assert session.scalar(denied) == 32


def test_a01_whoever_works_at_a_throttled_address_still_gets_in(app: Flask, login: str) -> None:
    office = "203.0.113.9"
    assert enter(Browser(app), login, PASSWORD, office).status_code == 303
    with app.app_context(), unit_of_work() as session:
        account_throttle.count_subjects(session, [(f"address:{office}", 30)] * 30)
    assert enter(Browser(app), "another", "Wrong-password-1", office).status_code == 429
    assert enter(Browser(app), login, PASSWORD, office).status_code == 303


def test_guessing_at_one_account_from_many_addresses_stops_strangers_and_not_its_holder(
    app: Flask, login: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "198.51.100.7"
    assert enter(Browser(app), login, PASSWORD, home).status_code == 303
    monkeypatch.setattr(account_passwords, "verify_password", lambda *args: None)
    for number in range(20):
        enter(Browser(app), login, "Wrong-password-1", f"203.0.113.{number}")
    monkeypatch.undo()
    assert enter(Browser(app), login, PASSWORD, "203.0.113.99").status_code == 422
    assert enter(Browser(app), login, PASSWORD, home).status_code == 303
    clock.advance(minutes=11)
    assert enter(Browser(app), login, PASSWORD, "203.0.113.99").status_code == 303
    with app.app_context(), read_scope() as session:
        alerts = session.execute(select(SecurityAlert.kind, SecurityAlert.subject)).all()
        assert [tuple(alert) for alert in alerts] == [("sign_in.account", "worker")]


@pytest.mark.parametrize("twin", ["worker ", "ＷＯＲＫＥＲ", "wor\u200bker", "Worker"])
def test_a05_a_twin_of_a_sign_in_name_is_refused_as_taken(admin: Browser, world: World, twin: str) -> None:
    form = {"login": twin, "role": "grid_worker", "area": world.codes["grid1"]}
    response = admin.post(f"/a/{world.codes['street']}/accounts/new", form)
    assert response.status_code == 422
    assert 'id="login-error"' in response.text


def test_a_failed_sign_in_is_on_record_without_the_name_that_was_typed(app: Flask, login: str) -> None:
    enter(Browser(app), "My-password-in-the-wrong-box", "x")
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "sign_in")).one()
        assert row.result == DENIED
        assert row.address == "127.0.0.1"
        assert "password" not in row.object_id


def test_a_disabled_account_is_out_at_its_next_request(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        accounts.disable_account(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    assert worker.get(f"/a/{world.codes['happy']}/people").status_code == 302


def test_sessions_end_after_half_an_hour_of_rest_and_after_twelve_hours(
    sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    people = f"/a/{world.codes['happy']}/people"
    resting = sign_in(world.accounts["worker"])
    clock.advance(minutes=31)
    assert resting.get(people).status_code == 302
    busy = sign_in(world.accounts["worker"])
    for _round in range(25):
        clock.advance(minutes=29)
        last = busy.get(people).status_code
    assert last == 302


def test_a_session_in_use_is_written_at_most_once_a_minute(
    app: Flask, worker: Browser, world: World, clock: FixedClock
) -> None:
    def seen() -> object:
        with app.app_context(), read_scope() as session:
            return session.scalar(select(func.max(LoginSession.last_seen_at)))

    before = seen()
    clock.advance(seconds=50)
    worker.get(f"/a/{world.codes['happy']}/people")
    assert seen() == before
    clock.advance(seconds=20)
    worker.get(f"/a/{world.codes['happy']}/people")
    assert seen() != before


def one_time_token(app: Flask, account_id: int) -> str:
    with app.app_context(), unit_of_work() as session:
        return account_links.create_link(session, account_links.SIGN_IN, account_id=account_id)


def test_opening_a_one_time_link_spends_nothing_and_pressing_its_button_does(
    app: Flask, world: World
) -> None:
    token = one_time_token(app, world.accounts["worker"])
    browser = Browser(app)
    for _preview in range(3):
        assert browser.get(f"/l/{token}").status_code == 200
        assert browser.client.head(f"/l/{token}").status_code == 200
    used = browser.post(f"/l/{token}")
    assert (used.status_code, used.location) == (303, "/me/password")
    assert Browser(app).get(f"/l/{token}").status_code == 410
    assert Browser(app).post(f"/l/{token}").status_code == 410


def test_a_one_time_link_expires(app: Flask, world: World, clock: FixedClock) -> None:
    token = one_time_token(app, world.accounts["worker"])
    clock.advance(minutes=11)
    assert Browser(app).post(f"/l/{token}").status_code == 410


def test_setting_a_password_ends_the_other_sessions(app: Flask, sign_in: SignIn, world: World) -> None:
    here, elsewhere = sign_in(world.accounts["worker"]), sign_in(world.accounts["worker"])
    assert here.post("/me/password", {"password": "abc", "again": "abc"}).status_code == 422
    assert here.post("/me/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    people = f"/a/{world.codes['happy']}/people"
    assert here.get(people).status_code == 200
    assert elsewhere.get(people).status_code == 302
    assert enter(Browser(app), "worker", PASSWORD).status_code == 303
