"""What programs read of reports: the figures of the pages, in the scope of their token."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.reports.teamwork import Teamwork
from tests.rest.conftest import MakeProgram, Program, program

__all__ = ["program"]

JULY = date(2026, 7, 1)


@pytest.fixture
def code(app: Flask, world: World) -> str:
    """The code of the community, where one team served on one day and somebody for eleven hours."""
    with app.app_context():
        with unit_of_work(drain=False) as session:
            switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
        made = Teamwork(Place(world.areas))
        team = made.team("蓝队", area="happy")
        made.serve(world.person_ids["grid1"], "09:00", "11:30", day=JULY, team=team)
        made.serve(world.person_ids["grid2"], "08:00", "19:00", day=JULY, team=team)
    return world.codes["happy"]


def test_programs_read_the_figures_of_the_pages(code: str, program: MakeProgram) -> None:
    mine: Program = program("worker")
    report = mine.get(f"/areas/{code}/volunteer/report", period="2026-07", by="team").json
    assert (report["people"], report["minutes"], report["rest"]["minutes"]) == (1, 150, 0)
    assert [(row["name"], row["hours"], row["registered"]) for row in report["rows"]] == [("蓝队", "2.50", 0)]
    ranking = mine.get(f"/areas/{code}/volunteer/ranking/teams", period="2026").json
    assert [(line["rank"], line["name"], line["minutes"]) for line in ranking["items"]] == [(1, "蓝队", 150)]
    signals = mine.get(f"/areas/{code}/volunteer/signals", week="2026-07-01").json
    assert [(one["kind"], one["minutes"]) for one in signals["items"]] == [("long_day", 660)]
    wrong: tuple[dict[str, str], ...] = (
        {"period": "2026-13"},
        {"period": "2026-07", "by": "pet"},
        {"period": "2026", "team": "none"},
        {},
    )
    assert [mine.get(f"/areas/{code}/volunteer/report", **query).status_code for query in wrong] == [422] * 4
    assert mine.get(f"/areas/{code}/volunteer/signals", week="9999-12-31").json["items"] == []
