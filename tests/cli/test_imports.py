"""``pointsys import``: exit codes and the one object; what rows mean is tested with the imports themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from pointsys.core.activity_log.models import CONFIRMED, Decision, Entry
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import RunCli
from tests.factories import HAPPY, make_tree

ROSTER = "姓名,手机号\n王小明,13900001111\n李雷,13900002222\n"
FAULTY = ROSTER + "韩梅梅,1390000\n"
SHEET = "姓名,手机号,日期,活动名称,活动类型,时长\n王小明,13900001111,2026-07-01,清洁家园,志愿服务,2\n"
COUNTS = ("created", "updated", "unchanged", "duplicate", "error")


@pytest.fixture
def engine_name() -> str:
    """Files, words and exit codes; what an import does is tried on both engines in tests/core."""
    return "sqlite"


@pytest.fixture
def files(tmp_path: Path, site: Site) -> Path:
    """A folder with small sheets, beside a site with areas."""
    with unit_of_work() as session:
        make_tree(session)
    for name, content in {"roster": ROSTER, "faulty": FAULTY, "sheet": SHEET}.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    return tmp_path


def _people() -> int:
    with read_scope() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_roster_is_imported_and_counted(run_cli: RunCli, files: Path) -> None:
    result = run_cli("import", "people", files / "roster.csv", "--area", HAPPY, "--json")
    assert result.exit_code == 0
    report = result.json()
    assert [report[name] for name in COUNTS] == [2, 0, 0, 0, 0]
    assert report["errors"] == []
    assert _people() == 2


def test_the_same_file_again_creates_nothing(run_cli: RunCli, files: Path) -> None:
    words = ("import", "people", files / "roster.csv", "--area", HAPPY, "--json")
    run_cli(*words)
    result = run_cli(*words)
    assert result.exit_code == 0
    assert [result.json()[name] for name in COUNTS] == [0, 0, 2, 0, 0]
    assert _people() == 2


def test_a_dry_run_changes_nothing(run_cli: RunCli, files: Path) -> None:
    result = run_cli("import", "people", files / "faulty.csv", "--area", HAPPY, "--dry-run", "--json")
    assert result.exit_code == 0
    assert (result.json()["created"], result.json()["error"]) == (2, 1)
    assert _people() == 0


def test_a_row_at_fault_refuses_the_file_and_names_row_and_column(run_cli: RunCli, files: Path) -> None:
    result = run_cli("import", "people", files / "faulty.csv", "--area", HAPPY, "--json")
    assert result.exit_code == 2
    (error,) = result.json()["errors"]
    assert set(error) == {"row", "column", "code", "message"}
    assert (error["row"], error["column"], error["code"]) == (4, "手机号", "bad_phone")
    assert _people() == 0
    assert "--skip-errors" in result.stderr


def test_rows_at_fault_can_be_left_out(run_cli: RunCli, files: Path) -> None:
    result = run_cli("import", "people", files / "faulty.csv", "--area", HAPPY, "--skip-errors", "--json")
    assert result.exit_code == 0
    assert (result.json()["created"], result.json()["error"]) == (2, 1)
    assert _people() == 2


def test_without_json_the_counts_are_told_in_words(run_cli: RunCli, files: Path) -> None:
    result = run_cli("import", "people", files / "faulty.csv", "--area", HAPPY, "--skip-errors")
    assert "2" in result.stdout
    assert "{" not in result.stdout
    assert "4" in result.stderr


def test_entries_are_confirmed_by_the_operator(run_cli: RunCli, files: Path) -> None:
    run_cli("import", "people", files / "roster.csv", "--area", HAPPY)
    result = run_cli("import", "activity-log", files / "sheet.csv", "--area", HAPPY, "--json")
    assert (result.exit_code, result.json()["created"]) == (0, 1)
    with read_scope() as session:
        assert session.scalars(select(Entry.status)).all() == [CONFIRMED]
        assert session.scalars(select(Decision.actor)).one().startswith("operator:")


@pytest.mark.parametrize("kind", ["people", "activity-log"])
def test_an_unknown_area_is_refused(run_cli: RunCli, files: Path, kind: str) -> None:
    result = run_cli("import", kind, files / "roster.csv", "--area", "990101009009", "--json")
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "unknown_area")


def test_a_file_that_is_no_workbook_is_refused(run_cli: RunCli, files: Path) -> None:
    (files / "picture.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    result = run_cli("import", "people", files / "picture.xlsx", "--area", HAPPY, "--json")
    assert result.exit_code == 2
    assert result.json()["error"]["message"]
