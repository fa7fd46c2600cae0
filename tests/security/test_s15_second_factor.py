"""S-15: the second factor, its codes that are good once, and for whom the site asks for it."""

from __future__ import annotations

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import passwords, rules, second_factor
from pointsys.core.accounts.models import Account, LoginSession
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import PASSWORD


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine, but for one test below."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    monkeypatch.setattr(passwords, "_decoy_hash", lambda: quick.hash("nobody has this password"))


class Phone:
    """An authenticator app, on the test's clock."""

    def __init__(self, secret: str, clock: FixedClock) -> None:
        self.totp = pyotp.TOTP(secret)
        self.clock = clock

    def code(self) -> str:
        """What it shows now."""
        return str(self.totp.at(self.clock.now))


def set_up(app: Flask, account_id: int, clock: FixedClock) -> tuple[Phone, list[str]]:
    """Give an account a password and a second factor; returns its phone and recovery codes."""
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, account_id)
        passwords.set_password(session, account, PASSWORD, SYSTEM)
        second_factor.start(session, account, SYSTEM)
        phone = Phone(second_factor.secret_of(account), clock)
        codes = second_factor.confirm(session, account, phone.code(), SYSTEM)
    clock.advance(minutes=1)
    return phone, codes


def policy(app: Flask, world: World, chosen: str) -> None:
    with app.app_context(), unit_of_work() as session:
        root = session.get_one(Area, world.areas["street"])
        rules.set_sign_in_rules(session, root, "djbh", chosen, 5, SYSTEM)


