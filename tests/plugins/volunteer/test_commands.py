"""``pointsys volunteer``: the figures and the words of its answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import RunCli
from tests.factories import HAPPY, STREET, SUNNY
from tests.plugins.volunteer.place import Place, make_place, public_id


@pytest.fixture
def shared(app: Flask) -> tuple[Place, dict[str, str]]:
    """A place with service in March and at the turn to April; and the public id of each person."""
    with app.app_context():
        place = make_place()
        people = {
            name: place.person(name, area=area) for name, area in (("张三", "grid1"), ("李四", "sunny"))
        }
        place.serve(people["张三"], "09:00", "11:30")
        place.serve(people["张三"], "22:30", "25:15", day=date(2026, 3, 31))
        place.serve(people["李四"], "09:00", "09:50")
        place.serve(people["李四"], "14:00", "15:00", kind="主题党日", title="party day")
        return place, {name: public_id(person) for name, person in people.items()}


def test_hours_of_an_area_hold_everybody_below_and_add_up(
    shared: tuple[Place, dict[str, str]], run_cli: RunCli
) -> None:
    _place, ids = shared
    assert run_cli("volunteer", "hours", "--area", STREET, "--json").json() == {
        "people": 2,
        "entries": 3,
        "minutes": 365,
        "hours": "6.08",
        "rows": [
            {"person": {"id": ids["张三"], "name": "张三"}, "minutes": 315, "hours": "5.25"},
            {"person": {"id": ids["李四"], "name": "李四"}, "minutes": 50, "hours": "0.83"},
        ],
    }


def test_a_range_splits_at_local_midnight(shared: tuple[Place, dict[str, str]], run_cli: RunCli) -> None:
    expected = {
        ("--from", "2026-03-01", "--to", "2026-03-31"): [240],
        ("--from", "2026-04-01"): [75],
        ("--to", "2026-03-30"): [150],
        ("--from", "2026-05-01"): [],
    }
    found = {}
    for words in expected:
        answer = run_cli("volunteer", "hours", "--area", HAPPY, *words, "--json").json()
        found[words] = [row["minutes"] for row in answer["rows"]]
        assert answer["minutes"] == sum(found[words])

    assert found == expected


def test_a_month_is_reported_by_the_areas_below(
    shared: tuple[Place, dict[str, str]], run_cli: RunCli
) -> None:
    answer = run_cli("volunteer", "report", "--area", STREET, "--month", "2026-03", "--json").json()
    assert answer == {
        "month": "2026-03",
        "people": 2,
        "active": 2,
        "registered": 0,
        "person_times": 3,
        "minutes": 290,
        "hours": "4.83",
        "rows": [
            {
                "area": {"code": HAPPY, "name": "幸福社区"},
                "people": 1,
                "active": 1,
                "registered": 0,
                "person_times": 2,
                "minutes": 240,
                "hours": "4.00",
            },
            {
                "area": {"code": SUNNY, "name": "阳光社区"},
                "people": 1,
                "active": 1,
                "registered": 0,
                "person_times": 1,
                "minutes": 50,
                "hours": "0.83",
            },
        ],
    }


def test_without_json_a_table_is_printed(shared: tuple[Place, dict[str, str]], run_cli: RunCli) -> None:
    result = run_cli("volunteer", "hours", "--area", STREET)
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["张三", "2", "315", "5.25"]
    assert "6.08" in lines[-1]
    report = run_cli("volunteer", "report", "--area", STREET, "--month", "2026-03")
    assert report.stdout.splitlines()[-1].split()[-3:] == ["2", "3", "4.83"]


def test_what_cannot_be_answered_is_refused(shared: tuple[Place, dict[str, str]], run_cli: RunCli) -> None:
    expected = {
        ("hours", "--area", "990101001999"): "unknown_area",
        ("hours", "--area", STREET, "--from", "yesterday"): "bad_date",
        ("hours", "--area", STREET, "--from", "2026-03-02", "--to", "2026-03-01"): "bad_range",
        ("report", "--area", STREET, "--month", "2026"): "bad_month",
        ("report", "--area", STREET): "no_period",
        ("report", "--area", STREET, "--period", "2026-Q5"): "bad_period",
        ("report", "--area", STREET, "--month", "2026-03", "--team", "nobody"): "unknown_team",
        ("report", "--area", STREET, "--month", "2026-03", "--project", "P1"): "unknown_project",
    }
    results = {words: run_cli("volunteer", *words, "--json") for words in expected}

    assert {words: result.json()["error"]["code"] for words, result in results.items()} == expected
    assert {result.exit_code for result in results.values()} == {2}


def test_an_area_without_the_plugin_is_told_how_to_switch_it_on(app: Flask, run_cli: RunCli) -> None:
    with app.app_context():
        make_place(switched_on=())
    result = run_cli("volunteer", "hours", "--area", STREET)
    assert result.exit_code == 2
    assert f"pointsys plugin enable volunteer --area {STREET}" in result.stderr


def test_figures_that_are_not_complete_say_so_beside_the_answer(app: Flask, run_cli: RunCli) -> None:
    with app.app_context():
        place = make_place()
        place.serve(place.person(), derive=False)
    result = run_cli("volunteer", "hours", "--area", STREET, "--json")
    assert result.json()["minutes"] == 0
    assert "1" in result.stderr
    assert "待计分" in result.stderr


def test_the_sheets_of_a_real_community_come_to_the_hours_they_hold(app: Flask, run_cli: RunCli) -> None:
    samples = Path(__file__).parents[2] / "samples"
    assert run_cli("init", "--area", HAPPY, "--name", "幸福社区", "--json").exit_code == 0
    for kind, name, minutes in (
        ("people", "people.xlsx", 0),
        ("activity-log", "activity-log.xlsx", 84_300),
        ("activity-log", "activity-log-gbk.csv", 84_300 + 9_000),
    ):
        result = run_cli("import", kind, samples / name, "--area", HAPPY, "--skip-errors", "--json")
        assert result.exit_code == 0
        answer = run_cli("volunteer", "hours", "--area", HAPPY, "--json").json()
        assert (answer["minutes"], sum(row["minutes"] for row in answer["rows"])) == (minutes, minutes)
