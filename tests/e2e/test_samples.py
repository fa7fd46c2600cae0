"""The sample workbooks of a real community through the command line: what goes in, what comes out of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pointsys.core.activity_log.models import Entry
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from tests.conftest import MakeApp, RunCli
from tests.factories import HAPPY

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
AREA = ("--area", HAPPY)


@pytest.fixture
def started(run_cli: RunCli) -> RunCli:
    """A site that holds one community and nothing else."""
    assert run_cli("init", *AREA, "--name", "幸福社区").exit_code == 0
    return run_cli


def bring(run_cli: RunCli, kind: str, file: str, *options: str) -> dict[str, object]:
    """Import a sample and return what the command reports."""
    result = run_cli("import", kind, SAMPLES / file, *AREA, "--skip-errors", "--json", *options)
    assert result.exit_code == 0, result.stderr
    report: dict[str, object] = result.json()
    return report


def picked(report: dict[str, object], *keys: str) -> tuple[object, ...]:
    """Some values of a report."""
    return tuple(report[key] for key in keys)


VERDICTS = ("created", "updated", "unchanged", "duplicate", "error")


def test_the_sample_workbooks_give_the_counts_and_hours_that_were_promised(started: RunCli) -> None:
    people, entries, more = EXPECTED["people"], EXPECTED["activity_log"], EXPECTED["csv"]

    report = bring(started, "people", "people.xlsx")
    assert picked(report, *VERDICTS) == (people["created"], 0, 0, people["duplicate"], people["error"])
    assert report["new_areas"] == [f"第{n}网格" for n in range(1, 9)]
    report = bring(started, "activity-log", "activity-log.xlsx")
    assert picked(report, *VERDICTS) == (entries["entries"], 0, 0, entries["duplicates"], entries["errors"])
    assert report["minutes"] == entries["minutes"]
    report = bring(started, "activity-log", "activity-log-gbk.csv")
    assert picked(report, *VERDICTS) == (more["entries"], 0, 0, 0, 0)

    hours = started("volunteer", "hours", *AREA, "--json").json()
    assert hours["minutes"] == 84_300 + more["minutes"]


def test_the_roster_says_who_is_a_party_member(started: RunCli) -> None:
    bring(started, "people", "people.xlsx")
    sheet = started("points", "sheet", *AREA, "--period", "2026", "--json").json()

    assert len(sheet["rows"]) == EXPECTED["people"]["party_members"]


def test_faults_name_row_column_code_and_a_cure(started: RunCli) -> None:
    bring(started, "people", "people.xlsx")
    report = bring(started, "activity-log", "activity-log.xlsx", "--dry-run")
    errors = report["errors"]
    assert isinstance(errors, list)

    assert [(e["row"], e["column"], e["code"]) for e in errors] == [
        (1072, "日期", "bad_date"),
        (1073, "结束时间", "end_before_start"),
        (1074, "手机号码", "unknown_person"),
    ]
    assert "2026.2.30" in errors[0]["message"]


def test_importing_the_samples_again_creates_nothing(started: RunCli, make_app: MakeApp) -> None:
    for _ in range(2):
        people = bring(started, "people", "people.xlsx")
        entries = bring(started, "activity-log", "activity-log.xlsx")
    expected = EXPECTED["activity_log"]

    assert picked(people, *VERDICTS) == (0, 0, EXPECTED["people"]["created"], 4, 8)
    assert picked(entries, *VERDICTS) == (
        0,
        0,
        expected["entries"],
        expected["duplicates"],
        expected["errors"],
    )
    with make_app(web=False).app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == EXPECTED["people"]["created"]
        assert session.scalar(select(func.count()).select_from(Entry)) == expected["entries"]
        assert session.scalar(select(func.count()).select_from(Area)) == 9


@pytest.mark.parametrize(("kind", "file"), [("people", "people.xlsx"), ("activity-log", "activity-log.xlsx")])
def test_without_skipping_errors_nothing_changes_and_the_exit_code_says_so(
    started: RunCli, make_app: MakeApp, kind: str, file: str
) -> None:
    result = started("import", kind, SAMPLES / file, *AREA, "--json")

    assert result.exit_code == 2
    assert result.json()["error"] > 0
    with make_app(web=False).app_context(), read_scope() as session:
        for model in (Person, Entry):
            assert session.scalar(select(func.count()).select_from(model)) == 0
