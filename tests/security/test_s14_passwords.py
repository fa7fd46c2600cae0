"""S-14: two profiles of passwords, and what has to be known or done before one is set."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from pointsys.core.accounts import passwords, rules
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.rules import DJBH, MODERN, Profile
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import PASSWORD

NEW = "Another-horse-8"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing as strong as in use takes most of the time of these tests and changes nothing about them."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    monkeypatch.setattr(passwords, "_decoy_hash", lambda: quick.hash("nobody has this password"))


@pytest.mark.parametrize(
    ("profile", "password", "code"),
    [
        (DJBH, "Kx7-pqmzv", "weak_password"),
        (DJBH, "Kx7-pqmzvb", None),
        (DJBH, "kxwpqmzvbtr", "weak_password"),
        (DJBH, "kxw7pqmzvbt", "weak_password"),
        (DJBH, "K" + "x7-" * 66, None),
        (DJBH, "Kx7-" * 51, "weak_password"),
        (DJBH, "Password123!", "common_password"),
        (DJBH, "1qaz2wsx3EDC", "common_password"),
        (DJBH, "Woaini1314!", "common_password"),
        (DJBH, "Abcdefgh12", "common_password"),
        (DJBH, "12!Gfedcba34", "common_password"),
        (MODERN, "sdfghjkl2026", "common_password"),
        (DJBH, "wang.Xiao-2026", "common_password"),
        (DJBH, "Aa1!Aa1!Aa1!", "common_password"),
        (DJBH, "Aa1Aa1Aa1Aa1", "common_password"),
        (MODERN, "Kx7-pqmzvb1", "weak_password"),
        (MODERN, "马儿 正确 电池 订书钉 今天", None),
        (MODERN, "correct horse battery", None),
        (MODERN, "sunshine2026", "common_password"),
        (MODERN, "aaaaaaaaaaaa", "common_password"),
        (MODERN, "x" * 30 + "yzwv" * 10, None),
    ],
)
def test_which_passwords_a_profile_takes(profile: Profile, password: str, code: str | None) -> None:
    if code is None:
        passwords.check_password(password, "wang.xiao", profile)
        return
    with pytest.raises(Problem) as refused:
        passwords.check_password(password, "wang.xiao", profile)
    assert (refused.value.code, refused.value.field) == (code, "password")


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=0, max_size=9))
def test_whatever_is_too_short_is_refused_by_both(password: str) -> None:
    for profile in (DJBH, MODERN):
        with pytest.raises(Problem):
            passwords.check_password(password, "wang", profile)


def _use(app: Flask, world: World, profile: Profile) -> None:
    with app.app_context(), unit_of_work() as session:
        root = session.get_one(Area, world.areas["street"])
        rules.set_sign_in_rules(session, root, profile.name, rules.OFFERED, 5, SYSTEM)


def _give(app: Flask, world: World, password: str = PASSWORD) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, password, SYSTEM)


def _enter(app: Flask, password: str) -> tuple[Browser, str | None]:
    browser = Browser(app)
    answer = browser.post("/sign-in", {"login": "worker", "password": password})
    assert answer.status_code == 303
    return browser, answer.location


def _change(browser: Browser, current: str, new: str) -> int:
    return browser.post("/me/password", {"current": current, "password": new, "again": new}).status_code


def test_a_new_password_asks_for_the_present_one(app: Flask, sign_in: SignIn, world: World) -> None:
    _give(app, world)
    browser = sign_in(world.accounts["worker"])
    assert browser.page("/me/password").select_one("#current") is not None
    assert _change(browser, "", NEW) == 422
    assert _change(browser, "Wrong-password-1", NEW) == 422
    assert _change(browser, PASSWORD, NEW) == 303
    _enter(app, NEW)


def test_guessing_the_present_password_ends_after_five(app: Flask, sign_in: SignIn, world: World) -> None:
    _give(app, world)
    browser = sign_in(world.accounts["worker"])
    for _guess in range(5):
        assert _change(browser, "Wrong-password-1", NEW) == 422
    assert _change(browser, PASSWORD, NEW) == 422


def test_after_ninety_days_nothing_opens_before_a_new_password_is_set(
    app: Flask, world: World, clock: FixedClock
) -> None:
    _give(app, world)
    people = f"/a/{world.codes['happy']}/people"
    clock.advance(days=89)
    browser, target = _enter(app, PASSWORD)
    assert browser.get(people).status_code == 200
    clock.advance(days=2)
    browser, target = _enter(app, PASSWORD)
    assert target == "/me/password"
    assert browser.get(people).location == "/me/password"
    assert browser.post(f"/a/{world.codes['happy']}/people/new", {"name": "王"}).location == "/me/password"
    assert "90" in browser.page("/me/password").text
    assert _change(browser, PASSWORD, NEW) == 303
    assert browser.get(people).status_code == 200


def test_the_modern_profile_lets_passwords_last(app: Flask, world: World, clock: FixedClock) -> None:
    _use(app, world, MODERN)
    _give(app, world)
    clock.advance(days=400)
    browser, _target = _enter(app, PASSWORD)
    assert browser.get(f"/a/{world.codes['happy']}/people").status_code == 200


def test_the_last_five_passwords_do_not_come_back(app: Flask, sign_in: SignIn, world: World) -> None:
    names = [f"Another-horse-{letter}{number}" for number, letter in enumerate("abcdef", 1)]
    _give(app, world, names[0])
    browser = sign_in(world.accounts["worker"])
    for before, after in pairwise(names[:5]):
        assert _change(browser, before, after) == 303
    for old in names[:5]:
        assert _change(browser, names[4], old) == 422
    assert _change(browser, names[4], names[5]) == 303
    # Now it is the sixth from the end.
    assert _change(browser, names[5], names[0]) == 303


def test_the_modern_profile_does_not_ask_for_change(app: Flask, sign_in: SignIn, world: World) -> None:
    _use(app, world, MODERN)
    _give(app, world)
    browser = sign_in(world.accounts["worker"])
    assert _change(browser, PASSWORD, "short and weak") == 303
    assert _change(browser, "short and weak", PASSWORD) == 303
