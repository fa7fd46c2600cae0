"""``pointsys points``: its objects, its exit codes, and that what does without a database does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import update

from pointsys.cli import cli
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points import schemes, stored
from pointsys.plugins.party_member_points.models import PointsResult
from tests.conftest import FixedClock, RunCli
from tests.factories import HAPPY, STREET, SUNNY
from tests.plugins.party_member_points.party import Party, make_party


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


LINE = {
    "facts": {
        "person": {"id": "p", "checkin_on": "2026-01-01"},
        "events": [{"id": "a", "item": "service", "on": "2026-03-01", "qty": "2.5"}],
    },
    "query": {"period": "2026", "as_of": "2026-04-02T00:00:00+08:00"},
}


@pytest.fixture
def served(app: Flask) -> Party:
    """张三 and 李四 of the first community, 王五 of the second; 2, 3 and 1 hours of service in March."""
    with app.app_context():
        party = make_party()
        for name, area, end in (
            ("张三", "grid1", "11:00"),
            ("李四", "grid2", "12:00"),
            ("王五", "sunny", "10:00"),
        ):
            party.serve(party.member(name, area), "09:00", end, title=name)
        return party


def preset_file(folder: Path, text: str = "", name: str = "s.toml") -> Path:
    path = folder / name
    path.write_text(text or schemes.preset(), encoding="utf-8")
    return path


def run_without_site(*words: str | Path, given: str = "") -> tuple[int, str, str]:
    result = CliRunner(env={"POINTSYS_HOME": "/nowhere/at/all"}).invoke(
        cli, [str(word) for word in words], input=given
    )
    return result.exit_code, result.stdout, result.stderr


def test_the_sheet_lists_everybody_best_first(run_cli: RunCli, served: Party) -> None:
    sheet = run_cli("points", "sheet", "--area", HAPPY, "--period", "2026", "--json").json()

    assert sheet["scheme"] == "community-inservice"
    assert [(row["person"]["name"], row["total"], row["grade"]) for row in sheet["rows"]] == [
        ("李四", "11.00", "不合格"),
        ("张三", "10.00", "不合格"),
    ]
    assert sheet["rows"][0]["categories"] == {
        "duty": "8.00",
        "service": "3.00",
        "govern": "0.00",
        "honour": "0.00",
    }


def test_a_sheet_as_of_a_day_knows_only_what_was_recorded_by_then(
    run_cli: RunCli, served: Party, clock: FixedClock
) -> None:
    early = run_cli(
        "points", "sheet", "--area", STREET, "--period", "2026", "--as-of", "2026-07-09", "--json"
    ).json()
    now = run_cli(
        "points", "sheet", "--area", STREET, "--period", "2026", "--as-of", "2026-07-10", "--json"
    ).json()
    late = run_cli(
        "points", "sheet", "--area", STREET, "--period", "2026", "--as-of", "2026-12-31", "--json"
    ).json()

    # Two idle quarters, equal totals by name; then service in the first; then two idle quarters more.
    assert [(row["person"]["name"], row["total"]) for row in early["rows"]] == [
        ("张三", "6.00"), ("李四", "6.00"), ("王五", "6.00"),
    ]  # fmt: skip
    assert [row["total"] for row in now["rows"]] == ["11.00", "10.00", "9.00"]
    assert [row["total"] for row in late["rows"]] == ["7.00", "6.00", "5.00"]


def test_the_sheet_is_a_table_for_people(run_cli: RunCli, served: Party) -> None:
    shown = run_cli("points", "sheet", "--area", SUNNY, "--period", "2026").stdout.splitlines()

    assert shown[0].split() == ["姓名", "报到履责", "志愿服务", "参与治理", "表彰奖励", "合计", "等次"]
    assert shown[1].split() == ["王五", "8.00", "1.00", "0.00", "0.00", "9.00", "不合格"]


def test_a_sheet_computes_what_time_has_made_old_first(
    run_cli: RunCli, served: Party, clock: FixedClock
) -> None:
    clock.advance(days=100)
    sheet = run_cli("points", "sheet", "--area", SUNNY, "--period", "2026", "--json").json()

    assert sheet["rows"][0]["total"] == "7.00"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--area", "110000000000", "--period", "2026"), "unknown_area"),
        (("--area", HAPPY, "--period", "2026-Q1"), "bad_period"),
        (("--area", HAPPY, "--period", "2020"), "no_scheme"),
        (("--area", HAPPY, "--period", "2026", "--as-of", "yesterday"), "bad_date"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused_with_a_code(
    run_cli: RunCli, served: Party, words: tuple[str, ...], code: str
) -> None:
    refused = run_cli("points", "sheet", *words, "--json")

    assert (refused.exit_code, refused.json()["error"]["code"]) == (2, code)


def test_a_rebuild_finds_nothing_to_change(run_cli: RunCli, served: Party) -> None:
    assert run_cli("points", "rebuild", "--json").json() == {
        "people": 3, "results": 3, "changed": 0, "unexpected": 0, "failed": {},
    }  # fmt: skip


def test_a_rebuild_mends_what_was_tampered_with_and_counts_it(
    run_cli: RunCli, served: Party, app: Flask
) -> None:
    with app.app_context():
        with unit_of_work(drain=False) as session:
            before = stored.digests(session)
            session.execute(update(PointsResult).values(total=10_000, total_text="100.00"))

    rebuilt = run_cli("points", "rebuild", "--area", HAPPY, "--json").json()

    assert (rebuilt["people"], rebuilt["changed"], rebuilt["unexpected"]) == (2, 2, 2)
    run_cli("points", "rebuild")
    with app.app_context(), unit_of_work(drain=False) as session:
        assert stored.digests(session) == before


def test_publishing_a_scheme_scores_everybody_by_it(run_cli: RunCli, served: Party, tmp_path: Path) -> None:
    other = (
        schemes.preset()
        .replace('id = "community-inservice"', 'id = "sunny-own"')
        .replace("base = 10", "base = 4")
    )
    published = run_cli(
        "points",
        "scheme",
        "publish",
        preset_file(tmp_path, other),
        "--area",
        SUNNY,
        "--from",
        "2026-01-01",
        "--json",
    )
    sheet = run_cli("points", "sheet", "--area", SUNNY, "--period", "2026", "--json").json()

    assert published.json()["scheme"] == "sunny-own"
    assert (sheet["scheme"], sheet["rows"][0]["total"]) == ("sunny-own", "3.00")


def test_a_scheme_at_fault_is_not_published(run_cli: RunCli, served: Party, tmp_path: Path) -> None:
    broken = preset_file(
        tmp_path, schemes.preset().replace('category = "duty", points = 5', 'category = "x", points = 5')
    )
    refused = run_cli(
        "points", "scheme", "publish", broken, "--area", SUNNY, "--from", "2026-01-01", "--json"
    )

    assert (refused.exit_code, refused.json()["error"]["code"]) == (2, "scheme_refused")


def test_lines_are_scored_without_a_site(tmp_path: Path) -> None:
    lines = json.dumps(LINE) + "\n\nnonsense\n"
    code, out, _err = run_without_site("points", "score", "--scheme", preset_file(tmp_path), given=lines)
    first, second = (json.loads(line) for line in out.splitlines())

    assert code == 0
    assert (first["total"], first["credited"]) == ("12.50", {"a": "2.50"})
    assert second["error"]["code"] == "bad_json"


def test_a_scheme_with_faults_scores_nothing(tmp_path: Path) -> None:
    code, out, err = run_without_site(
        "points", "score", "--scheme", preset_file(tmp_path, "id = 1"), given=""
    )

    assert (code, out) == (2, "")
    assert err.strip()


def test_linting_names_each_fault_with_its_place(tmp_path: Path) -> None:
    broken = preset_file(tmp_path, schemes.preset().replace("cap = 100, floor", "cpa = 100, floor"))

    code, out, _err = run_without_site("points", "lint", broken, "--json")
    report = json.loads(out)
    assert (code, report["ok"], [fault["code"] for fault in report["errors"]]) == (2, False, ["unknown-key"])

    code, out, _err = run_without_site("points", "lint", broken)
    assert (code, "unknown-key" in out, "version[0].total" in out) == (2, True, True)
    assert run_without_site("points", "lint", preset_file(tmp_path))[0] == 0


@pytest.mark.parametrize(
    ("command", "given", "expected"),
    [
        (
            "quota",
            {"rows": [{"id": "a", "total": "90", "grade": "A"}, {"id": "b", "total": "80", "grade": "A"}],
             "grade": "A", "below": "B", "ratio": "1/2"},
            {"limit": 1, "grades": {"a": "A", "b": "B"}, "needs_decision": []},
        ),
        (
            "publicity",
            {"posted_at": "2024-03-01T10:00:00+08:00", "days": 5, "workday_overrides": None},
            {"last_day": "2024-03-06", "closes_before": "2024-03-07T00:00:00+08:00"},
        ),
        (
            "wallet",
            {"rule": {"expiry": {"type": "none"}},
             "ops": [{"id": "1", "type": "earn", "points": "5", "at": "2024-01-01T00:00:00+08:00"}]},
            {"balance": "5.00", "log": []},
        ),
    ],
)  # fmt: skip
def test_the_arithmetic_of_files_prints_one_object(
    tmp_path: Path, command: str, given: dict[str, object], expected: dict[str, object]
) -> None:
    path = preset_file(tmp_path, json.dumps(given), "task.json")

    code, out, err = run_without_site("points", command, path)

    assert code == 0, err
    assert json.loads(out) == expected


@pytest.mark.parametrize(
    ("name", "text", "code"), [("s.txt", "x", "bad_scheme_file"), ("s.toml", None, "cannot_read")]
)
def test_a_file_that_is_no_scheme_is_refused(tmp_path: Path, name: str, text: str | None, code: str) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    exit_code, out, _err = run_without_site("points", "lint", path, "--json")

    assert (exit_code, json.loads(out)["error"]["code"]) == (2, code)


def test_publishing_needs_a_day(run_cli: RunCli, served: Party, tmp_path: Path) -> None:
    refused = run_cli(
        "points", "scheme", "publish", preset_file(tmp_path), "--area", SUNNY, "--from", "soon", "--json"
    )

    assert refused.json()["error"]["code"] == "bad_date"


def test_where_the_plugin_is_off_the_command_says_how_to_switch_it_on(run_cli: RunCli, app: Flask) -> None:
    with app.app_context():
        make_party("happy")
    refused = run_cli("points", "sheet", "--area", SUNNY, "--period", "2026", "--json")

    assert refused.json()["error"]["code"] == "plugin_off"
    assert f"pointsys plugin enable party_member_points --area {SUNNY}" in refused.stderr


def test_the_sample_roster_gives_its_members_and_their_sheet(run_cli: RunCli) -> None:
    samples = Path(__file__).parents[2] / "samples"
    expected = json.loads((samples / "expected.json").read_text("utf-8"))["people"]["party_members"]
    run_cli("init", "--area", HAPPY, "--name", "幸福社区")
    run_cli("import", "people", samples / "people.xlsx", "--area", HAPPY, "--skip-errors")
    run_cli("import", "activity-log", samples / "activity-log.xlsx", "--area", HAPPY, "--skip-errors")

    rows = run_cli("points", "sheet", "--area", HAPPY, "--period", "2026", "--json").json()["rows"]

    assert len(rows) == expected
    # Nobody served in the second quarter; who served in the first has 8 points of duty, the others 6.
    assert {(row["categories"]["duty"], row["categories"]["service"] == "0.00") for row in rows} == {
        ("8.00", False),
        ("6.00", True),
    }
    assert run_cli("points", "rebuild", "--json").json()["changed"] == 0
