"""S-32, A13, A14: no write without the token of this very session, none that another site sent, none by GET."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from pointsys.web.access import access_of
from tests.browsers import Browser, SignIn, World


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


# A page refuses what no form of this session sent; a view of programs what carries no bearer token.
REFUSED = {False: 403, True: 401}


def takes_token(app: Flask, endpoint: str) -> bool:
    """Whether a view is for programs."""
    declared = access_of(app, endpoint)
    return declared is not None and declared.token


def people(app: Flask) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


@pytest.fixture
def form(world: World) -> dict[str, str]:
    """A new person."""
    return {"name": "吴九", "area": world.codes["happy"]}


def test_s32_a_write_without_a_token_changes_nothing(
    app: Flask, worker: Browser, world: World, form: dict[str, str]
) -> None:
    before = people(app)
    path = f"/a/{world.codes['happy']}/people/new"
    assert worker.client.post(path, data=form).status_code == 403
    assert worker.client.post(path, json=form, content_type="text/plain").status_code == 403
    assert worker.client.post(path, data={**form, "csrf_token": "x"}).status_code == 403
    assert people(app) == before


def test_s32_the_token_of_somebody_else_is_worth_nothing(
    app: Flask, sign_in: SignIn, worker: Browser, world: World, form: dict[str, str]
) -> None:
    other = sign_in(world.accounts["office"])
    with other.client.session_transaction() as stored:
        stored["csrf_token"] = "another-secret"
    path = f"/a/{world.codes['happy']}/people/new"
    assert worker.client.post(path, data={**form, "csrf_token": other.csrf()}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Referer": "https://evil.example/form"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_s32_a_write_that_another_site_sent_changes_nothing(
    app: Flask, worker: Browser, world: World, form: dict[str, str], headers: dict[str, str]
) -> None:
    before = people(app)
    response = worker.post(f"/a/{world.codes['happy']}/people/new", form, headers=headers)
    assert response.status_code == 403
    assert people(app) == before


def test_a_write_of_our_own_page_goes_through(worker: Browser, world: World, form: dict[str, str]) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert worker.post(f"/a/{world.codes['happy']}/people/new", form, headers=headers).status_code == 303


def test_s32_every_write_without_a_token_is_refused(app: Flask, worker: Browser, world: World) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            path = rule.rule.replace("<code>", world.codes["happy"])
            assert worker.client.post(path).status_code == REFUSED[takes_token(app, rule.endpoint)], rule.rule


def test_a_cookie_writes_nothing_where_programs_do(app: Flask, worker: Browser, world: World) -> None:
    # No form has a token for these, so a browser that is signed in must not be able to send anything there.
    seen = 0
    for rule in app.url_map.iter_rules():
        if takes_token(app, rule.endpoint):
            path = rule.rule.replace("<code>", world.codes["happy"])
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                answer = worker.client.open(
                    path, method=method, json={"name": "吴九"}, headers={"X-CSRFToken": worker.csrf()}
                )
                assert answer.status_code == 401, (method, path)
                seen += 1
    assert seen >= 15


def test_the_token_expires_with_the_session_and_not_before(worker: Browser, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/people/new")
    assert page.select_one('form.panel input[name="csrf_token"]') is not None


def test_what_only_writes_answers_a_visit_with_405(app: Flask, worker: Browser, world: World) -> None:
    seen = 0
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        if takes_token(app, rule.endpoint):
            continue
        if "POST" in methods and "GET" not in methods and access_of(app, rule.endpoint):
            twins = {m for r in app.url_map.iter_rules() if r.rule == rule.rule for m in (r.methods or ())}
            if "GET" in twins:
                continue
            path = rule.rule.replace("<code>", world.codes["happy"])
            for wild in ("<pid>", "<aid>", "<area_code>", "<name>"):
                path = path.replace(wild, "x")
            if "<" in path:
                continue
            # Where the address could also name a thing, a visit finds that there is no such thing.
            assert worker.get(path).status_code in (404, 405), path
            assert worker.client.head(path).status_code in (404, 405), path
            seen += 1
    assert seen >= 10
