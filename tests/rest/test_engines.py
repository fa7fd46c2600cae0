"""Statements of tokens that each engine has its own words for: rights cut to areas, last days, shared counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import RoleGrant
from pointsys.core.accounts.services import end_role
from pointsys.core.actors import SYSTEM
from pointsys.core.tokens.models import ApiUsage
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import World
from tests.conftest import FixedClock, MakeApp
from tests.rest.conftest import MakeProgram, Program


def test_a_token_ends_with_its_last_day(
    app: Flask, program: MakeProgram, clock: FixedClock, happy: str
) -> None:
    made = program(expires_on=date(2026, 7, 12))
    assert made.get(happy).status_code == 200
    clock.advance(days=2)
    assert made.get(happy).status_code == 200
    clock.advance(days=1)
    assert made.get(happy).status_code == 401


def test_what_the_owner_loses_the_token_loses(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        (grant,) = session.scalars(
            select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"])
        ).all()
        end_role(session, grant, SYSTEM)
    assert worker_program.get(happy).status_code == 404
    assert worker_program.get("/areas").json["total"] == 0


def test_a_token_works_in_its_areas_and_below_only(program: MakeProgram, world: World) -> None:
    made = program("office", areas=["happy"])
    seen = {item["code"] for item in made.get("/areas").json["items"]}
    assert seen == {world.codes[name] for name in ("happy", "grid1", "grid2")}
    assert made.get(f"/areas/{world.codes['happy']}/people").status_code == 200
    assert made.get(f"/areas/{world.codes['grid1']}/people").status_code == 200
    assert made.get(f"/areas/{world.codes['street']}/people").status_code == 404
    assert made.get(f"/areas/{world.codes['sunny']}/people").status_code == 404


def limited(made: MakeApp, per_minute: int) -> Flask:
    """An application whose tokens may ask so often."""
    app = made()
    app.config["POINTSYS"] = replace(app.config["POINTSYS"], api_requests_per_minute=per_minute)
    return app


def test_all_processes_of_a_site_count_together(
    make_app: MakeApp, worker_program: Program, clock: FixedClock, happy: str
) -> None:
    nodes = [limited(make_app, 7), limited(make_app, 7)]
    programs = [Program(node, worker_program.secret) for node in nodes]
    answers = [programs[turn % 2].get(happy) for turn in range(10)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * 7 + [429] * 3
    assert answers[-1].json["error"]["code"] == "too_many_requests"
    assert answers[-1].headers["Retry-After"] == "60"
    clock.advance(seconds=59)
    assert programs[0].get(happy).headers["Retry-After"] == "1"
    clock.advance(seconds=1)
    assert programs[0].get(happy).status_code == 200


def test_a_share_of_the_minute_is_taken_at_once(
    make_app: MakeApp, app: Flask, worker_program: Program, happy: str
) -> None:
    other = Program(limited(make_app, 120), worker_program.secret)
    for _ in range(3):
        assert other.get(happy).status_code == 200
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(ApiUsage.count)).one() == 4
