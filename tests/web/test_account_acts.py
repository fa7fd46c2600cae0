"""What the security administrator does to an account, who is told of it, and the pages around: tree, roles, unused."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import second_factor, services, throttle
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.actors import SYSTEM
from pointsys.core.alerts import SecurityAlert
from pointsys.core.areas.models import Area
from pointsys.core.audit.models import AuditRow
from pointsys.core.permissions import role_table
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, SUNNY

LIST = f"/a/{STREET}/accounts"


@pytest.fixture
def engine_name() -> str:
    """Their statements run on both engines in the tests of accounts, of sessions and of notices."""
    return "sqlite"


def path_of(app: Flask, login: str) -> str:
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(Account.public_id).where(Account.login == login)).one()
    return f"{LIST}/{found}"


def events(app: Flask, event: str) -> int:
    with app.app_context(), read_scope() as session:
        return len(session.scalars(select(AuditRow.id).where(AuditRow.event == event)).all())


def news(browser: Browser) -> str:
    return browser.page("/me/notices").select_one("main").text  # type: ignore[union-attr]


def test_whoever_gets_a_way_in_made_for_them_is_told_at_the_next_page_until_they_have_read_it(
    app: Flask, admin: Browser, worker: Browser
) -> None:
    assert worker.page(f"/a/{HAPPY}/").select_one('a[href="/me/notices"]') is None
    assert admin.post(f"{path_of(app, 'worker')}/code").status_code == 200
    page = worker.page(f"/a/{HAPPY}/")
    assert page.select_one('.notice-bar a[href="/me/notices"]') is not None
    assert "admin" in news(worker)
    button = worker.page("/me/notices").select_one('input[name="newest"]')
    assert button is not None
    worker.post("/me/notices", {"newest": button["value"]})
    assert worker.page(f"/a/{HAPPY}/").select_one('a[href="/me/notices"]') is None
    assert "admin" in news(worker), "whoever used the way in may have read it first: it stays"


def test_nobody_marks_the_news_of_others_as_read(app: Flask, admin: Browser, worker: Browser) -> None:
    admin.post(f"{path_of(app, 'worker')}/link")
    admin.post("/me/notices", {"newest": "999999"})
    worker.post("/me/notices", {"newest": "x"})
    assert worker.page(f"/a/{HAPPY}/").select_one('a[href="/me/notices"]') is not None


@pytest.mark.parametrize("act", ["link", "code"])
def test_a_way_into_an_administrator_s_account_is_told_to_the_other_administrators(
    app: Flask, admin: Browser, sign_in: SignIn, world: World, act: str
) -> None:
    with app.app_context(), unit_of_work() as session:
        street = session.get_one(Area, world.areas["street"])
        made = {}
        for login, role in (("keeper", "audit_admin"), ("second", "security_admin")):
            account = services.create_account(session, login, SYSTEM)
            services.grant_role(session, account, role, street, SYSTEM)
            made[login] = account.id
    keeper, second = sign_in(made["keeper"]), sign_in(made["second"])
    assert admin.post(f"{path_of(app, 'second')}/{act}").status_code == 200
    assert "second" in news(keeper)
    assert "admin" in news(second)
    with app.app_context(), read_scope() as session:
        alert = session.scalars(select(SecurityAlert).where(SecurityAlert.kind == "admin.link")).one()
        assert (alert.subject, alert.by) == ("second", "admin")


def test_a_post_given_is_told_to_the_other_administrators_and_a_role_to_its_holder(
    app: Flask, admin: Browser, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        keeper = services.create_account(session, "keeper", SYSTEM)
        services.grant_role(
            session, keeper, "audit_admin", session.get_one(Area, world.areas["street"]), SYSTEM
        )
        keeper_id = keeper.id
    reader, nobody = sign_in(keeper_id), sign_in(world.accounts["nobody"])
    admin.post(path_of(app, "nobody"), {"role": "system_admin", "area": STREET})
    assert "nobody" in news(reader)
    assert "平安街道" in news(nobody)


@pytest.mark.parametrize(
    ("role", "place", "alerts"),
    [
        ("subdistrict_office", STREET, 1),
        ("community_worker", STREET, 1),
        ("branch_secretary", STREET, 1),
        ("subdistrict_office", HAPPY, 1),
        ("community_worker", HAPPY, 0),
        ("member", STREET, 0),
    ],
)
def test_a_fresh_account_that_reads_everybody_is_told_to_the_other_administrators(
    app: Flask, admin: Browser, sign_in: SignIn, world: World, role: str, place: str, alerts: int
) -> None:
    with app.app_context(), unit_of_work() as session:
        keeper = services.create_account(session, "keeper", SYSTEM)
        street = session.get_one(Area, world.areas["street"])
        services.grant_role(session, keeper, "audit_admin", street, SYSTEM)
        keeper_id = keeper.id
    answer = admin.post(f"{LIST}/new", {"login": "ghost", "role": role, "area": place})
    assert answer.status_code == 200
    assert ("ghost" in news(sign_in(keeper_id))) == bool(alerts)
    with app.app_context(), read_scope() as session:
        raised = session.scalars(select(SecurityAlert).where(SecurityAlert.kind == "office.granted")).all()
        assert [(alert.subject, alert.by) for alert in raised] == [("ghost", "admin")] * alerts


def test_signing_an_account_out_ends_every_session_and_says_so(
    app: Flask, admin: Browser, worker: Browser, sign_in: SignIn, world: World
) -> None:
    assert admin.post(f"{path_of(app, 'worker')}/sign-out").status_code == 303
    assert worker.get(f"/a/{HAPPY}/people").status_code == 302
    with app.app_context(), read_scope() as session:
        mine = LoginSession.account_id == world.accounts["worker"]
        assert session.scalars(select(LoginSession.token_hash).where(mine)).all() == []
    assert events(app, "account.sessions_ended") == 1
    assert "admin" in news(sign_in(world.accounts["worker"]))


def test_unlocking_lets_the_holder_try_again_at_once(app: Flask, admin: Browser) -> None:
    path = path_of(app, "worker")
    name = path.rpartition("/")[2]
    with app.app_context(), unit_of_work() as session:
        for _attempt in range(throttle.FAILURES_PER_LOGIN):
            throttle.count_failure(session, name, "10.0.0.9")
        assert throttle.locked_until(session, [throttle.counters(name, "10.0.0.9").pair]) is not None
    assert admin.page(path).select_one(f'form[action="{path}/unlock"]') is not None
    assert admin.post(f"{path}/unlock").status_code == 303
    with app.app_context(), read_scope() as session:
        assert throttle.locked_until(session, [throttle.counters(name, "10.0.0.9").pair]) is None


def test_a_second_factor_is_taken_away_and_its_holder_told(
    app: Flask, admin: Browser, sign_in: SignIn, world: World
) -> None:
    worker = sign_in(world.accounts["worker"])
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        second_factor.start(session, account, SYSTEM)
        account.totp_at = account.created_at
    assert admin.post(f"{path_of(app, 'worker')}/second-factor").status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.get_one(Account, world.accounts["worker"]).totp is None
    assert "admin" in news(worker)


@pytest.mark.parametrize("act", ["link", "code", "sign-out", "unlock", "second-factor", "disable", "name"])
def test_nobody_does_any_of_it_to_their_own_account(app: Flask, admin: Browser, act: str) -> None:
    assert admin.post(f"{path_of(app, 'admin')}/{act}").status_code == 403


@pytest.mark.parametrize("act", ["link", "code", "sign-out", "unlock", "second-factor", "disable", "name"])
def test_staff_do_none_of_it(app: Flask, worker: Browser, act: str) -> None:
    assert worker.post(f"{path_of(app, 'office')}/{act}").status_code == 404


def test_pages_show_the_name_of_an_account_and_ask_for_all_names_at_once(
    app: Flask, admin: Browser, world: World
) -> None:
    path = path_of(app, "worker")
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["admin"])
        services.name_account(session, account, "沈 <b>芳</b>", SYSTEM)
        worker = session.get_one(Account, world.accounts["worker"])
        for place in ("grid1", "grid2", "sunny"):
            session.add(
                RoleGrant(
                    account_id=worker.id, role="grid_worker", area_id=world.areas[place], granted_by="admin",
                    granted_at=account.created_at,
                )
            )  # fmt: skip
    with counted(app) as statements:
        page = admin.page(path)
    assert str(page.select_one("#roles")).count("沈 &lt;b&gt;芳&lt;/b&gt;") == 3
    assert sum("account.login IN" in statement for statement in statements) == 1


def test_two_of_the_same_name_keep_their_sign_in_names_beside_it(
    app: Flask, admin: Browser, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        for login in ("admin", "office"):
            services.name_account(session, session.get_one(Account, world.accounts[login]), "王芳", SYSTEM)
        for by in ("admin", "office"):
            session.add(
                RoleGrant(
                    account_id=world.accounts["nobody"], role="member", granted_by=by,
                    area_id=world.areas["happy" if by == "admin" else "sunny"],
                    granted_at=session.get_one(Account, world.accounts["nobody"]).created_at,
                )
            )  # fmt: skip
    text = admin.page(path_of(app, "nobody")).select_one("#roles").text  # type: ignore[union-attr]
    assert "王芳 (admin)" in text
    assert "王芳 (office)" in text


def test_the_tree_leads_down_and_shows_how_many_work_below(admin: Browser) -> None:
    page = admin.page(LIST)
    branches = {a.span.text: a["href"] for a in page.select(".tree-side a")}  # type: ignore[union-attr]
    assert branches == {
        "平安街道": LIST,
        "幸福社区": f"/a/{HAPPY}/accounts",
        "阳光社区": f"/a/{SUNNY}/accounts",
    }
    # worker, secretary and grid_worker.
    assert [a.select_one(".hint").text for a in page.select(".tree-1 a")] == ["4", "1"]  # type: ignore[union-attr]
    below = admin.page(f"/a/{HAPPY}/accounts")
    assert below.select_one('.tree-side a[aria-current="page"]').span.text == "幸福社区"  # type: ignore[union-attr]
    assert len(below.select(".tree-2 a")) == 2


def test_the_list_costs_the_same_however_many_accounts_there_are(
    app: Flask, admin: Browser, world: World
) -> None:
    with counted(app) as few:
        admin.page(LIST)
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["grid1"])
        for number in range(30):
            services.grant_role(
                session, services.create_account(session, f"more{number}", SYSTEM), "member", area, SYSTEM
            )
    with counted(app) as many:
        admin.page(LIST)
    assert len(many) == len(few)


def test_the_table_of_roles_says_what_the_program_asks(app: Flask, admin: Browser) -> None:
    page = admin.page(f"{LIST}/roles")
    with app.app_context():
        expected = sum(len(roles) for roles in role_table().roles.values())
    assert len(page.select("table.matrix .icon")) == expected
    assert "志愿时长" in page.text, "plugins' permissions stand there too"


def test_unused_accounts_are_listed_and_disabled_together(
    app: Flask, admin: Browser, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    clock.advance(days=80)
    fresh = sign_in(world.accounts["admin"])
    page = fresh.page(f"{LIST}/unused")
    picked = {box["value"] for box in page.select("td.pick input")}
    assert len(picked) == len(world.accounts) - 1
    assert fresh.post(f"{LIST}/unused/disable", {"id": sorted(picked)}).status_code == 303
    with app.app_context(), read_scope() as session:
        left = session.scalars(select(Account.login).where(Account.disabled_at.is_(None)))
        assert list(left) == ["admin"]


def test_only_at_the_top_one_chooses_after_how_many_days(admin: Browser, app: Flask) -> None:
    assert admin.post(f"/a/{HAPPY}/accounts/unused/days", {"days": "60"}).status_code == 404
    for wrong in ("", "x", "29", "99999", "６０"):
        admin.post(f"{LIST}/unused/days", {"days": wrong})
    assert 'value="90"' in str(admin.page(f"{LIST}/unused").select_one("#days"))
    admin.post(f"{LIST}/unused/days", {"days": "60"})
    assert 'value="60"' in str(admin.page(f"{LIST}/unused").select_one("#days"))
