"""S-30, A23: lists and counts of programs, and areas as arguments; ``tests/security/test_s27_matrix`` has the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from pointsys.access import AREA, SIGNED_IN, access_of
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests import factories
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, new_key
from tests.security.routes import MAY

PLACES = ("street", "happy", "sunny", "grid1", "grid2")
# What an operation takes to get as far as its view; whatever is wrong inside is answered with 422.
BODIES: dict[str, Any] = {"POST": {}, "PATCH": {"note": "x"}}


@pytest.fixture
def engine_name() -> str:
    """The walks take many requests and ask nothing that differs by engine."""
    return "sqlite"


@pytest.fixture
def things(app: Flask, world: World) -> dict[str, dict[str, str]]:
    """By place, the ids of a person, an activity and an entry there; plugins are on everywhere."""
    found = {}
    with app.app_context():
        with unit_of_work(drain=False) as session:
            for plugin in current_site().host.plugins:
                switch_plugin(session, session.get_one(Area, world.areas["street"]), plugin, True, SYSTEM)
            for place in PLACES:
                area = session.get_one(Area, world.areas[place])
                person = session.get_one(Person, world.person_ids[place])
                take_part(session, area, person)
        with read_scope() as session:
            for place in PLACES:
                area_id = world.areas[place]
                found[place] = {
                    "person": world.people[place],
                    "activity": str(
                        session.scalar(select(Activity.public_id).where(Activity.area_id == area_id))
                    ),
                    "entry": str(session.scalar(select(Entry.public_id).where(Entry.area_id == area_id))),
                }
    return found


def take_part(session: Any, area: Area, person: Person) -> None:
    record(session, area, [factories.make_draft(session, area, person)], SYSTEM, "form")


def operations(app: Flask) -> list[tuple[Rule, str, str]]:
    """Every operation of an area: rule, method, permission."""
    found: list[tuple[Rule, str, str]] = []
    for rule in app.url_map.iter_rules():
        declared = access_of(app, rule.endpoint)
        if declared is not None and declared.token and declared.scope == AREA:
            methods = sorted((rule.methods or set()) & {"GET", "POST", "PATCH", "PUT", "DELETE"})
            found += [(rule, method, str(declared.permission)) for method in methods]
    return found


def call(program: Program, rule: Rule, method: str, code: str, ids: dict[str, str]) -> tuple[int, str]:
    """Status and text of one operation."""
    path = re.sub(r"<([^<>]+)>", lambda m: code if m[1] == "code" else ids[m[1]], rule.rule)
    more = {"POST": {"Idempotency-Key": new_key()}, "PATCH": {"If-Match": '"x"'}}
    headers = program.headers(more.get(method))
    body = BODIES.get(method)
    answer = program.client.open(path, method=method, json=body, headers=headers)
    return answer.status_code, answer.text


def test_one_operation_alone_is_of_no_area(app: Flask) -> None:
    assert len(operations(app)) >= 16
    own = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (declared := access_of(app, rule.endpoint)) and declared.token and declared.scope == SIGNED_IN
    ]
    assert own == ["/api/v1/areas"]


def test_s30_lists_and_counts_hold_nothing_of_elsewhere(
    app: Flask, program: MakeProgram, world: World, things: dict[str, dict[str, str]]
) -> None:
    made, asked = program("worker"), 0
    foreign = [things["sunny"][name] for name in ("person", "activity", "entry")] + ["孙阳", "赵街"]
    for rule, method, permission in operations(app):
        if method != "GET" or set(rule.arguments) != {"code"}:
            continue
        status, text = call(made, rule, method, world.codes["happy"], {})
        # Some take an argument and say so; what only a unit's liaison reads stands in tests of the letters.
        assert status in ((200, 422) if "worker" in MAY[permission] else (403,)), rule.rule
        assert [word for word in foreign if word in text] == [], rule.rule
        asked += status == 200
    assert asked >= 20
    for name in ("people", "activities", "log"):
        assert made.get(f"/areas/{world.codes['happy']}/{name}").json["total"] == 3
        assert made.get(f"/areas/{world.codes['grid1']}/{name}").json["total"] == 1


def test_a23_an_area_in_the_address_twice_or_as_an_argument_widens_nothing(
    program: MakeProgram, world: World, happy: str
) -> None:
    made = program("worker")
    people = f"{happy}/people"
    for query in (
        {"area": [world.codes["happy"], world.codes["sunny"]]},
        {"area": world.codes["street"]},
        {"area": "%"},
        {"area": "*"},
    ):
        answer = made.get(people, **query)
        names = {item["name"] for item in answer.json.get("items", ())}
        assert names <= {"钱福", "李一", "周二"}
    assert made.get(people, area_id="1").status_code == 422
    assert made.get(f"{happy},{world.codes['sunny']}/people").status_code == 404