def first_step(app: Flask, login: str = "worker") -> Browser:
    browser = Browser(app)
    answer = browser.post("/sign-in", {"login": login, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/sign-in/second-factor")
    return browser


def second_step(browser: Browser, code: str) -> int:
    return browser.post("/sign-in/second-factor", {"code": code}).status_code


def test_with_the_password_alone_nothing_opens(app: Flask, world: World, clock: FixedClock) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    people = f"/a/{world.codes['happy']}/people"
    browser = first_step(app)
    assert browser.get(people).status_code == 302
    assert browser.get("/me/security").status_code == 302
    assert second_step(browser, "000000") == 422
    assert browser.get(people).status_code == 302
    with browser.client.session_transaction() as stored:
        before = stored["token"]
    assert second_step(browser, phone.code()) == 303
    assert browser.get(people).status_code == 200
    with browser.client.session_transaction() as stored:
        assert stored["token"] != before


def test_a_code_is_taken_once_and_so_is_none_before_it(app: Flask, world: World, clock: FixedClock) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    earlier = phone.code()
    clock.advance(seconds=30)
    used = phone.code()
    assert second_step(first_step(app), used) == 303
    assert second_step(first_step(app), used) == 422
    assert second_step(first_step(app), earlier) == 422
    clock.advance(seconds=30)
    assert second_step(first_step(app), phone.code()) == 303


def test_a_phone_may_be_half_a_minute_late_and_no_more(app: Flask, world: World, clock: FixedClock) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    old = phone.code()
    clock.advance(seconds=60)
    assert second_step(first_step(app), old) == 422
    late = phone.code()
    clock.advance(seconds=30)
    assert second_step(first_step(app), late) == 303


def test_a_recovery_code_stands_in_once(app: Flask, world: World, clock: FixedClock) -> None:
    _phone, codes = set_up(app, world.accounts["worker"], clock)
    assert len(set(codes)) == 10
    assert second_step(first_step(app), codes[0].upper().replace("-", " ")) == 303
    assert second_step(first_step(app), codes[0]) == 422
    assert second_step(first_step(app), codes[1]) == 303


def test_five_wrong_codes_end_the_sign_in_and_lock_for_ten_minutes(
    app: Flask, world: World, clock: FixedClock
) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    browser = first_step(app)
    assert [second_step(browser, "000000") for _guess in range(5)] == [422, 422, 422, 422, 429]
    assert browser.get("/sign-in/second-factor").status_code == 303
    assert second_step(first_step(app), phone.code()) == 429
    clock.advance(minutes=11)
    assert second_step(first_step(app), phone.code()) == 303
    with app.app_context(), read_scope() as session:
        denied = select(AuditRow).where(AuditRow.event == "sign_in", AuditRow.result == DENIED)
        assert len(session.scalars(denied).all()) == 6


def test_whoever_searches_for_the_phone_too_long_begins_again(
    app: Flask, world: World, clock: FixedClock
) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    browser = first_step(app)
    clock.advance(minutes=11)
    assert browser.post("/sign-in/second-factor", {"code": phone.code()}).location == "/sign-in"


def test_a_code_opens_nothing_once_the_account_was_signed_out_everywhere(
    app: Flask, world: World, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    browser = first_step(app)
    verify = second_factor.verify

    def slowly(session: Session, account: Account, typed: str) -> bool:
        end_sessions(session, account.id)
        return verify(session, account, typed)

    monkeypatch.setattr(second_factor, "verify", slowly)
    answer = browser.post("/sign-in/second-factor", {"code": phone.code()})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(LoginSession)).all() == []


def test_a_link_and_a_code_ask_for_it_too(app: Flask, world: World, clock: FixedClock) -> None:
    from pointsys.core.accounts import codes, links

    set_up(app, world.accounts["worker"], clock)
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        link = links.renew_link(session, account)
    assert Browser(app).post(f"/l/{link}").location == "/sign-in/second-factor"
    with app.app_context(), unit_of_work() as session:
        code = codes.make_code(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    answer = Browser(app).post("/code", {"login": "worker", "code": code})
    assert answer.location == "/sign-in/second-factor"


def test_its_holder_sets_it_up_on_a_page(
    app: Flask, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    browser = sign_in(world.accounts["worker"])
    assert browser.post("/me/second-factor/begin").status_code == 303
    page = browser.page("/me/second-factor")
    secret = page.select_one(".totp-key").text.replace(" ", "")  # type: ignore[union-attr]
    assert page.select_one("img.totp-picture")["src"].startswith("data:image/svg+xml")  # type: ignore[index,union-attr]
    assert browser.post("/me/second-factor/confirm", {"code": "000000"}).status_code == 422
    made = browser.post("/me/second-factor/confirm", {"code": Phone(secret, clock).code()})
    assert made.status_code == 200
    assert made.text.count("<code>") == 10
    again = browser.post("/me/second-factor/begin")
    assert again.status_code == 422
    with app.app_context(), read_scope() as session:
        account = session.get_one(Account, world.accounts["worker"])
        assert secret.encode() not in (account.totp or b"")
        assert account.totp_at is not None


def test_to_take_it_away_one_proves_again_who_one_is(
    app: Flask, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    phone, _codes = set_up(app, world.accounts["worker"], clock)
    browser = sign_in(world.accounts["worker"])
    clock.advance(minutes=16)
    asked = browser.post("/me/second-factor/remove")
    assert asked.location is not None
    assert asked.location.startswith("/me/security/confirm")
    assert browser.post("/me/security/confirm", {"code": "000000"}).status_code == 422
    assert browser.post("/me/security/confirm", {"code": phone.code()}).status_code == 303
    assert browser.post("/me/second-factor/remove").location == "/me/security"
    answer = Browser(app).post("/sign-in", {"login": "worker", "password": PASSWORD})
    assert answer.location != "/sign-in/second-factor"


@pytest.mark.parametrize(
    ("chosen", "login", "asked"),
    [
        ("offered", "worker", False),
        ("offered", "admin", False),
        ("admins", "admin", True),
        ("admins", "worker", False),
        ("staff", "worker", True),
        ("staff", "grid_worker", True),
        ("staff", "member", False),
        ("off", "admin", False),
    ],
)
def test_who_has_to_set_one_up_does_nothing_else_before(
    app: Flask, world: World, chosen: str, login: str, asked: bool
) -> None:
    policy(app, world, chosen)
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts[login])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
        name = account.login
    browser = Browser(app)
    answer = browser.post("/sign-in", {"login": name, "password": PASSWORD})
    assert (answer.location == "/me/second-factor") is asked
    assert (browser.get("/me/security").location == "/me/second-factor") is asked


def test_setting_it_up_opens_the_pages(app: Flask, world: World, clock: FixedClock) -> None:
    policy(app, world, "staff")
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
    browser = Browser(app)
    browser.post("/sign-in", {"login": "worker", "password": PASSWORD})
    assert browser.post("/me/second-factor/begin").status_code == 303
    secret = browser.page("/me/second-factor").select_one(".totp-key").text  # type: ignore[union-attr]
    code = Phone(secret.replace(" ", ""), clock).code()
    assert browser.post("/me/second-factor/confirm", {"code": code}).status_code == 200
    assert browser.get(f"/a/{world.codes['happy']}/people").status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_of_two_uses_of_a_code_the_database_takes_one(app: Flask, world: World, clock: FixedClock) -> None:
    phone, codes = set_up(app, world.accounts["worker"], clock)
    taken = []
    for typed in (phone.code(), phone.code(), codes[3], codes[3]):
        with app.app_context(), unit_of_work() as session:
            account = session.get_one(Account, world.accounts["worker"])
            taken.append(second_factor.verify(session, account, typed))
    assert taken == [True, False, True, False]


def test_an_administrator_takes_it_away_for_somebody_who_lost_everything(
    app: Flask, world: World, clock: FixedClock
) -> None:
    set_up(app, world.accounts["worker"], clock)
    with app.app_context(), unit_of_work() as session:
        second_factor.reset(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    browser = Browser(app)
    assert browser.post("/sign-in", {"login": "worker", "password": PASSWORD}).status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(LoginSession.pending)).all() == [""]
