"""The plugins' parts: the figures of their pages, where they are on, for those who may see them there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import delete

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.host import PluginError
from pointsys.core.pending import drain, mark_people
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugin import Permission, RestApi, RestBlueprint, RestSchema
from pointsys.plugins.party_member_points import schemes
from pointsys.plugins.party_member_points.models import PointsMember, PointsResult
from tests.browsers import World
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.rest.conftest import MakeProgram, Program


@pytest.fixture
def engine_name() -> str:
    """The queries are those of the pages, which are tried on both engines."""
    return "sqlite"


@pytest.fixture
def on(app: Flask, world: World) -> World:
    """幸福社区 with both plugins, a scheme and a Party member."""
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, area, plugin, True, SYSTEM)
        schemes.publish(session, area, schemes.preset(), "toml", schemes.PRESET_FROM, SYSTEM)
        person = session.get_one(Person, world.person_ids["grid1"])
        session.add(
            PointsMember(
                person_id=person.id,
                political_status="member",
                checkin_on=date(2026, 1, 1),
                checkin_assumed=False,
                roster_differs=False,
            )
        )
    with app.app_context():
        drain()
    return world


def serve(program: Program, world: World, **change: object) -> None:
    usual = {"kind": "volunteer_service", "title": "巡逻", "date": "2026-07-01", "quantity": "2"}
    body = {"entries": [{"person": world.people["grid1"], **usual, **change}]}
    assert program.post(f"/areas/{world.codes['happy']}/log", body).status_code == 201


def test_hours_of_an_area_and_of_a_person(worker_program: Program, on: World, happy: str) -> None:
    serve(worker_program, on)
    serve(worker_program, on, title="清扫", date="2026-06-30", quantity="1.5")
    listed = worker_program.get(f"{happy}/volunteer/hours").json
    assert listed == {
        "items": [
            {
                "id": on.people["grid1"], "name": "李一", "minutes": 210, "hours": "3.50", "entries": 2, "rank": 1,
                "waiting": False,
            }
        ],
        "page": 1, "size": 50, "total": 1, "minutes": 210, "entries": 2, "waiting": 0,
    }  # fmt: skip
    for query in ({"period": "2026-07"}, {"from": "2026-07-01", "to": "2026-07-05"}):
        assert worker_program.get(f"{happy}/volunteer/hours", **query).json["minutes"] == 120
    assert worker_program.get(f"{happy}/volunteer/hours", q="钱").json["items"] == []
    own = worker_program.get(f"{happy}/volunteer/people/{on.people['grid1']}", size=1).json
    assert {tally["period"]: tally["minutes"] for tally in own["tallies"]} == {
        "all": 210, "2026": 210, "2026-07": 120,
    }  # fmt: skip
    assert (own["total"], [item["title"] for item in own["items"]]) == (2, ["巡逻"])


@pytest.mark.parametrize(
    "query", [{"period": "July"}, {"from": "2026-07-05", "to": "2026-07-01"}, {"to": "0999-01-01"}]
)
def test_a_period_that_is_none_is_refused(
    worker_program: Program, on: World, happy: str, query: dict[str, str]
) -> None:
    assert worker_program.get(f"{happy}/volunteer/hours", **query).status_code == 422


def test_what_is_not_computed_says_so(app: Flask, worker_program: Program, on: World, happy: str) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.execute(delete(PointsResult))
        mark_people(session, [on.person_ids["grid1"]])
    answer = worker_program.get(f"{happy}/points/scores/{on.people['grid1']}")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "not_computed")


def test_a_score_opens_to_its_reasons(worker_program: Program, on: World, happy: str) -> None:
    serve(worker_program, on)
    listed = worker_program.get(f"{happy}/points/scores").json
    assert (listed["total"], listed["period"]) == (1, "2026")
    (line,) = listed["items"]
    assert (line["name"], line["rank"], line["waiting"]) == ("李一", 1, False)
    score = worker_program.get(f"{happy}/points/scores/{on.people['grid1']}").json
    assert (score["total"], score["period"], score["grade"]) == (line["total"], "2026", line["grade"])
    (entry,) = score["entries"]
    assert (entry["title"], entry["state"]) == ("巡逻", "counted")
    assert [c["points"] for c in score["categories"]]
    assert worker_program.get(f"{happy}/points/scores/{on.people['happy']}").status_code == 404
    assert worker_program.get(f"{happy}/points/scores/{on.people['grid1']}", period="1999").status_code == 404
    assert worker_program.get(f"{happy}/points/scores", period="soon").status_code == 422
    past = worker_program.get(f"{happy}/points/scores/{on.people['grid1']}", on="2026-01-15").json
    assert (past["entries"], past["period"]) == ([], "2026")
    assert (
        worker_program.get(f"{happy}/points/scores/{on.people['grid1']}", on="2999-01-01").status_code == 422
    )
    ahead = worker_program.get(f"{happy}/points/scores/{on.people['grid1']}/outlook").json
    assert ahead["months"][-1]["total"] == score["total"]
    assert ahead["ideas"][0]["gain"]
    groups = worker_program.get(f"{happy}/points/rankings", by="community").json
    assert [(line["rank"], line["average"], line["members"]) for line in groups["items"]] == [
        (None, None, None)
    ]
    assert worker_program.get(f"{happy}/points/rankings", by="colour").status_code == 422


PLACES = (
    "volunteer/hours",
    "volunteer/people/{}",
    "points/scores",
    "points/scores/{}",
    "points/scores/{}/outlook",
    "points/rankings",
)


@pytest.mark.parametrize("place", PLACES)
def test_where_a_plugin_is_off_there_is_nothing(
    program: MakeProgram, on: World, place: str, happy: str
) -> None:
    office = program("office")
    assert office.get(f"{happy}/{place.format(on.people['grid1'])}").status_code == 200
    for code in (on.codes["street"], on.codes["sunny"]):
        assert office.get(f"/areas/{code}/{place.format(on.people['grid1'])}").status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_a_plugins_person_of_another_area_is_missing(
    app: Flask, program: MakeProgram, on: World, place: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, on.areas["sunny"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, area, plugin, True, SYSTEM)
    other = program("sunny_worker")
    sunny = other.get(f"/areas/{on.codes['sunny']}/{place.format(on.people['grid1'])}")
    assert sunny.status_code == (404 if "{}" in place else 200)
    if sunny.status_code == 200:
        assert sunny.json["items"] == []
    assert other.get(f"/areas/{on.codes['happy']}/{place.format(on.people['grid1'])}").status_code == 404
    narrow = program("worker", permissions=["people.view"])
    assert narrow.get(f"/areas/{on.codes['happy']}/{place.format(on.people['grid1'])}").status_code == 403


class Nothing(RestSchema):
    """An empty answer."""


def part(
    name: str = "demo_rest", rule: str = "/areas/<code>/demo", permission: str = "demo.view"
) -> RestBlueprint:
    """A plugin's part with one operation."""
    blueprint = RestBlueprint(name, __name__, description="Demo")

    @blueprint.read(rule, permission=permission, answer=Nothing)
    def hello(session: Any, args: Any, code: str = "") -> dict[str, str]:
        """Say nothing"""
        return {}

    return blueprint


