"""Tokens: who gets in, with what, until when; and what cookies and forms of other sites have no part in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.accounts.services import disable_account, enable_account
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import rename_area
from pointsys.core.site import current_site
from pointsys.core.tokens.models import ApiToken
from pointsys.core.tokens.services import Wanted, create_token, revoke_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, World
from tests.conftest import FixedClock
from tests.rest.conftest import MakeProgram, Program, reply


@pytest.fixture
def engine_name() -> str:
    """Who gets in does not depend on the engine; what does is in ``test_engines``."""
    return "sqlite"


def test_without_a_token_nobody_gets_in(app: Flask, happy: str) -> None:
    for headers in ({}, {"Authorization": "Basic d29ya2VyOng="}, {"Authorization": "Bearer pst_nobody"}):
        answer = reply(app.test_client().get(f"/api/v1{happy}/people", headers=headers))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json["error"]["code"] == "token_needed"


def test_a_cookie_opens_nothing_here(worker: Browser, happy: str) -> None:
    assert worker.get(f"/api/v1{happy}/people").status_code == 401


def test_a_token_opens_no_page(worker_program: Program, world: World) -> None:
    answer = worker_program.client.get(f"/a/{world.codes['happy']}/people", headers=worker_program.headers())
    assert answer.status_code == 302


def test_only_the_hash_of_a_token_is_kept(app: Flask, worker_program: Program) -> None:
    with app.app_context(), read_scope() as session:
        (row,) = session.scalars(select(ApiToken)).all()
        stored = " ".join(str(value) for value in vars(row).values())
    assert worker_program.secret.startswith("pst_")
    assert len(worker_program.secret) >= 4 + 43
    assert worker_program.secret not in stored


def test_a_revoked_token_is_worth_nothing(app: Flask, worker_program: Program, happy: str) -> None:
    assert worker_program.get(happy).status_code == 200
    with app.app_context(), unit_of_work(drain=False) as session:
        revoke_token(session, session.scalars(select(ApiToken)).one(), SYSTEM)
    assert worker_program.get(happy).status_code == 401


def test_a_disabled_owner_is_out_at_once(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        disable_account(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    assert worker_program.get(happy).status_code == 401
    with app.app_context(), unit_of_work(drain=False) as session:
        enable_account(session, session.get_one(Account, world.accounts["worker"]), SYSTEM)
    # Whoever comes back makes a new token: nobody knows who had the old one meanwhile.
    assert worker_program.get(happy).status_code == 401


def test_a_token_brings_no_permission_that_it_was_not_given(
    program: MakeProgram, world: World, happy: str
) -> None:
    made = program(permissions=["people.view"])
    assert made.get(f"{happy}/people").status_code == 200
    assert made.get(f"{happy}/log").status_code == 403
    assert made.get("/areas").json["total"] == 0


def test_a_read_only_token_writes_nothing(program: MakeProgram, world: World, happy: str) -> None:
    made = program(read_only=True)
    assert made.get(f"{happy}/people").status_code == 200
    answer = made.post(f"{happy}/people", {"name": "吴七"})
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == "read_only_token"


def make_token(world: World, change: dict[str, Any]) -> None:
    """A worker asks for a token of their own that differs from a good one."""
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["worker"])
        wanted = Wanted(
            change.get("name", "sync"),
            change.get("permissions", ["people.view"]),
            [world.areas[name] for name in change.get("areas", ["happy"])],
            current_site().today() + timedelta(days=change.get("days", 30)),
        )
        grants = (Grant("community_worker", world.areas["happy"]),)
        create_token(session, account, wanted, Actor(account.login, account.id, grants=grants))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "bad_token_name"),
        ({"name": "x" * 31}, "bad_token_name"),
        ({"permissions": []}, "no_permission"),
        ({"permissions": ["people.view", "accounts.manage"]}, "no_permission"),
        ({"permissions": ["no.such"]}, "no_permission"),
        ({"areas": []}, "no_area"),
        ({"areas": ["happy", "sunny"]}, "unknown_area"),
        ({"areas": ["street"]}, "unknown_area"),
        ({"days": 366}, "bad_expiry"),
        ({"days": -1}, "bad_expiry"),
    ],
)
def test_a_token_is_a_part_of_what_its_owner_may(
    app: Flask, world: World, change: dict[str, Any], code: str
) -> None:
    with app.app_context(), pytest.raises(Problem) as refused:
        make_token(world, change)
    assert refused.value.code == code


def test_nobody_keeps_more_than_twenty_tokens(program: MakeProgram) -> None:
    for _ in range(20):
        program()
    with pytest.raises(Problem) as refused:
        program()
    assert refused.value.code == "too_many_tokens"


def last_used(app: Flask) -> object:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(ApiToken.last_used_at)).one()


def test_its_use_is_noted_once_an_hour(
    app: Flask, worker_program: Program, clock: FixedClock, happy: str
) -> None:
    assert last_used(app) is None
    worker_program.get(happy)
    first = last_used(app)
    assert first == clock.now
    clock.advance(minutes=59)
    worker_program.get(happy)
    assert last_used(app) == first
    clock.advance(minutes=2)
    worker_program.get(happy)
    assert last_used(app) == clock.now


def test_checks_of_forged_requests_are_for_cookies_and_stay_there(
    app: Flask, worker_program: Program, worker: Browser, world: World, happy: str
) -> None:
    # Programs send what headers they like; the token is what counts. Pages stay locked.
    strange = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    made = worker_program.post(f"{happy}/people", {"name": "吴七"}, headers=strange)
    assert made.status_code == 201
    assert (
        worker.post(f"/a/{world.codes['happy']}/people/new", {"name": "x"}, headers=strange).status_code
        == 403
    )
    without = worker.client.post(f"/a/{world.codes['happy']}/people/new", data={"name": "x"})
    assert without.status_code == 403


def test_an_old_code_of_an_area_still_finds_it(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        rename_area(session, area, area.name, SYSTEM, code="990101001009")
    answer = worker_program.get(happy)
    assert (answer.status_code, answer.json["code"]) == (200, "990101001009")
