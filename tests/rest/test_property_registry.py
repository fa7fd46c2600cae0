"""Companies, estates and reception days by programs; every refusal is told by its code."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, Reply

HENGJIA = {"uscc": "91110000600037341L", "name": "恒家物业"}
# The clock of the tests says 10 July 2026.
DAY = {"on_date": "2026-07-10", "starts": "09:00", "ends": "11:30", "place": "东门大厅", "manager": "李静"}


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def base(app: Flask, world: World) -> str:
    """The path of the plugin in 幸福社区, where it is on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "property_rating", True, SYSTEM)
    return f"/areas/{world.codes['happy']}/property"


def told(answer: Reply) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json["error"]["code"]


def post(by: Program, path: str, **body: Any) -> Reply:
    """POST without a key."""
    return by.post(path, body, key=None)


def made(answer: Reply) -> str:
    """The id of what was made."""
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def settled(by: Program, base: str) -> str:
    """翠湖居 with its contract; its id."""
    company = made(post(by, f"{base}/companies", **HENGJIA))
    estate = made(post(by, f"{base}/estates", name="翠湖居"))
    made(post(by, f"{base}/estates/{estate}/contracts", company=company, from_on="2026-01-01"))
    return estate


def test_programs_enter_and_read_the_registry(program: MakeProgram, base: str, world: World) -> None:
    worker = program("worker")
    estate = settled(worker, base)
    one = f"{base}/estates/{estate}"
    company = worker.get(one).json["company"]
    assert told(post(worker, f"{base}/companies", **HENGJIA)) == (422, "company_exists")
    assert told(post(worker, f"{base}/companies", uscc="91110000600037341M", name="某物业")) == (
        422,
        "bad_uscc",
    )
    assert told(post(worker, f"{base}/estates", name="翠湖居")) == (422, "estate_exists")
    assert told(post(worker, f"{base}/estates", name="园", area="000000000000")) == (422, "unknown_area")
    deal = {"company": company, "from_on": "2026-02-01"}
    assert told(post(worker, f"{one}/contracts", **deal)) == (409, "contract_overlaps")
    assert told(post(worker, f"{one}/contracts", **{**deal, "to_on": "2026-01-31"})) == (422, "bad_days")
    assert told(post(worker, f"{one}/contracts", **{**deal, "company": "x"})) == (422, "unknown_company")
    early = {"name": "李静", "from_on": "2025-12-31"}
    assert told(post(worker, f"{one}/managers", **early)) == (409, "no_company")
    manager = made(post(worker, f"{one}/managers", name="李静", from_on="2026-03-01"))
    assert told(post(worker, f"{one}/managers/{manager}/replace")) == (422, "reason_required")
    assert post(worker, f"{one}/dwellings", building="1栋", numbers=["101~104", "201"]).json == {"added": 5}
    assert told(post(worker, f"{one}/dwellings", building="1栋", numbers=["9~1"])) == (422, "bad_number")
    assert worker.get(f"{one}/dwellings", q="10").json["total"] == 4
    shown = worker.get(one).json
    assert (shown["dwellings"], shown["manager"], shown["company_name"]) == (5, "李静", "恒家物业")
    contract = shown["contracts"][0]["id"]
    ended = post(worker, f"{one}/contracts/{contract}/end", to_on="2026-07-31")
    assert ended.status_code == 200, ended.text
    assert (ended.json["to_on"], ended.json["runs"]) == ("2026-07-31", True)
    assert [row["name"] for row in worker.get(f"{base}/estates", state="ending").json["items"]] == ["翠湖居"]
    assert worker.get(f"{base}/companies/{company}").json["contracts"][0]["estate"] == estate
    assert worker.get(f"{base}/companies", q="恒家").json["items"][0]["estates"] == 1
    done = post(worker, f"{one}/managers/{manager}/replace", reason="连续两次黑榜")
    assert done.json["to_on"] == "2026-07-10"
    assert told(post(worker, f"{one}/managers/{manager}/replace", reason="再次")) == (409, "manager_ended")
    neighbour = program("sunny_worker")
    sunny = f"/areas/{world.codes['sunny']}/property"
    assert told(neighbour.get(f"{sunny}/estates/{estate}")) == (404, "not_found")
    assert told(post(neighbour, f"{sunny}/estates/{estate}/contracts", **deal)) == (404, "not_found")
    assert told(post(program("secretary"), f"{base}/companies", **HENGJIA)) == (403, "forbidden")


