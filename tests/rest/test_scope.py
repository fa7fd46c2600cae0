"""S-27 to S-30, A22, A23: each operation by role and place, and every id from own, parent, child, sibling and nowhere.

What a role may is written down here a second time, so that a change of the program's table is noticed.
"""

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
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests import factories
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, new_key

STAFF = {"office", "worker", "sunny_worker"}
EVERYBODY = {*STAFF, "grid_worker", "secretary"}
MAY = {
    "areas.view": {"admin", *EVERYBODY},
    "people.view": EVERYBODY,
    "people.edit": STAFF,
    "log.view": EVERYBODY,
    "log.record": {*STAFF, "grid_worker"},
    "log.decide": STAFF,
    "volunteer.view": EVERYBODY,
    "points.view": EVERYBODY,
}
HOLDS = {
    "admin": "street",
    "office": "street",
    "worker": "happy",
    "sunny_worker": "sunny",
    "grid_worker": "grid1",
    "secretary": "happy",
}
PLACES = ("street", "happy", "sunny", "grid1", "grid2")
ABOVE = {
    "street": {"street"},
    "happy": {"street", "happy"},
    "sunny": {"street", "sunny"},
    "grid1": {"street", "happy", "grid1"},
    "grid2": {"street", "happy", "grid2"},
}
# What an operation takes to get as far as its view; whatever is wrong inside is answered with 422.
BODIES: dict[str, Any] = {"POST": {}, "PATCH": {"note": "x"}}
OPEN = {200, 201, 412, 422}


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
            for plugin in ("volunteer", "party_member_points"):
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


def test_every_operation_declares_a_known_permission(app: Flask) -> None:
    found = operations(app)
    assert len(found) >= 16
    assert {permission for _rule, _method, permission in found} == set(MAY)
    own = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (declared := access_of(app, rule.endpoint)) and declared.token and declared.scope == SIGNED_IN
    ]
    assert own == ["/api/v1/areas"]


@pytest.mark.parametrize("role", sorted(HOLDS))
def test_s27_every_operation_answers_by_role_and_place(
    app: Flask, program: MakeProgram, world: World, things: dict[str, dict[str, str]], role: str
) -> None:
    made = program(role)
    wrong = []
    for rule, method, permission in operations(app):
        for place in PLACES:
            status, _text = call(made, rule, method, world.codes[place], things[place])
            right = {404}
            if HOLDS[role] in ABOVE[place]:
                right = OPEN if role in MAY[permission] else {403}
                if status == 404 and role in MAY[permission] and "scores/<person>" in rule.rule:
                    # Nobody here is a Party member.
                    continue
            if status not in right:
                wrong.append((method, rule.rule, place, status, right))
    assert wrong == []


def test_s28_ids_of_elsewhere_answer_like_ids_of_nowhere(
    app: Flask, program: MakeProgram, world: World, things: dict[str, dict[str, str]]
) -> None:
    made = program("worker")
    nowhere = {"person": "aaaaaaaaaaaaaaaa", "activity": "aaaaaaaaaaaaaaaa", "entry": "aaaaaaaaaaaaaaaa"}
    tried = 0
    for rule, method, _permission in operations(app):
        if set(rule.arguments) == {"code"}:
            continue
        for place in ("happy", "grid1"):
            expected = call(made, rule, method, world.codes[place], nowhere)
            assert expected[0] == 404, rule.rule
            # Parent and sibling; and, from the child's address, the area above it and the grid beside it.
            others = ("street", "sunny") if place == "happy" else ("street", "sunny", "happy", "grid2")
            for other in others:
                tried += 1
                answer = call(made, rule, method, world.codes[place], things[other])
                assert answer == expected, (method, rule.rule, place, other)
    assert tried >= 36
    with app.app_context(), read_scope() as session:
        denials = session.scalars(select(AuditRow.actor).where(AuditRow.result == DENIED)).all()
    assert len(denials) >= tried
    assert {label.split("/")[0] for label in denials} == {"worker"}


def test_s30_lists_and_counts_hold_nothing_of_elsewhere(
    app: Flask, program: MakeProgram, world: World, things: dict[str, dict[str, str]]
) -> None:
    made = program("worker")
    foreign = [things["sunny"][name] for name in ("person", "activity", "entry")] + ["孙阳", "赵街"]
    for rule, method, _permission in operations(app):
        if method != "GET" or set(rule.arguments) != {"code"}:
            continue
        status, text = call(made, rule, method, world.codes["happy"], {})
        assert status == 200
        assert [word for word in foreign if word in text] == [], rule.rule
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
