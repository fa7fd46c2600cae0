"""A92, S-40: a sealed value that was put into another row or changed in the database is never shown as somebody's."""

from __future__ import annotations

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from pointsys.core.accounts import passwords, second_factor
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.alerts import SecurityAlert
from pointsys.core.audit import FAILED, AuditRow
from pointsys.core.people.models import Person, PersonUnmasking
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import UNREADABLE
from tests.browsers import Browser, SignIn, World
from tests.factories import PASSWORD

OWN, OTHERS = "13800138001", "13800138000"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


def _swapped(sealed: bytes, other: bytes) -> bytes:
    return other


def _flipped(sealed: bytes, other: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


def _other_version(sealed: bytes, other: bytes) -> bytes:
    return b"\x00\x09" + sealed[2:]


def _cut(sealed: bytes, other: bytes) -> bytes:
    return sealed[:5]


@pytest.mark.parametrize("attack", [_swapped, _flipped, _other_version, _cut])
def test_a92_an_altered_or_swapped_ciphertext_fails_closed(
    app: Flask, world: World, worker: Browser, attack: object
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        by_name = {row[0]: row[1] for row in session.execute(select(Person.name, Person.phone_sealed))}
        altered = attack(by_name["钱福"], by_name["赵街"])  # type: ignore[operator]
        session.execute(update(Person).where(Person.name == "钱福").values(phone_sealed=altered))
    people = f"/a/{world.codes['happy']}/people"
    person = f"{people}/{world.people['happy']}"

    for page in (
        people,
        person,
        f"{people}?q={OWN[-4:]}",
        f"{people}?q={OWN}",
        f"{person}/edit",
        f"{people}?q=钱福",
    ):
        answer = worker.get(page)
        assert answer.status_code == 200
        assert OTHERS not in answer.text
        assert "138****8000" not in answer.text

    shown = worker.post(f"{person}/unmask", {"field": "phone", "reason": "回访"})
    assert shown.status_code == 422
    assert OTHERS not in shown.text
    assert OWN not in shown.text
    assert "密钥" in shown.text
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PersonUnmasking)).all() == []
        tried = session.execute(select(AuditRow.result).where(AuditRow.event == "person.unmasked"))
        assert tried.scalars().all() == [FAILED]
        assert session.scalars(select(SecurityAlert.kind)).all() == ["key.failed"]
        # Nothing is made up in its place either.
        assert session.scalar(select(Person.phone_sealed).where(Person.name == "钱福")) == altered


def test_a92_the_copy_of_ones_data_says_that_a_value_is_damaged(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(Person).where(Person.name == "李一").values(phone_sealed=b"\x00\x01damaged"))
    copy = sign_in(world.accounts["member"]).get("/me/privacy/my-data.json")
    assert copy.status_code == 200
    assert [person["phone"] for person in copy.get_json()["person"]] == [UNREADABLE]


def test_a92_with_a_damaged_second_factor_no_code_fits_but_a_recovery_code(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts["worker"])
        passwords.set_password(session, account, PASSWORD, SYSTEM)
        second_factor.start(session, account, SYSTEM)
        code = pyotp.TOTP(second_factor.secret_of(account)).at(current_site().now())
        recovery = second_factor.confirm(session, account, code, SYSTEM)
        account.totp = b"\x00\x01damaged"
        account.totp_step = None
    browser = Browser(app)
    browser.post("/sign-in", {"login": "worker", "password": PASSWORD})
    assert browser.post("/sign-in/second-factor", {"code": code}).status_code == 422
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(SecurityAlert.kind)).all() == ["key.failed"]
    assert browser.post("/sign-in/second-factor", {"code": recovery[0]}).status_code == 303
