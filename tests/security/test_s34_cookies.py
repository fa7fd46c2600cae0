"""S-34: what the session's cookie is allowed to do, with https and where a site permits plain http."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.cookies import Morsel, SimpleCookie

import pytest
from flask import Flask

from pointsys.app import create_app
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account, LoginSession
from pointsys.core.database import db
from pointsys.core.unit_of_work import unit_of_work
from pointsys.web.session import TOKEN
from tests.browsers import World
from tests.factories import PASSWORD


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def https(app: Flask) -> Iterator[Flask]:
    """The same site, reached by https only."""
    config = replace(app.config["POINTSYS"], allow_plain_http=False)
    made = create_app(
        config, clock=app.extensions["pointsys"].clock, keyring=app.extensions["pointsys"].keyring
    )
    yield made
    with made.app_context():
        db.engine.dispose()


def session_cookie(site: Flask, scheme: str) -> tuple[str, Morsel[str]]:
    """The cookie of a browser that opens the sign-in page."""
    answer = site.test_client().get("/sign-in", base_url=f"{scheme}://points.example.org")
    found = [SimpleCookie(line) for line in answer.headers.getlist("Set-Cookie")]
    named = [item for jar in found for item in jar.items()]
    ((name, morsel),) = [item for item in named if item[0] in ("pointsys", "__Host-pointsys")]
    return name, morsel


def test_with_https_the_cookie_belongs_to_this_host_alone(https: Flask) -> None:
    name, cookie = session_cookie(https, "https")
    assert name == "__Host-pointsys"
    assert cookie["secure"] is True
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    # What the prefix __Host- asks of a cookie.
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_plain_http_has_another_name_for_it(app: Flask) -> None:
    name, cookie = session_cookie(app, "http")
    assert name == "pointsys"
    assert not cookie["secure"]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")


def test_plain_http_says_so_on_the_page(app: Flask, https: Flask) -> None:
    plain = app.test_client().get("/sign-in", base_url="http://points.example.org")
    safe = https.test_client().get("/sign-in", base_url="https://points.example.org")
    assert b"notice-bar" in plain.data
    assert b"notice-bar" not in safe.data
    assert "Strict-Transport-Security" in safe.headers
    assert "Strict-Transport-Security" not in plain.headers


def test_a_session_is_a_random_number_kept_on_the_server(app: Flask, world: World) -> None:
    tokens = []
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        tokens = [account_sessions.open_session(session, account, "", "").token for _ in range(2)]
        session.flush()
        stored = [row.token_hash for row in session.query(LoginSession)]
    assert tokens[0] != tokens[1]
    # 128 bits take 22 letters of base64.
    assert all(len(token) >= 22 for token in tokens)
    assert not set(tokens) & set(stored)


def test_a_session_ended_from_elsewhere_opens_nothing_any_more(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        account.password_hash = account_passwords.hash_password(PASSWORD)
        token = account_sessions.open_session(session, account, "", "").token
    browser = app.test_client()
    with browser.session_transaction() as stored:
        stored[TOKEN] = token
    page = f"/a/{world.codes['happy']}/people"
    assert browser.get(page).status_code == 200
    with app.app_context(), unit_of_work() as session:
        account_sessions.end_sessions(session, world.accounts["worker"])
    assert browser.get(page).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/.git/config",
        "/.env",
        "/console",
        "/debug",
        "/server-status",
        "/pointsys.db",
        "/keys.json",
        "/static/../config.py",
    ],
)
def test_a87_nothing_of_the_inside_is_served(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404
    assert app.debug is False


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_a85_a_forged_address_is_not_believed(app: Flask, world: World, header: str) -> None:
    value = "for=127.0.0.1" if header == "Forwarded" else "127.0.0.1"
    with app.test_request_context(
        "/sign-in", headers={header: value}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    ):
        from pointsys.web.session import client_address

        assert client_address() == "203.0.113.9"