def test_programs_follow_what_is_brought_to_a_reception(
    program: MakeProgram, base: str, world: World
) -> None:
    worker, grid = program("worker"), program("office")
    estate = settled(worker, base)
    days = f"{base}/receptions"
    assert told(post(worker, days, **{**DAY, "estate": "x"})) == (422, "unknown_estate")
    mine = {**DAY, "estate": estate}
    assert told(post(worker, days, **{**mine, "ends": "08:00"})) == (422, "bad_times")
    assert told(post(worker, days, **{**mine, "starts": "morning"})) == (422, "invalid")
    assert told(post(worker, days, **{**mine, "on_date": "2024-07-10"})) == (422, "bad_day")
    day = made(post(worker, days, **mine))
    assert told(post(worker, days, **mine)) == (409, "day_taken")
    later = made(post(worker, days, **{**mine, "on_date": "2026-08-01"}))
    assert told(post(worker, f"{days}/{later}/call-off")) == (422, "reason_required")
    assert post(worker, f"{days}/{later}/call-off", reason="停电").json["state"] == "called_off"
    assert told(post(worker, f"{days}/{later}/call-off", reason="停电")) == (409, "bad_state")
    lamp = {"text": "楼道灯不亮", "promised_on": "2026-07-17"}
    assert told(post(worker, f"{days}/{later}/items", **lamp)) == (409, "bad_state")
    early = {**lamp, "promised_on": "2026-07-09"}
    assert told(post(worker, f"{days}/{day}/items", **early)) == (422, "bad_promise")
    item = made(post(worker, f"{days}/{day}/items", **lamp, person=world.people["grid1"]))
    acts = f"{base}/reception-items/{item}"
    assert told(post(worker, f"{acts}/revisit", result="confirmed")) == (409, "bad_state")
    assert told(post(worker, f"{acts}/handle", state="unsolved")) == (422, "reason_required")
    assert post(worker, f"{acts}/handle", state="solved", note="已换灯").json["state"] == "solved"
    assert told(post(worker, f"{acts}/handle", state="solved")) == (409, "bad_state")
    assert told(post(worker, f"{acts}/revisit", result="confirmed")) == (403, "self_verify")
    assert told(post(grid, f"{acts}/revisit", result="denied")) == (422, "reason_required")
    assert post(grid, f"{acts}/revisit", result="denied", note="三楼还不亮").json["state"] == "open"
    assert post(worker, f"{acts}/handle", state="solved").status_code == 200
    done = post(grid, f"{acts}/revisit", result="confirmed").json
    assert (done["state"], done["revisit"], done["person"]) == ("solved", "confirmed", world.people["grid1"])
    assert told(post(worker, f"{acts}/handle", state="unsolved", note="改口")) == (409, "bad_state")
    assert worker.get(f"{base}/reception-items", state="done").json["total"] == 1
    rate = worker.get(f"{base}/reception-rates").json["items"][0]
    assert (rate["receptions"], rate["items"], rate["solved"], rate["percent"]) == (1, 1, 1, 100)
    assert [row["state"] for row in worker.get(days, first="2026-07-11").json["items"]] == ["called_off"]
    sunny = f"/areas/{world.codes['sunny']}/property/reception-items/{item}"
    neighbour = program("sunny_worker")
    assert told(post(neighbour, f"{sunny}/handle", state="solved")) == (404, "not_found")
