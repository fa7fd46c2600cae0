"""What a request costs: as many statements for many rows as for few, and nothing at all for commands."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

from pointsys.core.activity_log.policy import key_of
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World, counted
from tests.rest.conftest import Program

# Token with its roles, the area's path, plugins on there.
FRAME = 3
# The log: totals, rows, codes of areas. People: counts, rows, codes. Activities: count, rows, counts, codes, kinds.
LISTS = {"log": FRAME + 3, "people": FRAME + 4, "activities": FRAME + 5, "volunteer/hours": FRAME + 1}
# The frame; the key (with its lock on PostgreSQL) and the answer kept under it; the area, the people and kinds that are
# named; 8 of the four eyes (one a lock on PostgreSQL), 9 of ``record``, and what stands now. What plugins derive after
# that is their own account.
RECORD = FRAME + 3 + 3 + 8 + 9 + 1


def fill(app: Flask, world: World, program: Program, happy: str, count: int) -> None:
    """So many people who each took part in something."""
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        switch_plugin(session, area, "volunteer", True, SYSTEM)
        ids = [
            create_person(session, PersonData(name=f"居民{n}", area_id=area.id), SYSTEM).public_id
            for n in range(count)
        ]
    drafts = [draft(person, title=f"活动{n}") for n, person in enumerate(ids)]
    assert program.post(f"{happy}/log", {"entries": drafts}).status_code == 201


def draft(person: str, **change: object) -> dict[str, Any]:
    return {
        "person": person,
        "kind": "care",
        "title": "走访",
        "date": "2026-07-01",
        "quantity": "1",
        **change,
    }


def cost(app: Flask, program: Program, path: str, size: int) -> int:
    """Statements of one request of a token that has been used before in this minute."""
    assert program.get(path, size=size).status_code == 200
    with counted(app) as statements:
        answer = program.get(path, size=size)
    assert len(answer.json["items"]) == min(size, answer.json["total"])
    return len([text for text in statements if not text.startswith("BEGIN")])


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_of_many_costs_as_much_as_one_of_few(
    app: Flask, worker_program: Program, world: World, happy: str, name: str
) -> None:
    fill(app, world, worker_program, happy, 25)
    few = cost(app, worker_program, f"{happy}/{name}", 2)
    many = cost(app, worker_program, f"{happy}/{name}", 200)
    assert few == many <= LISTS[name]


def test_recording_many_costs_as_much_as_recording_few(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    with app.app_context(), unit_of_work() as session:
        # What waits for a second person because of a long day is not confirmed at the same time.
        set_setting(session, session.get_one(Area, world.areas["happy"]), key_of("day_total"), 500, SYSTEM)
    fill(app, world, worker_program, happy, 30)
    people = [item["id"] for item in worker_program.get(f"{happy}/people", size=200).json["items"]]
    costs = {}
    for size in (2, 10):
        body = {"entries": [draft(person, title=f"走访{size}") for person in people[:size]]}
        with counted(app) as statements:
            assert worker_program.post(f"{happy}/log", body).status_code == 201
        drained = next(place for place, text in enumerate(statements) if "plugin_quarantine" in text)
        costs[size] = len([text for text in statements[:drained] if not text.startswith("BEGIN")])
    assert costs[2] == costs[10] <= RECORD


def test_commands_do_not_load_the_interface() -> None:
    code = (
        "import sys, pathlib, tempfile\n"
        "from pointsys.app import create_app\n"
        "from pointsys.config import Config\n"
        "create_app(Config(home=pathlib.Path(tempfile.mkdtemp())), web=False)\n"
        "print([name for name in ('marshmallow', 'flask_smorest', 'webargs', 'apispec', 'pointsys.rest') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