def plain() -> Blueprint:
    blueprint = Blueprint("demo_rest", __name__)
    blueprint.add_url_rule("/areas/<code>/demo", "page", lambda code: code)
    return blueprint


def undeclared() -> RestBlueprint:
    blueprint = part()
    blueprint.route("/areas/<code>/demo/more")(lambda code: code)
    return blueprint


@pytest.mark.parametrize(
    ("blueprint", "words"),
    [
        (part("demo"), "is not named demo_rest"),
        (part(rule="/areas/<code>/people/more"), "lies outside"),
        (part(permission="demo.other"), "demo.other"),
        (plain(), "is not a RestBlueprint"),
        (undeclared(), "declares no permission"),
    ],
)
def test_a_part_that_breaks_the_rules_stops_the_start(
    make_app: MakeApp, blueprint: object, words: str
) -> None:
    def register_rest(api: RestApi) -> None:
        api.register_blueprint(blueprint)

    module = make_plugin("demo", derive=None, hooks={"register_rest": register_rest})
    module.PLUGIN = replace(  # type: ignore[attr-defined]
        module.PLUGIN, permissions=(make_permission(),)
    )
    with pytest.raises(PluginError, match=words):
        make_app(host=demo_host(module))


def make_permission() -> Any:
    return Permission("demo.view", "See", ("community_worker",))
