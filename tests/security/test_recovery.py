"""Nothing that a thief left behind outlives the cure: a new password, signing out, disabling, joining staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core import feeds
from pointsys.core.accounts import codes, notices, passwords, services
from pointsys.core.accounts.models import Account, LoginSession, OneTimeLink, RecoveryCode, RoleGrant
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.tokens.models import ApiToken
from pointsys.core.tokens.services import Wanted, create_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY, STREET

PASSWORD = "Regen-am-Fenster-7"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


def path_of(app: Flask, name: str) -> str:
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(Account.public_id).where(Account.login == name)).one()
    return f"/a/{STREET}/accounts/{found}"


def token_of(app: Flask, world: World, name: str, role: str) -> str:
    """The secret of a token that the account had made while it held the role in 幸福社区."""
    area = world.areas["happy"]
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts[name])
        actor = Actor(account.login, account_id=account.id, grants=(Grant(role, area),))
        until = account.created_at.date() + timedelta(days=100)
        return create_token(session, account, Wanted("sync", ["people.view"], [area], until), actor).secret


def opens(app: Flask, secret: str) -> bool:
    answer = app.test_client().get(
        f"/api/v1/areas/{HAPPY}/people", headers={"Authorization": f"Bearer {secret}"}
    )
    return answer.status_code == 200


def got_in(app: Flask, world: World) -> Browser:
    """Somebody who used the member's code and made themselves at home: password, second factor, feed."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["member"])
        code, login = codes.make_code(session, account, SYSTEM), account.login
    thief = Browser(app)
    assert thief.post("/code", {"login": login, "code": code}).status_code == 303
    form = {"password": PASSWORD, "again": PASSWORD}
    assert thief.post("/me/password", form).status_code == 303
    assert is_in(thief)
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["member"])
        account.totp = b"sealed"
        session.add(RecoveryCode(account_id=account.id, code_hash="0" * 64))
        feeds.create_feed(session, account, SYSTEM)
    return thief


def is_in(browser: Browser) -> bool:
    """Whether the browser's session is open, be it led to the notice about data first."""
    return "sign-in" not in (browser.get("/me/security").location or "")


def give(app: Flask, admin: Browser, role: str, login: str = "member1") -> str:
    answer = admin.post(path_of(app, login), {"role": role, "area": HAPPY}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def link_in(text: str) -> str:
    return text.partition('id="link" value="')[2].partition('"')[0].partition("/l/")[2]


def test_a_member_who_joins_staff_keeps_no_way_in_that_a_worker_could_have_handed_to_themselves(
    app: Flask, admin: Browser, world: World
) -> None:
    thief = got_in(app, world)
    shown = give(app, admin, "community_worker")
    assert not is_in(thief)
    again = Browser(app).post("/sign-in", {"login": "member1", "password": PASSWORD})
    assert again.status_code == 422
    with app.app_context(), read_scope() as session:
        account = session.get_one(Account, world.accounts["member"])
        assert (account.password_hash, account.totp, account.totp_at) == (None, None, None)
        assert feeds.open_feed(session, account.id) is None
        assert session.scalars(select(RecoveryCode)).all() == []
        assert not session.scalars(select(LoginSession).where(LoginSession.account_id == account.id)).all()
    holder = Browser(app)
    assert holder.post(f"/l/{link_in(shown)}").location == "/me/password"
    fresh = {"password": "Ganz-anders-als-vorher-8", "again": "Ganz-anders-als-vorher-8"}
    assert holder.post("/me/password", fresh).status_code == 303
    assert is_in(holder)
    with app.app_context(), read_scope() as session:
        told = notices.latest(session, world.accounts["member"])
        assert notices.STARTED_ANEW in {one.kind for one in told}


def test_also_one_whose_role_of_a_member_was_ended_before(app: Flask, admin: Browser, world: World) -> None:
    thief = got_in(app, world)
    with app.app_context(), unit_of_work(drain=False) as session:
        grants = select(RoleGrant).where(RoleGrant.account_id == world.accounts["member"])
        services.end_role(session, session.scalars(grants).one(), SYSTEM)
    assert link_in(give(app, admin, "subdistrict_office"))
    assert not is_in(thief)


@pytest.mark.parametrize(("login", "role"), [("worker", "branch_secretary"), ("member1", "resident")])
def test_whoever_is_staff_already_or_stays_a_member_goes_on(
    app: Flask, admin: Browser, sign_in: SignIn, world: World, login: str, role: str
) -> None:
    holder = sign_in(world.accounts["member" if login == "member1" else login])
    assert not link_in(give(app, admin, role, login))
    assert is_in(holder)


def test_a_member_who_never_came_in_gets_the_role_and_no_link(
    app: Flask, admin: Browser, world: World
) -> None:
    assert not link_in(give(app, admin, "community_worker"))
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(OneTimeLink)).all() == []


def _by_password(app: Flask, admin: Browser, holder: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.store_password(session, account, "x", SYSTEM)


def _by_disabling(app: Flask, admin: Browser, holder: Browser, world: World) -> None:
    path = f"{path_of(app, 'worker')}/disable"
    assert admin.post(path).status_code == 303
    assert admin.post(path, {"on": "1"}).status_code == 303


def _by_the_administrator(app: Flask, admin: Browser, holder: Browser, world: World) -> None:
    assert admin.post(f"{path_of(app, 'worker')}/sign-out").status_code == 303


def _by_the_holder(app: Flask, admin: Browser, holder: Browser, world: World) -> None:
    assert holder.post("/me/security/sessions/end-others").status_code == 303


@pytest.mark.parametrize("cure", [_by_password, _by_disabling, _by_the_administrator, _by_the_holder])
def test_tokens_end_with_the_sessions(
    app: Flask, admin: Browser, worker: Browser, world: World, cure: Callable[..., None]
) -> None:
    theirs = token_of(app, world, "worker", "community_worker")
    others = token_of(app, world, "secretary", "branch_secretary")
    assert opens(app, theirs)
    cure(app, admin, worker, world)
    assert not opens(app, theirs)
    assert opens(app, others)
    with app.app_context(), read_scope() as session:
        left = session.scalars(select(ApiToken.account_id).where(ApiToken.revoked_at.is_(None))).all()
        assert list(left) == [world.accounts["secretary"]]
