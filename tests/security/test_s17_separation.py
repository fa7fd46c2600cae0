"""S-17, A31: three administrators who each can do one thing; holding two posts is told to every administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.permissions import ADMINISTRATORS, role_table
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import STREET

MakeAdmin = Callable[..., Browser]
CONFIGURE = f"/a/{STREET}/plugins"
GIVE = f"/a/{STREET}/accounts"
READ = f"/a/{STREET}/audit"


@pytest.fixture
def make_admin(app: Flask, world: World, sign_in: SignIn) -> MakeAdmin:
    """Makes an account with some posts at the top and signs it in; nobody else holds any."""
    with app.app_context(), unit_of_work() as session:
        admin = session.get_one(Account, world.accounts["admin"])
        for grant in session.scalars(select(RoleGrant).where(RoleGrant.account_id == admin.id)):
            accounts.end_role(session, grant, SYSTEM)

    def make(login: str, *roles: str) -> Browser:
        with app.app_context(), unit_of_work() as session:
            account = accounts.create_account(session, login, SYSTEM)
            for role in roles:
                accounts.grant_role(
                    session, account, role, session.get_one(Area, world.areas["street"]), SYSTEM
                )
            made = account.id
        return sign_in(made)

    return make


@pytest.mark.parametrize(
    ("role", "page"), [("system_admin", CONFIGURE), ("security_admin", GIVE), ("audit_admin", READ)]
)
def test_s17_each_administrator_opens_their_own_part_and_no_other(
    make_admin: MakeAdmin, role: str, page: str
) -> None:
    browser = make_admin("one", role)
    answers = {address: browser.get(address).status_code for address in (CONFIGURE, GIVE, READ)}
    assert answers == {address: 200 if address == page else 403 for address in (CONFIGURE, GIVE, READ)}


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_s17_no_administrator_sees_or_records_anything_of_people(
    make_admin: MakeAdmin, world: World, role: str
) -> None:
    browser = make_admin("one", role)
    for page in ("people", f"people/{world.people['grid1']}", "log", "imports/", "log/new"):
        assert browser.get(f"/a/{STREET}/{page}").status_code == 403, page


def test_s17_no_two_posts_share_a_permission_beyond_looking_at_the_area(app: Flask) -> None:
    with app.app_context():
        table = role_table().roles
    shared = [name for name, roles in table.items() if len(roles & set(ADMINISTRATORS)) > 1]
    assert shared == ["areas.view"]


def banner(browser: Browser, page: str) -> bool:
    return browser.page(page).select_one('.notice-bar a[href="/separation"]') is not None


def test_s17_whoever_holds_two_posts_is_told_on_every_page(make_admin: MakeAdmin) -> None:
    both = make_admin("both", "system_admin", "audit_admin")
    assert banner(both, CONFIGURE)
    assert banner(both, f"/a/{STREET}/")
    assert banner(both, "/me/password")


def test_s17_the_other_administrators_are_told_too_and_nobody_else(
    make_admin: MakeAdmin, worker: Browser, world: World
) -> None:
    security = make_admin("security", "security_admin")
    assert not banner(security, GIVE)
    make_admin("both", "system_admin", "audit_admin")
    assert banner(security, GIVE)
    assert not banner(worker, f"/a/{world.codes['happy']}/")


def test_s17_the_notice_goes_when_the_posts_are_parted_or_the_account_is_disabled(
    app: Flask, make_admin: MakeAdmin
) -> None:
    security = make_admin("security", "security_admin")
    make_admin("both", "system_admin", "audit_admin")
    make_admin("other", "system_admin", "audit_admin")
    with app.app_context(), unit_of_work() as session:
        both = session.scalars(select(Account).where(Account.login == "both")).one()
        accounts.disable_account(session, both, SYSTEM)
    assert banner(security, GIVE)
    with app.app_context(), unit_of_work() as session:
        other = session.scalars(select(Account.id).where(Account.login == "other")).one()
        grants = select(RoleGrant).where(RoleGrant.account_id == other, RoleGrant.role == "audit_admin")
        accounts.end_role(session, session.scalars(grants).one(), SYSTEM)
    assert not banner(security, GIVE)


def test_the_page_about_it_names_holders_and_is_for_administrators_alone(
    make_admin: MakeAdmin, worker: Browser, app: Flask
) -> None:
    both = make_admin("both", "system_admin", "audit_admin")
    page = both.page("/separation")
    assert "both" in page.text
    assert page.select_one(".badge-no") is not None, "the security post is vacant"
    assert worker.get("/separation").status_code == 404
    assert Browser(app).get("/separation").status_code == 302


def test_the_notice_costs_an_administrator_one_statement_and_others_none(
    app: Flask, make_admin: MakeAdmin, worker: Browser, world: World
) -> None:
    browser = make_admin("one", "system_admin")
    asked = "count(DISTINCT role_grant.role)".lower()
    with counted(app) as statements:
        browser.get(CONFIGURE)
    assert sum(asked in statement.lower() for statement in statements) == 1
    with counted(app) as statements:
        worker.get(f"/a/{world.codes['happy']}/")
    assert sum(asked in statement.lower() for statement in statements) == 0
