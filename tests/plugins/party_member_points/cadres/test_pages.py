"""A post of a grid through the browser: held, its ledger kept, a quarter sent to the unit; and the same by REST."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.cadres.forms import minutes_of
from pointsys.plugins.party_member_points.cadres.models import PointsCadreStatus
from pointsys.plugins.party_member_points.letters import liaisons
from tests.browsers import SignIn, World, counted
from tests.factories import make_person
from tests.plugins.party_member_points.party import Party
from tests.rest.conftest import MakeProgram, program  # noqa: F401


@pytest.fixture
def engine_name() -> str:
    """Pages are tried on one engine; the services below are tried on both."""
    return "sqlite"


def test_a_post_is_held_its_ledger_kept_and_the_quarter_sent(
    app: Flask, world: World, world_party: Party, sign_in: SignIn
) -> None:
    worker, committee = sign_in(world.accounts["worker"]), sign_in(world.accounts["committee"])
    here = f"/a/{world.codes['happy']}/points/cadres"
    assert "number-card" in str(worker.page(here))
    worker.page(f"{here}/new")
    form = {"area": world.codes["grid1"], "title": "网格指导员", "duties": "每周一天"}
    assert worker.post(f"{here}/new", {**form, "area": world.codes["sunny"]}).status_code == 422
    post = worker.post(f"{here}/new", form).location
    worker.page(post)
    assert "网格指导员" in worker.page(f"/a/{world.codes['grid1']}/points/cadres?state=vacant").get_text()
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(post.replace(world.codes["happy"], world.codes["sunny"])).status_code == 404

    held = {"name": "李一", "unit": "区委办", "from_on": "2026-04-10"}
    assert worker.post(f"{post}/assign", {**held, "name": "查无此人"}).status_code == 422
    with app.app_context(), unit_of_work(drain=False) as session:
        other = make_person(session, world_party.area(session, "grid2"), "李一").public_id
    asked = worker.post(f"{post}/assign", held)
    assert asked.status_code == 422
    assert other in asked.text
    assert worker.post(f"{post}/assign", {**held, "person": world.people["grid1"]}).status_code == 303
    assert worker.post(f"{post}/close").status_code == 303

    note = {"on": "2026-05-02", "kind": "duty", "hours": "1.5", "text": "值班"}
    for wrong in ({"hours": "many"}, {"on": "2026-04-01"}, {"text": ""}, {"hours": "1e9"}, {"hours": "NaN"}):
        assert worker.post(f"{post}/note", {**note, **wrong}).status_code == 422
    assert worker.post(f"{post}/note", note).status_code == 303
    assert worker.post(f"{post}/note", {**note, "text": "写错"}).status_code == 303
    page = worker.page(post)
    voids = [str(form["action"]) for form in page.select("form[action*='/void']")]
    assert worker.post(voids[0], {"reason": "写错了"}).status_code == 303
    assert "写错了" in worker.page(post).get_text()

    term = re.search(r"/([^/]+)/compute", str(page)).group(1)  # type: ignore[union-attr]
    assert worker.post(f"{post}/{term}/compute", {"period": "2026-Q2"}).status_code == 303
    with app.app_context(), read_scope() as session:
        one = session.query(PointsCadreStatus.public_id).scalar()
    worker.post(f"{post}/status/{one}/review", {"review": "认真"})
    assert "认真" not in worker.page(post).get_text()
    assert committee.post(f"{post}/status/{one}/review", {"review": "到岗认真"}).status_code == 303
    assert committee.post(f"{post}/status/{one}/send").status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.query(PointsCadreStatus.state).scalar() == "sent"
    with app.app_context(), unit_of_work(drain=False) as session:
        liaison = session.get_one(Account, world.accounts["liaison"]).public_id
        liaisons.link(session, world_party.area(session, "happy"), "区委办", liaison, SYSTEM)
    told = sign_in(world.accounts["liaison"])
    theirs = told.page("/me/points/unit/cadres")
    assert "李一" in theirs.get_text()
    letter = theirs.select_one("a[href*='/me/points/unit/letters/']")
    assert letter is not None
    assert told.get(str(letter["href"])).status_code == 200
    assert "区委办" in told.page("/me/points/unit/checkins").get_text()
    assert committee.get("/me/points/unit/cadres").status_code == 404
    own = sign_in(world.accounts["member"]).page("/me/points/post").get_text()
    assert "到岗认真" in own
    assert "值班" in own
    assert worker.get(f"{here}?export=xlsx").status_code == 200
    assert worker.post(f"{post}/{term}/end", {"to_on": "2026-07-01"}).status_code == 303
    assert worker.post(f"{post}/change", {"title": "新名", "duties": "", "area": ""}).status_code == 303
    assert worker.post(f"{post}/close").location.endswith("/cadres")
    with counted(app) as statements:
        worker.page(post)
    assert len(statements) <= 20


def test_the_same_by_rest(app: Flask, world: World, world_party: Party, program: MakeProgram) -> None:  # noqa: F811
    worker, committee = program("worker"), program("committee")
    here = f"/areas/{world.codes['happy']}/points"
    made = worker.post(f"{here}/cadres", {"title": "网格指导员", "area": world.codes["grid1"]})
    assert made.status_code == 201, made.text
    post = f"{here}/cadres/{made.json['id']}"
    body = {"person": world.people["grid1"], "unit": "区委办", "since": "2026-04-10"}
    assert worker.post(f"{post}/terms", body).json["name"] == "李一"
    note = {"on": "2026-05-02", "kind": "duty", "minutes": 90, "text": "值班"}
    assert worker.post(f"{post}/notes", note).status_code == 201
    quarter = worker.post(f"{post}/quarters", {"period": "2026-Q2"}).json
    assert (quarter["days"], quarter["notes"], quarter["state"]) == (1, 1, "computed")
    refused = worker.post(f"{post}/quarters/{quarter['id']}/review", {"review": "好"})
    assert refused.json["error"]["code"] == "another_person_needed"
    assert committee.post(f"{post}/quarters/{quarter['id']}/review", {"review": "好"}).status_code == 200
    assert committee.post(f"{post}/quarters/{quarter['id']}/send", {}).json["state"] == "sent"
    assert worker.get(f"{here}/cadres").json["items"][0]["notes"] == 1

    asked = worker.post(
        f"{here}/checkins",
        {"person": world.people["grid2"], "kind": "checkin", "on": "2026-07-01", "home_unit": "市一中"},
    )
    assert asked.status_code == 201, asked.text
    answer = f"{here}/checkins/{asked.json['id']}/answer"
    assert worker.post(answer, {"outcome": "confirmed"}).json["error"]["code"] == "another_person_needed"
    assert committee.post(answer, {"outcome": "confirmed", "branch": "一支部"}).json["status"] == "confirmed"
    assert worker.get(f"{here}/checkins", status="confirmed").json["total"] == 1
    assert worker.get(f"{here}/units").json["items"][0]["name"] == "市一中"
    assert (
        program("sunny_worker")
        .post(answer.replace(world.codes["happy"], world.codes["sunny"]), {"outcome": "confirmed"})
        .status_code
        == 404
    )
    with app.app_context(), read_scope() as session:
        assert session.get_one(Person, world.person_ids["grid2"]).left_on is None


def test_hours_as_typed_become_whole_minutes() -> None:
    assert [minutes_of(text) for text in ("", " 1.5 ", "24", "0")] == [0, 90, 1440, 0]
    for text in ("-1", "24.1", "0.001", "NaN", "Infinity", "two", "1e18"):
        with pytest.raises(Problem, match="hours"):
            minutes_of(text)
