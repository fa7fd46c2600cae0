"""The accounts page: making accounts, giving and ending roles, and what nobody may do."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.permissions import ADMINISTRATORS
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY, PASSWORD, STREET


def public_id(app: Flask, login: str) -> str:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(Account.public_id).where(Account.login == login)).one()


def roles(app: Flask, login: str) -> set[str]:
    with app.app_context(), read_scope() as session:
        query = select(RoleGrant.role).join(Account, Account.id == RoleGrant.account_id)
        return set(session.scalars(query.where(Account.login == login, RoleGrant.ended_at.is_(None))))


def test_a_new_account_comes_with_a_link_that_is_shown_once(app: Flask, admin: Browser) -> None:
    form = {"login": "newcomer", "role": "community_worker", "area": HAPPY}
    made = admin.post(f"/a/{STREET}/accounts/new", form)
    assert made.status_code == 200
    link = BeautifulSoup(made.data, "html.parser").select_one("#link")
    assert link is not None
    path = "/" + str(link["value"]).split("/", 3)[3]
    newcomer = Browser(app)
    assert newcomer.post(path).location == "/me/password"
    assert newcomer.get(f"/a/{HAPPY}/people").location == "/me/password"
    assert newcomer.post("/me/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert newcomer.get(f"/a/{HAPPY}/people").status_code == 200
    token = path.rpartition("/")[2]
    assert token not in admin.page(f"/a/{STREET}/accounts/{public_id(app, 'newcomer')}").decode()


def test_an_account_is_bound_to_a_person_of_the_area(app: Flask, admin: Browser, world: World) -> None:
    form = {"login": "qian", "role": "member", "area": HAPPY}
    bound = admin.post(f"/a/{STREET}/accounts/new", {**form, "person": world.people["happy"]})
    assert bound.status_code == 200
    with app.app_context(), read_scope() as session:
        account = session.scalars(select(Account).where(Account.login == "qian")).one()
        assert account.person_id == world.person_ids["happy"]


@pytest.mark.parametrize("person", ["zzzzzzzzzzzzzzzz", "1"])
def test_an_unknown_person_is_not_bound(app: Flask, admin: Browser, person: str) -> None:
    form = {"login": "qian", "role": "member", "area": HAPPY, "person": person}
    assert admin.post(f"/a/{STREET}/accounts/new", form).status_code in (404, 422)
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(Account).where(Account.login == "qian")) is None


def test_roles_are_given_and_ended(app: Flask, admin: Browser) -> None:
    path = f"/a/{STREET}/accounts/{public_id(app, 'worker')}"
    assert admin.post(path, {"role": "grid_worker", "area": f"{HAPPY}001"}).status_code == 303
    assert roles(app, "worker") == {"community_worker", "grid_worker"}
    grant = admin.page(path).select_one('#roles input[name="grant"]')
    assert grant is not None
    assert admin.post(f"{path}/end-role", {"grant": grant["value"]}).status_code == 303
    assert roles(app, "worker") == {"grid_worker"}


def test_nobody_changes_their_own_account(app: Flask, admin: Browser) -> None:
    path = f"/a/{STREET}/accounts/{public_id(app, 'admin')}"
    assert admin.post(path, {"role": "community_worker", "area": HAPPY}).status_code == 422
    assert admin.post(f"{path}/disable").status_code == 403
    assert admin.post(f"{path}/link").status_code == 403
    assert roles(app, "admin") == set(ADMINISTRATORS)


@pytest.mark.parametrize("grant", ["", "x", "999999", "１"])
def test_a_grant_that_is_not_the_account_s_is_missing(app: Flask, admin: Browser, grant: str) -> None:
    path = f"/a/{STREET}/accounts/{public_id(app, 'worker')}/end-role"
    assert admin.post(path, {"grant": grant}).status_code == 404


def test_disabling_locks_out_and_enabling_lets_in(app: Flask, admin: Browser, worker: Browser) -> None:
    path = f"/a/{STREET}/accounts/{public_id(app, 'worker')}/disable"
    assert admin.post(path).status_code == 303
    assert worker.get(f"/a/{HAPPY}/people").status_code == 302
    assert admin.post(path, {"on": "1"}).status_code == 303
    with app.app_context(), read_scope() as session:
        worker_row = session.scalars(select(Account).where(Account.login == "worker")).one()
        assert worker_row.disabled_at is None


def test_an_administrator_of_a_part_touches_no_account_with_roles_beyond_it(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        happy = session.get_one(Area, world.areas["happy"])
        local = services.create_account(session, "local", SYSTEM)
        services.grant_role(session, local, "security_admin", happy, SYSTEM)
        office = session.get_one(Account, world.accounts["office"])
        services.grant_role(session, office, "grid_worker", happy, SYSTEM)
        local_id = local.id
    browser = sign_in(local_id)
    for login in ("office", "nobody", "sunny_worker"):
        path = f"/a/{HAPPY}/accounts/{public_id(app, login)}"
        assert browser.get(path).status_code == 404, login
        assert browser.post(f"{path}/link").status_code == 404
        assert browser.post(f"{path}/disable").status_code == 404
    assert browser.get(f"/a/{HAPPY}/accounts/{public_id(app, 'worker')}").status_code == 200
    outside = browser.post(
        f"/a/{HAPPY}/accounts/new", {"login": "x1", "role": "system_admin", "area": STREET}
    )
    assert outside.status_code == 422


def test_an_account_that_rested_for_ninety_days_is_pointed_out(
    admin: Browser, sign_in: SignIn, clock: object, world: World
) -> None:
    from tests.conftest import FixedClock

    assert isinstance(clock, FixedClock)
    assert admin.page(f"/a/{STREET}/accounts").select("td .badge-wait") == []
    clock.advance(days=91)
    fresh = sign_in(world.accounts["admin"])
    rows = fresh.page(f"/a/{STREET}/accounts").select("tbody tr")
    marked = {row.select_one(".lead").text.strip() for row in rows if row.select_one(".badge-wait")}  # type: ignore[union-attr]
    assert "worker" in marked
    assert "admin" not in marked
