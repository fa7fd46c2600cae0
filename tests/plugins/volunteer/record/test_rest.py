"""Stars, commendations and evaluations by programs: the same acts, the same refusals."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.record import publishing_profiles
from pointsys.plugins.volunteer.record.star_rules import SELECTED, Level, Profile
from tests.browsers import World
from tests.plugins.volunteer.place import Place
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]

DAY = date(2026, 7, 1)


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Programs are tried on one engine, the services below them on both."""
    return str(request.param)


def test_programs_keep_the_record_of_a_volunteer(app: Flask, world: World, program: MakeProgram) -> None:
    with app.app_context():
        with unit_of_work(drain=False) as session:
            street = session.get_one(Area, world.areas["street"])
            switch_plugin(session, street, "volunteer", True, SYSTEM)
            chosen = Profile("chosen", "评定", 0, (Level("一星", 60),), mode=SELECTED)
            publishing_profiles.publish(session, street, chosen, current_site().today(), SYSTEM)
        done = Place(world.areas).serve(world.person_ids["grid1"], "09:00", "11:00", day=DAY)
        with unit_of_work(drain=False) as session:
            entry = session.scalars(select(Entry.public_id).where(Entry.id == done)).one()
    until = {"expires_on": date(2026, 9, 30)}
    worker, grid, sunny = (program(owner, **until) for owner in ("worker", "grid_worker", "sunny_worker"))
    root, person = f"/areas/{world.codes['happy']}/volunteer/record", world.people["grid1"]

    (star,) = worker.get(f"{root}/stars", state="eligible").json["items"]
    assert (star["person"], star["level"], star["minutes"], star["needed_minutes"]) == (person, 1, 120, 60)
    act = {"act": "award", "stars": [star["id"]]}
    assert grid.post(f"/areas/{world.codes['grid1']}/volunteer/record/stars", act).status_code == 403
    assert worker.post(f"{root}/stars", act).json == {"done": 1}
    assert worker.post(f"{root}/stars", act).json["error"]["code"] == "wrong_state"
    assert (
        worker.post(f"{root}/stars", {**act, "stars": ["nosuch"]}).json["error"]["code"] == "nothing_chosen"
    )

    given = {
        "person": person,
        "title": "优秀",
        "level": "street",
        "awarded_by": "街道",
        "awarded_on": "2026-03-05",
    }
    assert worker.post(f"{root}/commendations", given).status_code == 201
    assert worker.post(f"{root}/commendations", given).json["error"]["code"] == "already_recorded"
    assert [one["title"] for one in worker.get(f"{root}/commendations").json["items"]] == ["优秀"]
    said = {
        "entry": entry,
        "side": "recipient",
        "score": 2,
        "words": "晚到",
        "name": "王大妈",
        "complaint": True,
    }
    made = worker.post(f"{root}/evaluations", said)
    assert (made.status_code, made.json["case"]) == (201, "open")
    assert worker.post(f"{root}/evaluations", said).json["error"]["code"] == "case_exists"
    assert len(worker.get(f"{root}/evaluations", low="true").json["items"]) == 1

    record = worker.get(f"{root}/people/{person}").json
    assert (record["minutes"], record["person_times"], record["stars"]) == (120, 1, {"chosen": 1})
    assert ([one["title"] for one in record["commendations"]], record["score"]) == (["优秀"], "2.0")
    elsewhere = f"/areas/{world.codes['sunny']}/volunteer/record"
    assert sunny.get(f"{elsewhere}/people/{person}").status_code == 404
    assert sunny.post(f"{elsewhere}/evaluations", said).status_code == 404
    assert sunny.get(f"{elsewhere}/stars").json["items"] == []
