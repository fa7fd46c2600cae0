"""The first steps of the README, taken by its own words."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import ROOT, RunCli

README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text("utf-8")
STEP = re.compile(r"^    \.venv/bin/pointsys (.+)$", re.MULTILINE)
IMAGE = re.compile(r"docs/images/[\w-]+\.png")
EXPECTED = json.loads((ROOT / "tests" / "samples" / "expected.json").read_text("utf-8"))
MOST = 200 * 1024


@pytest.fixture
def engine_name() -> str:
    """A newcomer has no server: the first steps are taken on SQLite."""
    return "sqlite"


def steps() -> list[list[str]]:
    """The commands of the five minutes, without the one that serves until it is interrupted."""
    found = [shlex.split(line) for line in STEP.findall(README)]
    assert found[-1] == ["serve"]
    return found[:-1]


def test_both_say_the_two_commands_at_the_top_and_the_same_steps() -> None:
    for text in (README, CHINESE):
        top = text.split("\n\n")[1].splitlines()
        assert top == ["    python3 dev.py demo", "    python3 dev.py test"]
    assert STEP.findall(CHINESE) == STEP.findall(README)


def test_the_first_steps_lead_to_numbers(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = {}
    for words in steps():
        result = run_cli(*words)
        assert result.exit_code == 0, (words, result.stderr)
        said[" ".join(words[:2])] = result.stdout

    hours = run_cli("volunteer", "hours", "--area", "990101001001", "--json").json()
    sheet = run_cli("points", "sheet", "--area", "990101001001", "--period", "2026", "--json").json()
    assert hours["minutes"] == 84_300
    assert len(sheet["rows"]) == EXPECTED["people"]["party_members"]
    assert all(said.values())


@pytest.mark.parametrize("name", sorted(set(IMAGE.findall(README + CHINESE))))
def test_pictures_are_there_and_small(name: str) -> None:
    path = Path(ROOT, name)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size <= MOST
