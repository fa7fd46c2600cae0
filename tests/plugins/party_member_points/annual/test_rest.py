"""Grades of a period by programs: the same steps, the same refusals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.conftest import FixedClock
from tests.plugins.party_member_points.annual.year import PERIOD, make_year
from tests.plugins.party_member_points.party import Party
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Programs are tried on one engine, the services below them on both."""
    return str(request.param)


def test_a_year_is_graded_by_programs(
    app: Flask, world: World, world_party: Party, clock: FixedClock, program: MakeProgram
) -> None:
    with app.app_context():
        year = make_year(world_party, clock)
        with unit_of_work(drain=False) as session:
            chair = accounts.create_account(session, "shuji", SYSTEM)
            happy = session.get_one(Area, world.areas["happy"])
            accounts.grant_role(session, chair, "party_committee", happy, SYSTEM)
            world.accounts["chair"] = chair.id
    until = {"expires_on": date(2026, 9, 30)}
    secretary, committee, worker, last = (
        program(owner, **until) for owner in ("secretary", "committee", "worker", "chair")
    )
    root = f"/areas/{world.codes['happy']}/points/annual"

    made = secretary.post(root, {"period": PERIOD, "quota": "1/3"})
    assert (made.status_code, made.json["state"], made.json["members"]) == (201, "computed", 6)
    path = f"{root}/{made.json['id']}"
    assert secretary.post(f"{path}/decisions", {"rest": True}).status_code == 403
    assert secretary.post(f"{path}/propose", {}).json["state"] == "proposed"

    lines = committee.get(path, group="tie").json
    assert (lines["quota_limit"], lines["grades"]) == (2, ["优秀", "合格", "基本合格", "不合格"])
    by_name: dict[str, Any] = {line["name"]: line for line in lines["items"]}
    assert set(by_name) == {"乙二", "丙三"}
    assert by_name["乙二"]["choices"] == ["优秀", "合格"]
    step = {"person": by_name["乙二"]["id"], "grade": "优秀"}
    refused = committee.post(f"{path}/decisions", {"steps": [step]})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "reason_needed")
    decided = committee.post(f"{path}/decisions", {"steps": [{**step, "reason": "抢险救灾"}], "rest": True})
    assert decided.json["decided"] == 6
    assert (
        committee.post(f"{path}/acts", {"act": "close", "reference": "第7次党委会"}).json["state"]
        == "decided"
    )
    assert worker.post(f"{path}/publish", {}).json["state"] == "public"
    assert last.post(f"{path}/acts", {"act": "confirm"}).json["error"]["code"] == "not_over"
    clock.advance(days=20)
    assert committee.post(f"{path}/acts", {"act": "confirm"}).json["error"]["code"] == "another_person_needed"
    confirmed = last.post(f"{path}/acts", {"act": "confirm"}).json
    assert confirmed["state"] == "confirmed"
    assert len(confirmed["sha256"]) == 64
    reopened = last.post(f"{path}/acts", {"act": "reopen", "reason": "误记", "reference": "第9次党委会"})
    assert reopened.json["state"] == "reopened"
    assert secretary.post(root, {"period": PERIOD, "quota": None}).json["no"] == 2
    listed = secretary.get(root).json
    assert [(line["no"], line["state"]) for line in listed["items"]] == [(2, "computed"), (1, "reopened")]
    assert year.people
