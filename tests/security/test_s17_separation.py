"""S-17: three administrators who each can do one thing and read nobody's data; a unit with fewer people is told so.

The world of these tests begins under the exception for small units; ``parted`` is one where it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.separation import allow_exception, excepted
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.permissions import ADMINISTRATORS, role_table
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import STREET

MakeAdmin = Callable[..., Browser]
CONFIGURE = f"/a/{STREET}/plugins"
GIVE = f"/a/{STREET}/accounts"
READ = f"/a/{STREET}/audit"


@pytest.fixture
def engine_name() -> str:
    """The rule is the same on both; that its statements run on both is asked by the tests of the pages."""
    return "sqlite"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The block is refused with this code."""
    with pytest.raises(Problem) as caught:
        yield
    assert caught.value.code == code


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
    # To look at the area and to be warned, each of them needs.
    assert set(shared) == {"areas.view", "alerts.view"}


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
    asked = "coalesce(person_alias.kept_id"
    with counted(app) as statements:
        browser.get(CONFIGURE)
    assert sum(asked in statement.lower() for statement in statements) == 1
    with counted(app) as statements:
        worker.get(f"/a/{world.codes['happy']}/")
    assert sum(asked in statement.lower() for statement in statements) == 0


@pytest.fixture
def parted(app: Flask, make_admin: MakeAdmin) -> dict[str, Browser]:
    """Each post with its own holder: from then on the rule holds for good."""
    return {role: make_admin(role.replace("_", "-"), role) for role in ADMINISTRATORS}


def give(app: Flask, world: World, login: str, role: str, area: str = "street") -> None:
    """Give a role past every page, as the command line and the set-up do."""
    with app.app_context(), unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        accounts.grant_role(session, account, role, session.get_one(Area, world.areas[area]), SYSTEM)


@pytest.mark.parametrize("first", ADMINISTRATORS)
def test_s17_nobody_is_given_a_second_post_by_anybody(
    app: Flask, parted: dict[str, Browser], world: World, first: str
) -> None:
    login = first.replace("_", "-")
    for second in ADMINISTRATORS:
        if first == second:
            # The same post in a further area is no second one.
            give(app, world, login, second, "happy")
            continue
        with refused("not_separated"):
            give(app, world, login, second, "happy")


@pytest.mark.parametrize("post", ADMINISTRATORS)
def test_s17_no_administrator_gets_a_role_that_reads_people_and_nobody_who_has_one_gets_a_post(
    app: Flask, parted: dict[str, Browser], world: World, post: str
) -> None:
    roles = {"office": "subdistrict_office", "worker": "community_worker"}
    roles |= {"grid_worker": "grid_worker", "secretary": "branch_secretary"}
    for holder, role in roles.items():
        with refused("not_separated"):
            give(app, world, post.replace("_", "-"), role, "grid2")
        with refused("not_separated"):
            give(app, world, holder, post)


@pytest.mark.parametrize("post", ADMINISTRATORS)
def test_s17_an_administrator_may_be_a_member_like_anybody(
    app: Flask, parted: dict[str, Browser], world: World, post: str
) -> None:
    give(app, world, post.replace("_", "-"), "member", "happy")


def test_s17_a_role_that_is_over_counts_no_more(app: Flask, parted: dict[str, Browser], world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        worker = world.accounts["worker"]
        grant = session.scalars(select(RoleGrant).where(RoleGrant.account_id == worker)).one()
        accounts.end_role(session, grant, SYSTEM)
    give(app, world, "worker", "audit_admin")


def test_s17_the_page_refuses_with_the_cure_and_changes_nothing(
    app: Flask, parted: dict[str, Browser], world: World
) -> None:
    browser = parted["security_admin"]
    with app.app_context(), read_scope() as session:
        target = session.get_one(Account, world.accounts["worker"]).public_id
    answer = browser.post(f"{GIVE}/{target}", {"role": "system_admin", "area": STREET})
    assert answer.status_code == 422
    assert "管理员" in answer.text
    with app.app_context(), read_scope() as session:
        held = session.scalars(
            select(RoleGrant.role).where(
                RoleGrant.account_id == world.accounts["worker"], RoleGrant.ended_at.is_(None)
            )
        )
        assert list(held) == ["community_worker"]


def test_s17_the_exception_of_a_small_unit_ends_for_good_once_the_posts_are_parted(
    app: Flask, make_admin: MakeAdmin, world: World
) -> None:
    make_admin("small", "system_admin", "security_admin")
    make_admin("keeper", "audit_admin")
    with app.app_context(), unit_of_work() as session:
        assert excepted(session)
        small = session.scalars(select(Account.id).where(Account.login == "small")).one()
        grants = select(RoleGrant).where(RoleGrant.account_id == small, RoleGrant.role == "security_admin")
        accounts.end_role(session, session.scalars(grants).one(), SYSTEM)
        assert excepted(session), "nobody holds the post of security yet"
    make_admin("third", "security_admin")
    with app.app_context(), unit_of_work() as session:
        assert not excepted(session)
        with refused("separation_kept"):
            allow_exception(session, session.get_one(Area, world.areas["street"]), SYSTEM)
    with refused("not_separated"):
        give(app, world, "small", "security_admin")


def test_s17_an_account_with_two_posts_does_not_come_back_once_they_were_parted(
    app: Flask, make_admin: MakeAdmin, world: World
) -> None:
    make_admin("both", "system_admin", "audit_admin")
    with app.app_context(), unit_of_work() as session:
        both = session.scalars(select(Account).where(Account.login == "both")).one()
        accounts.disable_account(session, both, SYSTEM)
    for role in ADMINISTRATORS:
        make_admin(role.replace("_", "-"), role)
    with app.app_context(), unit_of_work() as session:
        both = session.scalars(select(Account).where(Account.login == "both")).one()
        with refused("not_separated"):
            accounts.enable_account(session, both, SYSTEM)


def test_s17_two_accounts_of_one_human_being_count_as_one(
    app: Flask, parted: dict[str, Browser], world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        people = [session.get_one(Person, world.person_ids[name]) for name in ("happy", "sunny")]
        for login, person in zip(("first", "second"), people, strict=True):
            accounts.create_account(session, login, SYSTEM, person_id=person.id)
        merge_people(session, people[0], people[1], SYSTEM)
    give(app, world, "first", "system_admin")
    with refused("not_separated"):
        give(app, world, "second", "audit_admin")


def test_s17_no_area_below_can_bring_the_exception_back(
    app: Flask, parted: dict[str, Browser], world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        set_setting(
            session, session.get_one(Area, world.areas["happy"]), "accounts.separation", "excepted", SYSTEM
        )
    with refused("not_separated"):
        give(app, world, "worker", "audit_admin", "happy")


def test_s17_a_post_beside_work_with_people_is_told_under_the_exception(
    make_admin: MakeAdmin, app: Flask
) -> None:
    small = make_admin("small", "system_admin", "community_worker")
    assert banner(small, CONFIGURE)
    assert "small" in small.page("/separation").text
