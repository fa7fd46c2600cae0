"""Recruiting by programs: plan weekly, sign up, wait, decide, take back; what may not be is said with its code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.conftest import FixedClock
from tests.factories import at
from tests.rest.conftest import MakeProgram, Program

DAY = date(2026, 7, 4)
TIMES = {"starts_at": "2026-07-04T09:00:00+08:00", "ends_at": "2026-07-04T12:00:00+08:00"}
PLAN = {
    "title": "清洁家园", "kind": "volunteer_service", "place": "文化广场", "open": True, "needs_approval": True,
    **TIMES, "shifts": [{"role": "引导员", "capacity": 1, **TIMES}],
}  # fmt: skip


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def base(app: Flask, world: World, clock: FixedClock) -> str:
    """The path of 幸福社区, with the plugin on, three days before."""
    clock.now = at(DAY - timedelta(days=3), "10:00")
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return f"/areas/{world.codes['happy']}/volunteer"


def test_a_program_plans_and_people_sign_up_wait_and_take_back(
    world: World, worker_program: Program, program: MakeProgram, base: str
) -> None:
    made = worker_program.post(f"{base}/activities", {**PLAN, "weeks": 2})
    assert made.status_code == 201
    first, second = made.json["ids"]
    listed = worker_program.get(f"{base}/activities").json
    assert [(row["id"], row["date"], row["capacity"]) for row in listed["items"]] == [
        (first, "2026-07-04", 1),
        (second, "2026-07-11", 1),
    ]
    member = program("member")
    own = f"/areas/{world.codes['grid1']}/volunteer"
    assert [row["id"] for row in member.get(f"{own}/offers").json["items"]] == [first, second]
    shift = member.get(f"{own}/offers/{first}").json["shifts"][0]["id"]
    mine = member.post(f"{own}/own-signups", {"activity": first, "shift": shift}).json
    assert [len(mine[key]) for key in ("placed", "queued", "refused")] == [1, 0, 0]
    group = {"shift": shift, "people": [world.people["happy"], world.people["grid2"]], "party": "市政公司"}
    entered = worker_program.post(f"{base}/activities/{first}/signups", group).json
    assert len(entered["queued"]) == 2
    states = [row["state"] for row in worker_program.get(f"{base}/activities/{first}/signups").json["items"]]
    assert states == ["applied", "waitlisted", "waitlisted"]
    decision = {"signups": mine["placed"], "outcome": "approved"}
    decisions = f"{base}/activities/{first}/decisions"
    assert worker_program.post(decisions, decision, key=None).json == {"changed": 1}
    left = member.post(f"{own}/own-signups/withdrawals", {"signup": mine["placed"][0]}, key=None).json
    assert [row["state"] for row in left["items"]] == ["cancelled"]
    after = worker_program.get(f"{base}/activities/{first}/signups").json["items"]
    assert {(row["name"], row["state"]) for row in after} == {
        ("李一", "cancelled"),
        ("钱福", "applied"),
        ("周二", "waitlisted"),
    }


def test_what_may_not_be_is_refused_with_its_code_and_foreign_ids_are_missing(
    world: World, worker_program: Program, program: MakeProgram, base: str
) -> None:
    [activity] = worker_program.post(f"{base}/activities", PLAN).json["ids"]
    one = f"{base}/activities/{activity}"
    assert (
        worker_program.post(f"{one}/state", {"state": "cancelled"}, key=None).json["error"]["code"]
        == "reason_needed"
    )
    bad = {**PLAN, "title": "别的", "shifts": [{"role": "甲", "capacity": 0, **TIMES}]}
    assert worker_program.post(f"{base}/activities", bad).status_code == 422
    assert (
        worker_program.post(f"{base}/activities", {**PLAN, "kind": "x"}).json["error"]["code"]
        == "unknown_kind"
    )
    sunny = program("sunny_worker")
    elsewhere = f"/areas/{world.codes['sunny']}/volunteer/activities/{activity}"
    assert sunny.get(elsewhere).status_code == 404
    assert sunny.post(f"{elsewhere}/state", {"state": "closed"}, key=None).status_code == 404
    done = worker_program.post(f"{one}/state", {"state": "cancelled", "reason": "下雨"}, key=None).json
    assert (done["state"], done["reason"]) == ("cancelled", "下雨")
