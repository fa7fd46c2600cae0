"""Sheets of collected wishes by programs: brought, looked over with faults by row, taken in, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, program

__all__ = ["program"]

TITLES = ["姓名", "手机号码", "网格", "微心愿", "类别", "金额"]
ROWS = [
    TITLES,
    ["新来", "13900139001", "第1网格", "一盏台灯", "物品", "80"],
    ["新到", "13900139002", "第九网格", "一口锅", "物品", "90"],
    ["后来", "13900139003", "第2网格", "一辆车", "物品", "9000"],
]
AGREED = {"consent_on": "2026-07-08", "consent_note": "入户征集，本人签字"}


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def base(app: Flask, world: World) -> str:
    """The address of the first community's sheets."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
    return f"/areas/{world.codes['happy']}/wishes/sheets"


def test_a_sheet_is_brought_looked_over_taken_in_and_taken_back(base: str, program: MakeProgram) -> None:
    office = program("worker")
    made = office.post(base, {"rows": ROWS, "file_name": "心愿.json", **AGREED})
    assert made.status_code == 201
    assert made.json["columns"] == {"name": 0, "phone": 1, "place": 2, "title": 3, "category": 4, "amount": 5}
    assert [row["outcome"] for row in made.json["preview"]] == ["new_person", "unclear", "unclear"]
    told = [(one["row"], one["name"], one["code"]) for one in made.json["faults"]]
    assert told == [(3, "新到", "place_unknown"), (4, "后来", "amount_over_limit")]
    at = f"{base}/{made.json['id']}"
    assert office.get(at).json == made.json

    done = office.post(f"{at}/apply", {}, key=None)
    assert (done.status_code, done.json["state"], done.json["preview"]) == (200, "applied", [])
    assert done.json["counts"] == {"new": 0, "new_person": 1, "present": 0, "has_one": 0, "unclear": 2}
    assert done.json["faults"] == made.json["faults"]
    assert refused(office, f"{at}/apply", {}) == (422, "sheet_closed")
    wishes = office.get(base.removesuffix("/sheets"), state="submitted").json
    assert [row["title"] for row in wishes["items"]] == ["一盏台灯"]

    assert refused(office, f"{at}/undo", {"reason": " "}) == (422, "reason_needed")
    back = office.post(f"{at}/undo", {"reason": "重复征集"}, key=None)
    assert back.json == {"wishes": 1, "kept": 0, "people": 1}
    listed = office.get(base, state="undone").json
    assert [(row["id"], row["state"]) for row in listed["items"]] == [(made.json["id"], "undone")]
    assert office.get(base, state="open").json["total"] == 0


def refused(program: Program, path: str, body: Any) -> tuple[int, str]:
    """Status and code of what a POST is answered with."""
    answer = program.post(path, body)
    return answer.status_code, answer.json["error"]["code"]


def test_columns_are_said_where_the_titles_do_not_and_a_sheet_can_be_dropped(
    base: str, program: MakeProgram
) -> None:
    office = program("worker")
    made = office.post(base, {"rows": [["甲", "13900139001", "台灯"]], **AGREED}).json
    assert (made["columns"], made["preview"]) == ({}, [])
    at = f"{base}/{made['id']}"
    assert refused(office, f"{at}/apply", {}) == (422, "columns_needed")
    assert refused(office, f"{at}/columns", {"columns": ["name"]}) == (422, "columns_needed")
    shown = office.post(f"{at}/columns", {"columns": ["name", "phone", "title"], "header": 0}, key=None).json
    assert [row["outcome"] for row in shown["preview"]] == ["new_person"]
    dropped = office.post(f"{at}/drop", {}, key=None)
    assert (dropped.status_code, dropped.json["state"]) == (200, "dropped")
    assert refused(office, f"{at}/drop", {}) == (422, "sheet_closed")


def test_what_is_no_sheet_and_whom_it_is_not_for(base: str, world: World, program: MakeProgram) -> None:
    office = program("worker")
    good = {"rows": ROWS, **AGREED}
    for change, answer in (
        ({"consent_note": " "}, (422, "consent_needed")),
        ({"consent_on": "2030-01-01"}, (422, "bad_consent_day")),
        ({"consent_on": "0001-01-01"}, (422, "bad_consent_day")),
        ({"rows": []}, (422, "invalid")),
        ({"rows": [[""]]}, (422, "empty_list")),
        ({"rows": [["姓名"]] * 541}, (422, "invalid")),
        ({"campaign": "nowhere"}, (404, "not_found")),
    ):
        assert refused(office, base, {**good, **change}) == answer, change
    at = f"{base}/{office.post(base, good).json['id']}"
    for role, status in (("grid_worker", 404), ("sunny_worker", 404)):
        assert program(role).get(at).status_code == status
    sunny = base.replace(world.codes["happy"], world.codes["sunny"])
    assert program("sunny_worker").get(at.replace(base, sunny)).status_code == 404
