"""S-33, S-34, S-35, S-36, S-37, A07: headers and cookies of every answer, limits, and where a sign-in may lead."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.crypto import Keyring
from pointsys.core.database import db
from pointsys.core.unit_of_work import unit_of_work
from pointsys.web.session import client_address
from tests.browsers import Browser, World
from tests.conftest import FixedClock
from tests.factories import PASSWORD

PAGES = (
    "/sign-in",
    "/nothing-here",
    "/l/x",
    "/first-run/x",
    "/static/app.js",
    "/bootstrap/static/css/bootstrap.min.css",
)
TEMPLATES = sorted((Path(__file__).resolve().parents[2]).glob("templates/**/*.html")) + sorted(
    (Path(__file__).resolve().parents[2]).glob("plugins/*/templates/**/*.html")
)


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


def directives(response: TestResponse) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {part.split()[0]: " ".join(part.split()[1:]) for part in policy.split(";") if part.strip()}


@pytest.mark.parametrize("path", PAGES)
def test_s33_every_answer_carries_the_security_headers(app: Flask, path: str) -> None:
    response = Browser(app).get(path)
    policy = directives(response)
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert "'unsafe-inline'" not in policy["default-src"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_template_has_code_inside_or_leads_to_another_host(path: Path) -> None:
    text = path.read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert [tag for tag in page.select("script") if not tag.get("src")] == []
    assert page.select("style") == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+=", text) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text) == []
    assert "javascript:" not in text


def test_s35_pages_are_kept_by_no_cache_and_files_by_every_one(
    app: Flask, worker: Browser, world: World
) -> None:
    page = worker.get(f"/a/{world.codes['happy']}/people")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Cookie" in page.headers["Vary"]
    file = worker.get("/static/app.css?v=1")
    assert "public" in file.headers["Cache-Control"]
    assert "Set-Cookie" not in file.headers
    assert worker.get("/static/nothing.css").headers["Cache-Control"] == "no-store"


def test_s35_refused_and_redirected_pages_are_kept_by_no_cache(
    app: Flask, worker: Browser, world: World
) -> None:
    for path in (f"/a/{world.codes['sunny']}/people", f"/a/{world.codes['happy']}/audit", "/"):
        response = worker.get(path)
        assert response.headers["Cache-Control"] == "no-store", path
        assert "Cookie" in response.headers["Vary"]


@pytest.fixture
def secure_app(site_config: Config, clock: FixedClock, keyring: Keyring) -> Flask:
    """The site as it runs behind HTTPS under a known name."""
    config = replace(site_config, allow_plain_http=False, base_url="https://points.example")
    app = create_app(config, clock=clock, keyring=keyring)
    app.testing = True
    return app


def test_cookies_are_bound_to_the_host_and_to_https(secure_app: Flask) -> None:
    response = secure_app.test_client().get("/sign-in", base_url="https://points.example")
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-pointsys=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert "max-age" in response.headers["Strict-Transport-Security"]
    with secure_app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_a85_only_what_our_own_proxies_add_is_believed(
    site_config: Config, clock: FixedClock, keyring: Keyring, proxies: int, address: str
) -> None:
    app = create_app(replace(site_config, trusted_proxies=proxies), clock=clock, keyring=keyring)
    seen: list[str] = []
    app.before_request_funcs[None].append(lambda: seen.append(client_address()))
    app.test_client().get("/sign-in", headers={"X-Forwarded-For": "127.0.0.1, 198.51.100.7, 203.0.113.9"})
    with app.app_context():
        db.engine.dispose()

    assert seen == [address]


def test_a07_a_strange_host_name_is_refused_and_not_repeated(secure_app: Flask) -> None:
    for host in ("evil.example", "points.example.evil.example", "points.example:444"):
        response = secure_app.test_client().get("/sign-in", base_url=f"https://{host}")
        assert response.status_code == 400
        assert "evil" not in response.text
    with secure_app.app_context():
        db.engine.dispose()


def test_plain_http_is_said_on_every_page_unless_it_stays_on_this_machine(app: Flask) -> None:
    client = app.test_client()
    assert "notice-bar" in client.get("/sign-in", base_url="http://10.1.2.3:8000").text
    assert "notice-bar" not in client.get("/sign-in", base_url="http://127.0.0.1:8000").text


def test_s36_bodies_texts_and_parts_beyond_the_limits_are_refused(app: Flask) -> None:
    browser = Browser(app)
    form = "application/x-www-form-urlencoded"
    too_big = browser.client.post("/sign-in", data=b"login=" + b"x" * 10 * 1024 * 1024, content_type=form)
    assert too_big.status_code == 413
    long_text = browser.client.post("/sign-in", data=b"login=" + b"x" * 3 * 500 * 1024, content_type=form)
    assert long_text.status_code == 413
    field = (
        b'--b\r\nContent-Disposition: form-data; name="login"\r\n\r\n' + b"x" * 500 * 1024 + b"x\r\n--b--\r\n"
    )
    parted = browser.client.post("/sign-in", data=field, content_type="multipart/form-data; boundary=b")
    assert parted.status_code == 413
    many = {f"field{number}": "x" for number in range(1_001)}
    assert browser.post("/sign-in", many, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize(
    "wish",
    [
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\t/evil.example",
        "http://localhost@evil.example",
        "static",
        "auth.one_time_link",
        "no.such.page",
    ],
)
@pytest.mark.parametrize("name", ["to", "next"])
def test_s37_after_signing_in_nobody_is_led_away(app: Flask, world: World, wish: str, name: str) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        account_passwords.set_password(session, account, PASSWORD, SYSTEM)
    form = {
        "login": "worker",
        "password": PASSWORD,
        name: wish,
        "v_filename": "//evil.example",
        "v_token": "x",
    }
    response = Browser(app).post("/sign-in", form)
    assert (response.status_code, response.location) == (303, "/")


@pytest.mark.parametrize("extra", ["v__external", "v__scheme", "v__anchor", "v_code"])
def test_s37_values_of_the_wished_page_are_values_and_nothing_else(
    app: Flask, world: World, extra: str
) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        account_passwords.set_password(session, account, PASSWORD, SYSTEM)
    form = {"login": "worker", "password": PASSWORD, "to": "people.index", "v_code": "990101001001"}
    response = Browser(app).post("/sign-in", {**form, extra: "//evil.example/"})
    assert response.location.startswith("/a/")
    assert "://" not in response.location


def test_the_page_asked_for_comes_after_signing_in(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        account_passwords.set_password(session, account, PASSWORD, SYSTEM)
    browser = Browser(app)
    asked = browser.get(f"/a/{world.codes['happy']}/people")
    page = BeautifulSoup(browser.get(asked.location).data, "html.parser")
    hidden = {str(i["name"]): str(i["value"]) for i in page.select("main input[type=hidden]")}
    hidden.pop("csrf_token")
    response = browser.post("/sign-in", {**hidden, "login": "worker", "password": PASSWORD})
    assert response.location == f"/a/{world.codes['happy']}/people"


@pytest.mark.parametrize(
    "referer", ["https://evil.example/x", "http://localhost//evil.example", "garbage", ""]
)
def test_choosing_a_language_leads_back_to_this_site_only(app: Flask, referer: str) -> None:
    headers = {"Origin": "http://localhost", "Referer": referer}
    response = Browser(app).post("/language", {"language": "en"}, headers=headers)
    assert response.location == "/"


def test_choosing_a_language_leads_back_to_the_same_list(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['happy']}/people?q=li&page=1"
    response = worker.post("/language", {"language": "en"}, headers={"Referer": f"http://localhost{path}"})
    assert response.location == path
    assert 'lang="en"' in worker.get(path).text
