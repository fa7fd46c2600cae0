"""Rules of hours and approvals by programs, with the same roles as on the pages."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.plugins.volunteer.place import Place, credit_state
from tests.rest.conftest import MakeProgram


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


def test_programs_read_the_rules_and_decide_on_what_waits(
    app: Flask, world: World, program: MakeProgram
) -> None:
    with app.app_context():
        with unit_of_work(drain=False) as session:
            switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
        entry = Place(world.areas).serve(
            world.person_ids["grid1"], "08:00", "17:30", day=date(2026, 5, 1), title="大扫除"
        )
    office = program("office")
    base = f"/areas/{world.codes['street']}/volunteer"
    rules = office.get(f"{base}/policy", on="2026-05-01").json
    (row,) = office.get(f"{base}/approvals").json["items"]

    assert (rules["version"], rules["rules"]["day_auto_minutes"]) == ("P0", 480)
    assert (row["minutes"], row["day_minutes"], row["level"]) == (570, 570, "street")
    answer = office.post(f"{base}/approvals", {"entries": [row["entry"]], "outcome": "approved"})
    assert answer.json == {"decided": 1}
    assert credit_state(app, entry) == ("approved", 570)
