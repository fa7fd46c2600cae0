"""S-13, S-18, S-34, S-47 and the attacks on signing in: A04-A10, A85."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import delete, select, update

from pointsys.app import create_app
from pointsys.config import ConfigError, load_config
from pointsys.core.accounts import codes, links, passwords
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import (
    Account,
    LoginSession,
    OneTimeLink,
    RoleGrant,
    SignInCode,
    SignInRecord,
)
from pointsys.core.accounts.networks import is_inside, parse_networks
from pointsys.core.accounts.sessions import SET_UP_PENDING, settle
from pointsys.core.actors import SYSTEM, Grant
from pointsys.core.alerts import SecurityAlert
from pointsys.core.areas.models import Area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.crypto import SAMPLE_KEYS
from pointsys.core.database import db, table_of
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.tokens.services import Wanted, create_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.web.session import TOKEN
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import PASSWORD

PHONE = "13800138003"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine, but where a test says so."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    monkeypatch.setattr(passwords, "_decoy_hash", lambda: quick.hash("nobody has this password"))


@pytest.fixture
def member(app: Flask, world: World) -> str:
    """The login of a member whose phone number is on the roster; the account has the common test password."""
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["member"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
    return "member1"


def give_password(app: Flask, account_id: int) -> None:
    with app.app_context(), unit_of_work() as session:
        passwords.set_password(session, session.get_one(Account, account_id), PASSWORD, SYSTEM)


def plain(text: str, *names: str) -> list[str]:
    for name in names:
        text = text.replace(name, "")
    return [line for line in text.splitlines() if "csrf_token" not in line]


@pytest.mark.parametrize("typed", [PHONE, "138 0013 8003", "+86 138-0013-8003", "１３８００１３８００３"])
def test_a_member_signs_in_by_the_phone_number(app: Flask, member: str, typed: str) -> None:
    answer = Browser(app).post("/sign-in", {"login": typed, "password": PASSWORD})
    assert answer.status_code == 303


def test_a_number_that_two_accounts_share_names_neither(app: Flask, world: World, member: str) -> None:
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["grid1"])
        other = create_person(session, PersonData(name="李二", area_id=area.id, phone=PHONE), SYSTEM)
        accounts.create_account(session, "second", SYSTEM, person_id=other.id, password=PASSWORD)
    assert Browser(app).post("/sign-in", {"login": PHONE, "password": PASSWORD}).status_code == 422
    for login in (member, "second"):
        assert Browser(app).post("/sign-in", {"login": login, "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("page", ["/sign-in", "/code"])
def test_a04_a_known_and_an_unknown_number_get_the_same_answer(
    app: Flask, member: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def fits(stored: str, _typed: str) -> bool:
        hashed.append(stored)
        return False

    monkeypatch.setattr(passwords, "_fits", fits)
    answers, reads = [], []
    for typed in (PHONE, "13900139009", member, "nobody-at-all"):
        with counted(app) as statements:
            answer = Browser(app).post(page, {"login": typed, "password": "Wrong-1", "code": "00000000"})
        answers.append((answer.status_code, plain(answer.text, typed)))
        reads.append([text.split()[0] for text in statements].count("SELECT"))
    assert answers[0][0] == 422
    assert all(answer == answers[0] for answer in answers)
    # As many passwords are hashed and nearly as many rows looked up, so that it takes as long.
    assert len(hashed) == (4 if page == "/sign-in" else 0)
    assert max(reads) - min(reads) <= 2


def test_a04_what_to_do_without_a_way_in_stands_there_for_everybody(app: Flask, member: str) -> None:
    for typed in (member, "nobody-at-all"):
        text = Browser(app).post("/sign-in", {"login": typed, "password": "Wrong-1"}).text
        assert 'class="no-way-in" open' in text


@pytest.mark.parametrize(
    "twin", ["Worker", "worker ", "ＷＯＲＫＥＲ", "wor\u200bker", "wor ker", "\ufeffworker"]
)
def test_a05_no_account_is_made_beside_its_twin(app: Flask, world: World, twin: str) -> None:
    with app.app_context(), pytest.raises(Problem) as refused, unit_of_work() as session:
        accounts.create_account(session, twin, SYSTEM)
    assert refused.value.code == "login_taken"


def test_a06_the_second_use_of_a_link_ends_every_session(app: Flask, sign_in: SignIn, world: World) -> None:
    give_password(app, world.accounts["worker"])
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        token = links.renew_link(session, account)
        later = links.create_link(session, links.SIGN_IN, account_id=account.id)
    elsewhere, thief = sign_in(world.accounts["worker"]), Browser(app)
    assert thief.post(f"/l/{token}").status_code == 303
    shown = Browser(app).get(f"/l/{token}")
    assert (shown.status_code, "<form" in shown.text) == (410, True)
    # Looking at it ends nothing: chat programs look at links again and again.
    assert elsewhere.get("/me/security").status_code == 200
    assert Browser(app).post(f"/l/{token}").status_code == 410
    for browser in (elsewhere, thief):
        assert browser.get("/me/security").status_code == 302
    assert Browser(app).post(f"/l/{later}").status_code == 410
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(LoginSession)).all() == []
        row = session.scalars(select(AuditRow).where(AuditRow.event == "account.link_reused")).one()
        assert row.result == DENIED
        assert session.scalars(select(SecurityAlert.kind)).all() == ["link.reused"]


def test_a06_a_link_that_was_used_twice_cannot_be_used_to_annoy(app: Flask, world: World) -> None:
    give_password(app, world.accounts["worker"])
    with app.app_context(), unit_of_work() as session:
        token = links.renew_link(session, session.get_one(Account, world.accounts["worker"]))
    Browser(app).post(f"/l/{token}")
    Browser(app).post(f"/l/{token}")
    browser = Browser(app)
    browser.post("/sign-in", {"login": "worker", "password": PASSWORD})
    assert Browser(app).post(f"/l/{token}").status_code == 410
    assert browser.get("/me/security").status_code == 200


def test_a06_a_link_replaced_by_another_ends_no_session(app: Flask, sign_in: SignIn, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        old = links.renew_link(session, account)
        links.renew_link(session, account)
    browser = sign_in(world.accounts["worker"])
    assert Browser(app).post(f"/l/{old}").status_code == 410
    assert browser.get("/me/security").status_code == 200


def test_s47_a_link_is_good_for_ten_minutes(app: Flask, world: World, clock: FixedClock) -> None:
    with app.app_context(), unit_of_work() as session:
        token = links.renew_link(session, session.get_one(Account, world.accounts["worker"]))
        (link,) = session.scalars(select(OneTimeLink)).all()
        assert (link.expires_at - clock.now).total_seconds() == 600
    clock.advance(minutes=10)
    assert Browser(app).post(f"/l/{token}").status_code == 410


def test_s47_who_comes_by_a_link_and_had_a_password_sets_a_new_one(
    app: Flask, world: World, clock: FixedClock
) -> None:
    give_password(app, world.accounts["worker"])
    with app.app_context(), unit_of_work() as session:
        token = links.renew_link(session, session.get_one(Account, world.accounts["worker"]))
    browser = Browser(app)
    assert browser.post(f"/l/{token}").location == "/me/password"
    assert browser.get("/me/security").location == "/me/password"
    # Older people take their time, and nothing else opens meanwhile.
    clock.advance(minutes=25)
    new = "Another-horse-8"
    assert browser.post("/me/password", {"password": new, "again": new}).status_code == 303
    assert browser.get("/me/security").status_code == 200


def test_a_password_that_was_changed_while_it_was_verified_opens_nothing(
    app: Flask, world: World, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify_password

    def slowly(account: Account | None, password: str) -> bool:
        fits = verify(account, password)
        with db.engine.begin() as connection:
            connection.execute(update(table_of(Account)).values(password_hash="of another password"))
        return fits

    monkeypatch.setattr(passwords, "verify_password", slowly)
    assert Browser(app).post("/sign-in", {"login": member, "password": PASSWORD}).status_code == 422
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(LoginSession)).all() == []


def test_no_password_is_set_by_a_browser_that_was_signed_out_meanwhile(
    app: Flask, sign_in: SignIn, world: World, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = passwords.hash_password

    def slowly(password: str) -> str:
        with db.engine.begin() as connection:
            connection.execute(delete(table_of(LoginSession)))
        return hashed(password)

    browser = sign_in(world.accounts["member"])
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "hash_password", slowly)
        new = {"current": PASSWORD, "password": "Another-horse-8", "again": "Another-horse-8"}
        answer = browser.post("/me/password", new)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert Browser(app).post("/sign-in", {"login": member, "password": PASSWORD}).status_code == 303


def a_code(app: Flask, account_id: int) -> str:
    with app.app_context(), unit_of_work() as session:
        return codes.make_code(session, session.get_one(Account, account_id), SYSTEM)


@pytest.mark.parametrize("engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_s47_a_code_handed_out_in_person_works_once(app: Flask, world: World, member: str) -> None:
    code = a_code(app, world.accounts["member"])
    browser = Browser(app)
    page = browser.page(f"/code?name={member}")
    assert page.select_one("#login")["value"] == member  # type: ignore[index]
    entered = browser.post("/code", {"login": PHONE, "code": codes.grouped(code)})
    assert (entered.status_code, entered.location) == (303, "/me/password")
    # The forgotten password is not asked for, and nothing else opens before there is a new one.
    assert browser.page("/me/password").select_one("#current") is None
    assert browser.get("/me").location == "/me/password"
    assert Browser(app).post("/code", {"login": PHONE, "code": code}).status_code == 422


def test_s47_a_code_is_stored_nowhere_and_ends_with_its_time(
    app: Flask, world: World, member: str, clock: FixedClock
) -> None:
    code = a_code(app, world.accounts["member"])
    with app.app_context(), read_scope() as session:
        (row,) = session.scalars(select(SignInCode)).all()
        assert code not in row.code_hash
    clock.advance(minutes=31)
    assert Browser(app).post("/code", {"login": member, "code": code}).status_code == 422


def test_s47_ten_wrong_codes_from_wherever_void_the_right_one(app: Flask, world: World, member: str) -> None:
    code = a_code(app, world.accounts["member"])
    wrong = "00000000" if code != "00000000" else "00000001"
    for number in range(10):
        answer = Browser(app).post(
            "/code",
            {"login": member, "code": wrong},
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"},
        )
        assert answer.status_code == 422
    assert Browser(app).post("/code", {"login": member, "code": code}).status_code == 422


def test_s47_a_code_of_one_account_opens_no_other(app: Flask, world: World, member: str) -> None:
    code = a_code(app, world.accounts["worker"])
    assert Browser(app).post("/code", {"login": member, "code": code}).status_code == 422


def test_s47_staff_hand_a_code_to_a_member_at_the_desk(
    app: Flask, sign_in: SignIn, world: World, member: str
) -> None:
    worker = sign_in(world.accounts["worker"])
    person = f"/a/{world.codes['happy']}/people/{world.people['grid1']}"
    assert "/sign-in-code" in worker.get(person).text
    made = worker.post(f"{person}/sign-in-code")
    assert made.status_code == 200
    digits = BeautifulSoup(made.data, "html.parser").select_one(".big-code").text  # type: ignore[union-attr]
    assert Browser(app).post("/code", {"login": PHONE, "code": digits}).location == "/me/password"


@pytest.mark.parametrize(
    ("staff", "place", "person", "status"),
    [
        ("sunny_worker", "sunny", "grid1", 404),
        ("sunny_worker", "happy", "grid1", 404),
        ("grid_worker", "grid1", "grid1", 403),
        ("admin", "street", "grid1", 403),
        ("worker", "happy", "happy", 303),
    ],
)
def test_s47_nobody_else_gets_a_code(
    app: Flask, sign_in: SignIn, world: World, staff: str, place: str, person: str, status: int
) -> None:
    path = f"/a/{world.codes[place]}/people/{world.people[person]}/sign-in-code"
    assert sign_in(world.accounts[staff]).post(path).status_code == status
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(SignInCode)).all() == []


def test_s47_a_member_who_is_also_staff_gets_none_from_a_colleague(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["member"])
        happy = session.get_one(Area, world.areas["happy"])
        accounts.grant_role(session, account, "community_worker", happy, SYSTEM)
    path = f"/a/{world.codes['happy']}/people/{world.people['grid1']}/sign-in-code"
    assert sign_in(world.accounts["worker"]).post(path).status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(SignInCode)).all() == []


def test_s47_of_a_slip_s_link_and_code_the_first_used_voids_the_other(
    app: Flask, world: World, member: str
) -> None:
    def slip() -> tuple[str, str]:
        with app.app_context(), unit_of_work() as session:
            account = session.get_one(Account, world.accounts["member"])
            code = codes.make_code(session, account, SYSTEM)
            return code, links.create_link(session, links.SIGN_IN, account_id=account.id)

    code, link = slip()
    assert Browser(app).post("/code", {"login": member, "code": code}).status_code == 303
    assert Browser(app).post(f"/l/{link}").status_code == 410
    code, link = slip()
    assert Browser(app).post(f"/l/{link}").status_code == 303
    assert Browser(app).post("/code", {"login": member, "code": code}).status_code == 422


@contextmanager
def node(app: Flask, **changes: object) -> Iterator[Flask]:
    """Another process of the same site."""
    site = app.extensions["pointsys"]
    config = replace(app.config["POINTSYS"], **changes)
    made = create_app(config, clock=site.clock, keyring=site.keyring)
    made.testing = True
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("evil.example:8000", 400),
        ("8.8.8.8", 400),
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("192.168.3.7:8000", 200),
    ],
)
def test_a07_without_a_name_of_its_own_the_site_answers_on_this_network_alone(
    app: Flask, host: str, status: int
) -> None:
    answer = app.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == status
    assert "evil" not in answer.text
    if status == 400:
        assert "trusted_hosts" in answer.text


def test_a07_further_names_are_trusted_by_a_setting(app: Flask) -> None:
    with node(app, base_url="https://points.example", trusted_hosts="wx.example, 10.1.2.3:8443") as site:
        for host, status in {
            "points.example": 200, "wx.example": 200, "wx.example:81": 200, "10.1.2.3:8443": 200,
            "10.1.2.3": 400, "localhost": 400, "evil.example": 400,
        }.items():  # fmt: skip
            assert site.test_client().get("/sign-in", headers={"Host": host}).status_code == status, host


def test_a09_a_cookie_is_worth_nothing_after_signing_out_on_any_node(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    people = f"/a/{world.codes['happy']}/people"
    with node(app) as second:
        assert Browser(second, token).get(people).status_code == 200
        browser.post("/sign-out")
        for site in (app, second):
            assert Browser(site, token).get(people).location.startswith("/sign-in")


def test_a09_a_role_taken_away_is_gone_with_the_next_request_on_any_node(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    people = f"/a/{world.codes['happy']}/people"
    with node(app) as second:
        with app.app_context(), unit_of_work() as session:
            grants = select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"])
            accounts.end_role(session, session.scalars(grants).one(), SYSTEM)
        for site in (app, second):
            assert Browser(site, token).get(people).status_code == 404


def test_a09_a_disabled_account_is_out_on_any_node_and_its_programs_too(
    app: Flask, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        actor = replace(SYSTEM, account_id=account.id)
        actor = replace(actor, grants=(Grant("community_worker", world.areas["happy"]),))
        last = clock.now.date().replace(month=8)
        wanted = Wanted("sheet", ["people.view"], [world.areas["happy"]], last, True)
        secret = create_token(session, account, wanted, actor).secret
    api = {"Authorization": f"Bearer {secret}"}
    path = f"/api/v1/areas/{world.codes['happy']}/people"
    with node(app) as second:
        assert second.test_client().get(path, headers=api).status_code == 200
        with app.app_context(), unit_of_work() as session:
            accounts.disable_account(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
        for site in (app, second):
            assert Browser(site, token).get("/me/security").location.startswith("/sign-in")
            assert site.test_client().get(path, headers=api).status_code == 401


@pytest.mark.parametrize("secret", [*sorted(SAMPLE_KEYS), "0" * 48])
def test_a10_a_cookie_signed_with_another_key_is_nobody_s(
    app: Flask, sign_in: SignIn, world: World, secret: str
) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        real = dict(stored)
    stranger = Flask("stranger")
    stranger.secret_key = secret
    signer = SecureCookieSessionInterface().get_signing_serializer(stranger)
    assert signer is not None
    thief = app.test_client()
    thief.set_cookie("pointsys", str(signer.dumps(real)))
    assert thief.get("/me/security").status_code == 302


ADMIN_NETWORK = "10.20.0.0/16, 192.0.2.7"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("10.20.3.4", {}, 200),
        ("192.0.2.7", {}, 200),
        ("::ffff:10.20.3.4", {}, 200),
        ("192.0.2.8", {}, 404),
        ("203.0.113.9", {}, 404),
        ("203.0.113.9", {"X-Forwarded-For": "10.20.3.4"}, 404),
        ("203.0.113.9", {"X-Real-IP": "127.0.0.1", "Forwarded": "for=10.20.3.4"}, 404),
        ("203.0.113.9", {"X-Client-IP": "10.20.3.4", "True-Client-IP": "10.20.3.4"}, 404),
    ],
)
def test_a85_administrators_act_from_their_networks_alone(
    app: Flask, sign_in: SignIn, world: World, address: str, headers: dict[str, str], status: int
) -> None:
    browser = sign_in(world.accounts["admin"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    with node(app, admin_networks=ADMIN_NETWORK) as site:
        here = {"REMOTE_ADDR": address}
        admin = Browser(site, token)
        path = f"/a/{world.codes['street']}/accounts"
        assert admin.get(path, headers=headers, environ_overrides=here).status_code == status
        home = admin.get("/me/security", headers=headers, environ_overrides=here)
        assert home.status_code == 200
        assert ("geo-alt" in home.text) is (status == 404)


def test_s18_others_work_from_anywhere(app: Flask, sign_in: SignIn, world: World) -> None:
    browser = sign_in(world.accounts["worker"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    with node(app, admin_networks=ADMIN_NETWORK) as site:
        page = Browser(site, token).get(
            f"/a/{world.codes['happy']}/people", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
        )
        assert (page.status_code, "geo-alt" in page.text.split("<main")[0]) == (200, False)


def test_s18_who_has_to_set_a_second_factor_up_can_do_so_from_anywhere(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    """Or an administrator who signs in from elsewhere would be led to a page that is not there."""
    browser = sign_in(world.accounts["admin"])
    with browser.client.session_transaction() as stored:
        token = stored[TOKEN]
    with app.app_context(), unit_of_work() as session:
        settle(session, token, SET_UP_PENDING)
    with node(app, admin_networks=ADMIN_NETWORK) as site:
        admin, outside = Browser(site, token), {"REMOTE_ADDR": "203.0.113.9"}
        assert admin.get("/me/second-factor", environ_overrides=outside).status_code == 200
        begun = admin.post("/me/second-factor/begin", environ_overrides=outside)
        assert (begun.status_code, begun.location) == (303, "/me/second-factor")


@pytest.mark.parametrize("text", ["10.20.0.0/33", "office", "10.20.0.0/16; 10.0.0.0/8"])
def test_s18_a_slip_in_the_list_of_networks_stops_the_start(tmp_path: object, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(tmp_path, {"POINTSYS_ADMIN_NETWORKS": text})  # type: ignore[arg-type]
    assert "admin_networks" in str(refused.value)


def test_s18_an_address_that_is_none_lies_nowhere() -> None:
    assert not is_inside("", parse_networks("10.0.0.0/8"))
    assert not is_inside("unix:", parse_networks("0.0.0.0/0"))
    assert not is_inside("2001:db8::1", parse_networks("0.0.0.0/0"))
    assert is_inside("", parse_networks(""))


def test_sign_ins_are_noted_for_their_holder_and_nobody_without_an_account(
    app: Flask, world: World, member: str
) -> None:
    for typed, password in ((PHONE, "Wrong-1"), ("nobody-at-all", "Wrong-1"), (member, PASSWORD)):
        Browser(app).post("/sign-in", {"login": typed, "password": password})
    with app.app_context(), read_scope() as session:
        rows = session.scalars(select(SignInRecord).order_by(SignInRecord.id)).all()
        assert [(row.way, row.result) for row in rows] == [("password", "refused"), ("password", "ok")]
        assert {row.account_id for row in rows} == {world.accounts["member"]}
