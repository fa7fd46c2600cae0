"""S-16: accounts that nobody uses end after ninety days, are announced before, and never leave a post empty."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import notices, services, unused
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.tokens.models import ApiToken
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import SignIn, World
from tests.conftest import FixedClock


def run(app: Flask) -> int:
    with app.app_context():
        return unused.disable_unused(current_site().now())


def disabled(app: Flask) -> set[str]:
    with app.app_context(), read_scope() as session:
        return set(session.scalars(select(Account.login).where(Account.disabled_at.is_not(None))))


def told(app: Flask, world: World, login: str, kind: str) -> list[dict[str, object]]:
    with app.app_context(), read_scope() as session:
        found = notices.latest(session, world.accounts[login])
        return [notice.values for notice in found if notice.kind == kind]


def test_what_nobody_uses_for_ninety_days_ends_in_the_night_after(
    app: Flask, world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    clock.advance(days=30)
    sign_in(world.accounts["worker"])
    sign_in(world.accounts["admin"])
    clock.advance(days=60)
    assert run(app) == 0
    clock.advance(seconds=1)
    run(app)
    assert {"office", "grid_worker", "member1", "nobody"} <= disabled(app)
    assert not disabled(app) & {"worker", "admin"}


def test_the_last_holder_of_a_post_is_spared_and_told_of_once(
    app: Flask, world: World, clock: FixedClock
) -> None:
    clock.advance(days=91)
    run(app)
    assert "admin" not in disabled(app), "all three posts are theirs"
    run(app)
    assert told(app, world, "admin", notices.UNUSED_SPARED) == [{"login": "admin", "days": 90}]


def test_of_two_holders_of_a_post_nobody_is_spared_while_one_is_in_use(
    app: Flask, world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    with app.app_context(), unit_of_work() as session:
        second = services.create_account(session, "second", SYSTEM)
        services.grant_role(
            session, second, "audit_admin", session.get_one(Area, world.areas["street"]), SYSTEM
        )
    clock.advance(days=91)
    sign_in(world.accounts["admin"])
    run(app)
    assert "second" in disabled(app)


def test_an_account_let_in_again_has_its_days_anew(app: Flask, world: World, clock: FixedClock) -> None:
    clock.advance(days=91)
    run(app)
    with app.app_context(), unit_of_work() as session:
        services.enable_account(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    clock.advance(days=1)
    run(app)
    assert "worker" not in disabled(app)
    clock.advance(days=90)
    run(app)
    assert "worker" in disabled(app)


def test_an_account_whose_program_works_is_in_use(app: Flask, world: World, clock: FixedClock) -> None:
    clock.advance(days=91)
    with app.app_context(), unit_of_work() as session:
        now = current_site().now()
        session.add(
            ApiToken(
                account_id=world.accounts["office"], name="n", token_hash="h", hint="h", permissions="",
                read_only=True, created_at=now - timedelta(days=80), expires_on=now.date(),
                last_used_at=now - timedelta(days=3), revoked_by="",
            )
        )  # fmt: skip
    run(app)
    assert "office" not in disabled(app)
    assert "worker" in disabled(app)


def test_who_gives_accounts_is_told_fourteen_days_before_and_on_one_day_only(
    app: Flask, world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    clock.advance(days=75)
    run(app)
    assert told(app, world, "admin", notices.UNUSED_SOON) == []
    clock.advance(days=1, seconds=1)
    sign_in(world.accounts["admin"])
    for _night in range(3):
        run(app)
        clock.advance(days=1)
    (notice,) = told(app, world, "admin", notices.UNUSED_SOON)
    # Everybody of the world but the one who reads it, and the one without any role.
    assert notice == {"n": len(world.accounts) - 2, "day": "2026-10-08"}


def test_a_site_may_choose_other_days_within_bounds(app: Flask, world: World, clock: FixedClock) -> None:
    with app.app_context(), unit_of_work() as session:
        root = session.get_one(Area, world.areas["street"])
        for days in (29, 366, 0):
            with pytest.raises(Problem) as caught:
                unused.set_unused_days(session, root, days, SYSTEM)
            assert caught.value.code == "bad_days"
        unused.set_unused_days(session, root, 30, SYSTEM)
        # Nobody below may say otherwise.
        set_setting(session, session.get_one(Area, world.areas["happy"]), unused.SETTING, 365, SYSTEM)
    clock.advance(days=31)
    run(app)
    assert "worker" in disabled(app)
