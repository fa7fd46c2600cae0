"""Pages of tokens: staff make them and see them once; who manages accounts sees and ends them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.services import end_role, grant_role
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.permissions import SECURITY_ADMIN
from pointsys.core.tokens.models import ApiToken
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


def form(world: World, **change: object) -> dict[str, object]:
    usual = {"name": "人口同步", "permissions": ["people.view", "log.record"], "expires_on": "2026-12-31"}
    return {**usual, "areas": [world.codes["happy"]], **change}


def secret_of(browser: Browser, world: World, **change: object) -> str:
    answer = browser.post("/me/tokens/new", form(world, **change))
    assert answer.status_code == 200
    found = answer.text.partition('id="secret" value="')[2].partition('"')[0]
    assert found.startswith("pst_")
    return found


def status(app: Flask, secret: str, path: str, method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return app.test_client().open(f"/api/v1{path}", method=method, json={}, headers=headers).status_code


def public_id(app: Flask) -> str:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(ApiToken.public_id)).one()


def test_a_token_is_shown_once_and_works(app: Flask, worker: Browser, world: World) -> None:
    secret = secret_of(worker, world, read_only="y")
    page = worker.page("/me/tokens")
    assert "人口同步" in page.text
    assert secret not in str(page)
    assert secret[:8] in page.text
    happy = f"/areas/{world.codes['happy']}"
    assert status(app, secret, f"{happy}/people") == 200
    assert status(app, secret, f"{happy}/log") == 403
    assert status(app, secret, f"{happy}/log", "POST") == 403


def test_the_way_to_it_is_in_the_menu_of_those_whom_a_program_serves(
    worker: Browser, sign_in: SignIn, world: World
) -> None:
    assert worker.page(f"/a/{world.codes['happy']}/").select('a[href="/me/tokens"]')
    member = sign_in(world.accounts["nobody"])
    assert not member.page("/me").select('a[href="/me/tokens"]')
    assert member.get("/me/tokens").status_code == 404
    assert member.get("/me/tokens/new").status_code == 404
    assert member.post("/me/tokens/new", form(world)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"permissions": []},
        {"permissions": ["accounts.manage"]},
        {"areas": ["990101001002"]},
        {"areas": []},
        {"expires_on": "2027-07-11"},
        {"expires_on": "2026-07-09"},
        {"expires_on": ""},
    ],
)
def test_what_does_not_fit_is_said_at_the_form(
    app: Flask, worker: Browser, world: World, change: dict[str, object]
) -> None:
    answer = worker.post("/me/tokens/new", form(world, **change))
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_its_owner_ends_it(app: Flask, worker: Browser, sign_in: SignIn, world: World) -> None:
    secret, token = secret_of(worker, world), public_id(app)
    office = sign_in(world.accounts["office"])
    assert office.post(f"/me/tokens/{token}/revoke").status_code == 404
    assert status(app, secret, f"/areas/{world.codes['happy']}/people") == 200
    assert worker.post(f"/me/tokens/{token}/revoke").status_code == 303
    assert status(app, secret, f"/areas/{world.codes['happy']}/people") == 401
    assert worker.post(f"/me/tokens/{token}/revoke").status_code == 303


def test_who_lost_every_role_still_ends_what_is_left(
    app: Flask, worker: Browser, sign_in: SignIn, world: World
) -> None:
    secret_of(worker, world)
    with app.app_context(), unit_of_work(drain=False) as session:
        query = select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"])
        end_role(session, session.scalars(query).one(), SYSTEM)
    assert "人口同步" in worker.page("/me/tokens").text
    assert worker.get("/me/tokens/new").status_code == 404


def test_who_manages_accounts_sees_tokens_and_ends_them(
    app: Flask, worker: Browser, sign_in: SignIn, world: World
) -> None:
    secret, token = secret_of(worker, world), public_id(app)
    street = f"/a/{world.codes['street']}/tokens"
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["nobody"])
        grant_role(session, account, SECURITY_ADMIN, session.get_one(Area, world.areas["street"]), SYSTEM)
    manager = sign_in(world.accounts["nobody"])
    page = manager.page(street)
    assert ("人口同步" in page.text, "worker" in page.text) == (True, True)
    assert secret not in str(page)
    assert worker.get(street).status_code == 404
    assert worker.post(f"{street}/{token}/revoke").status_code == 404
    assert manager.post(f"{street}/{token}/revoke").status_code == 303
    assert status(app, secret, f"/areas/{world.codes['happy']}/people") == 401
    assert manager.post(f"{street}/nothing/revoke").status_code == 404
