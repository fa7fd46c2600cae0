"""The measurements run from start to end on a small site, and judge figures the way the goals are meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import GOALS
from benchmarks.report import Figure
from benchmarks.town import sheet_rows, someone
from benchmarks.wishes import OPEN_CLAIMS, groups
from tests.conftest import ROOT


@pytest.mark.slow
def test_one_command_measures_and_sets_the_goals_beside(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    small = [
        "--people",
        "120",
        "--rows",
        "80",
        "--records",
        "10",
        "--starts",
        "1",
        "--engine",
        "sqlite",
        "--log",
        "900",
        "--sessions",
        "2000",
        "--crowd",
        "20",
        # "wishes" and "memory" start real servers: the test of A66 does the same.
        "--only",
        *(part for part in GOALS if part not in ("wishes", "memory")),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *small, "--json", str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
        env={**os.environ, "POINTSYS_BENCHMARK_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text("utf-8"))["figures"]
    assert {figure["goal"] for figure in figures} == {
        "1", "4", "5", "7", "8", "11", "12", "16", "keys", "audit", "points", "credit",
        "attendance", "reports", "property",
    }  # fmt: skip
    assert all(figure["value"] > 0 for figure in figures if figure["accept"] != 0)
    assert "record() beside the raw driver" in done.stdout


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"),
    [(11.9, True, "missed"), (12.0, True, "accept"), (20.0, True, "stretch"), (13.0, False, "missed")],
)
def test_a_figure_is_judged_by_its_goals(value: float, at_least: bool, verdict: str) -> None:
    accept, stretch = (12.0, 20.0) if at_least else (12.0, 8.0)
    figure = Figure("1", "something", "sqlite", value, "%", accept, stretch, at_least=at_least)

    assert figure.verdict == verdict


def test_a_figure_without_a_goal_is_not_judged() -> None:
    assert Figure("1", "beside", "sqlite", 1.0, "s").verdict == ""


def test_every_row_of_a_sheet_is_an_entry_of_its_own() -> None:
    from datetime import date

    rows = list(sheet_rows(5_000, 700, date(2026, 5, 6)))

    assert len(set(rows)) == len(rows)
    assert {(row[3], row[4]) for row in rows} <= {(who.name, who.phone) for who in map(someone, range(700))}


@pytest.mark.parametrize(("rounds", "contenders"), [(1, 8), (200, 8), (201, 8), (1_000, 8), (1_000, 50)])
def test_no_group_of_contenders_comes_to_the_end_of_its_claims(rounds: int, contenders: int) -> None:
    # Whoever wins a round has one claim more: a group could win all of its rounds and have as many again left.
    assert groups(rounds, contenders) * contenders * OPEN_CLAIMS >= 2 * rounds
