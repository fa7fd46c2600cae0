"""Volunteers by programs: what lists leave out is not there for them either."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.people import services
from tests.browsers import World
from tests.factories import HAPPY
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_a_closed_record_keeps_its_standing(app: Flask, world: World, program: MakeProgram) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
        person = session.get_one(Person, world.person_ids["happy"])
        services.register_one(session, person, SYSTEM)
    client, where = program("worker"), f"/areas/{HAPPY}/volunteer/people/{world.people['happy']}/standing"
    given = {"act": "suspend", "reason": "多次爽约"}
    assert client.post(where, given).json["state"] == "suspended"
    with app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Person, world.person_ids["happy"]).closed = "died"
    assert client.post(where, {"act": "resume"}).status_code == 404
