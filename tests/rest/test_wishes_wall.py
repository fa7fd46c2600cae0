"""Programs read the board, the list and the figures of wishes, within their area and with small numbers left out."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browsers import World
from tests.factories import HAPPY, SUNNY
from tests.plugins.wish_wall.wall.conftest import Wall, wall
from tests.rest.conftest import MakeProgram

__all__ = ["wall"]

LIST, BOARD, FIGURES = (f"/areas/{HAPPY}/wishes{tail}" for tail in ("", "/board", "/statistics"))


@pytest.fixture
def engine_name() -> str:
    """The queries are tried on pages; here is what travels."""
    return "sqlite"


def test_the_board_has_a_column_for_each_thing_to_do(program: MakeProgram, wall: Wall) -> None:
    answer = program("worker").get(BOARD)
    assert answer.status_code == 200
    columns = {one["key"]: [item["title"] for item in one["items"]] for one in answer.json["columns"]}
    assert list(columns) == ["review", "waiting", "running", "confirming", "done"]
    assert columns["confirming"] == ["修水龙头"]
    first = program("worker").get(BOARD, most=1).json["columns"][1]
    assert (len(first["items"]), first["total"]) == (1, 3)
    assert "幸福路" not in answer.text


def test_the_list_is_filtered_sorted_and_paged(program: MakeProgram, wall: Wall) -> None:
    reader = program("worker")
    found = reader.get(LIST, state="published", sort="code")
    assert [item["number"] for item in found.json["items"]] == ["2026-0002", "2026-0003", "2026-0004"]
    lamp = found.json["items"][0]
    assert (lamp["id"], lamp["amount"], lamp["campaign"]) == (wall.wishes["lamp"], 8050, "重阳心愿")
    assert reader.get(LIST, campaign=wall.theme).json["total"] == 1
    assert reader.get(LIST, category="skill").json["total"] == 1
    second = reader.get(LIST, size=4, page=2, sort="code").json
    assert (second["total"], len(second["items"])) == (9, 4)
    assert reader.get(LIST, **{"from": "2026-07-11"}).json["items"] == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (LIST, {"state": "lost"}, 422),
        (LIST, {"unknown": "1"}, 422),
        (BOARD, {"most": "0"}, 422),
        (FIGURES, {"from": "2026-07-01", "to": "2026-07-02"}, 422),
        (f"/areas/{SUNNY}/wishes", {}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(
    program: MakeProgram, wall: Wall, path: str, query: dict[str, str], code: int
) -> None:
    assert program("worker").get(path, **query).status_code == code


def test_figures_leave_out_what_is_about_fewer_than_five(
    app: Flask, program: MakeProgram, world: World, wall: Wall
) -> None:
    answer = program("worker").get(FIGURES).json
    assert answer["total"]["collected"] == 9
    assert answer["total"]["realised"] is None
    assert [one["label"] for one in answer["categories"]] == ["item", "service", "skill", "company"]
    assert all(one["claimed"] in (None, 0) for one in answer["categories"])
    assert answer["to"] == "2026-07-10"


def test_who_may_not_see_wishes_gets_none(program: MakeProgram, wall: Wall) -> None:
    assert program("member").get(LIST).status_code in (403, 404)
