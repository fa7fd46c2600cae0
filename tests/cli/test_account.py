"""``pointsys account``: accounts and their one-time links."""

from __future__ import annotations

from urllib.parse import urlsplit

import pyotp
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import second_factor
from pointsys.core.accounts.models import Account, LoginFailure, LoginSession, OneTimeLink, RoleGrant
from pointsys.core.accounts.sessions import open_session
from pointsys.core.accounts.throttle import count_failure
from pointsys.core.actors import SYSTEM
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import RunCli
from tests.factories import HAPPY, make_person, make_tree


def _tree() -> str:
    """The areas, and the id of somebody there."""
    with unit_of_work() as session:
        return make_person(session, make_tree(session)["happy"]).public_id


def test_the_link_signs_in_once(run_cli: RunCli, site: Site, make_app: object, app: Flask) -> None:
    _tree()
    words = ("account", "create", "lin", "--role", "community_worker", "--area", HAPPY, "--json")
    made = run_cli(*words).json()
    assert (made["login"], made["role"], made["area"]) == ("lin", "community_worker", HAPPY)
    path = urlsplit(made["url"]).path
    app.config["WTF_CSRF_ENABLED"] = False
    first = app.test_client().post(path)
    assert first.status_code == 303
    second = app.test_client().post(path)
    assert second.status_code == 410


def test_the_role_is_held_in_the_area(run_cli: RunCli, site: Site) -> None:
    person = _tree()
    run_cli("account", "create", "chen", "--role", "member", "--area", HAPPY, "--person", person)
    with read_scope() as session:
        account = session.scalars(select(Account)).one()
        grant = session.scalars(select(RoleGrant)).one()
        assert grant.account_id == account.id
        assert grant.role == "member"
        assert account.person_id is not None
        assert account.password_hash is None


def test_an_unknown_role_leaves_no_account(run_cli: RunCli, site: Site) -> None:
    _tree()
    result = run_cli("account", "create", "lin", "--role", "emperor", "--area", HAPPY, "--json")
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "unknown_role")
    with read_scope() as session:
        assert session.scalars(select(Account)).all() == []


def test_a_taken_name_and_an_unknown_person_are_refused(run_cli: RunCli, site: Site) -> None:
    _tree()
    words = ("account", "create", "lin", "--role", "member", "--area", HAPPY, "--json")
    assert run_cli(*words, "--person", "nobody").json()["error"]["code"] == "unknown_person"
    assert run_cli(*words).exit_code == 0
    assert run_cli(*words).json()["error"]["code"] == "login_taken"


def test_a_lost_link_is_replaced(run_cli: RunCli, site: Site) -> None:
    _tree()
    first = run_cli("account", "create", "lin", "--role", "member", "--area", HAPPY, "--json").json()
    second = run_cli("account", "link", "LIN", "--json").json()
    assert second["login"] == "lin"
    assert second["url"] != first["url"]
    unknown = run_cli("account", "link", "wang", "--json")
    assert (unknown.exit_code, unknown.json()["error"]["code"]) == (2, "unknown_account")


def test_a_link_is_good_for_ten_minutes_unless_said_otherwise(run_cli: RunCli, site: Site) -> None:
    _tree()
    run_cli("account", "create", "lin", "--role", "community_worker", "--area", HAPPY)
    run_cli("account", "link", "lin", "--minutes", "90")
    with read_scope() as session:
        first, second = session.scalars(select(OneTimeLink).order_by(OneTimeLink.expires_at)).all()
        assert [(link.expires_at - site.now()).total_seconds() for link in (first, second)] == [600, 5400]
        assert [link.retired for link in (first, second)] == [True, False]
    assert run_cli("account", "link", "lin", "--minutes", "1441").exit_code == 2


def test_whoever_is_locked_out_may_try_again_at_once(run_cli: RunCli, site: Site) -> None:
    _tree()
    run_cli("account", "create", "lin", "--role", "community_worker", "--area", HAPPY)
    with unit_of_work() as session:
        name = session.scalars(select(Account.public_id)).one()
        for address in ("203.0.113.9", "198.51.100.7"):
            count_failure(session, name, address)
    assert run_cli("account", "unlock", "Lin", "--json").json() == {"login": "lin", "locks": 3}
    with read_scope() as session:
        left = session.scalars(select(LoginFailure.subject).order_by(LoginFailure.subject)).all()
        assert left == ["address:198.51.100.7", "address:203.0.113.9"]


def test_a_lost_second_factor_is_taken_away_and_every_session_with_it(run_cli: RunCli, site: Site) -> None:
    _tree()
    run_cli("account", "create", "lin", "--role", "community_worker", "--area", HAPPY)
    with unit_of_work() as session:
        account = session.scalars(select(Account)).one()
        second_factor.start(session, account, SYSTEM)
        second_factor.confirm(session, account, _code_of(account, site), SYSTEM)
        open_session(session, account, "127.0.0.1", "")
    assert run_cli("account", "second-factor-off", "lin").exit_code == 0
    with read_scope() as session:
        account = session.scalars(select(Account)).one()
        assert (account.totp, account.totp_at, second_factor.codes_left(session, account)) == (None, None, 0)
        assert session.scalars(select(LoginSession)).all() == []
    assert run_cli("account", "second-factor-off", "wang").exit_code == 2


def _code_of(account: Account, site: Site) -> str:
    return str(pyotp.TOTP(second_factor.secret_of(account)).at(site.now()))
