"""``pointsys property``: one JSON object in, one out; a refusal is its code on standard error and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pointsys.cli import cli

PAGE = Path(__file__).with_name("page.toml")
GOOD = {"parts": {"owners": "89", "management": 92, "overall": 90.0}, "households": 812, "ballots": 82}
VETO = [{"id": "fund_misuse", "status": "confirmed", "in_period": True}]
ITEMS = [
    {"id": "a", "points": "3", "from": "2025-07-01"},
    {"id": "b", "points": -5.0, "from": "2026-06-30", "to": None},
    {"id": "c", "points": "-9", "from": "2026-01-01", "to": "2026-06-30"},
]


def run(home: Path, command: str, data: object, *words: str, scheme: Path = PAGE) -> object:
    """The object that a command prints, or the code with which it leaves."""
    text = data if isinstance(data, str) else json.dumps(data)
    arguments = ["property", command, "--scheme", str(scheme), *words, "-"]
    found = CliRunner(env={"POINTSYS_HOME": str(home)}).invoke(cli, arguments, input=text)
    answer = json.loads(found.stdout)
    if found.exit_code == 0:
        assert found.stderr == ""
        return answer
    assert (found.exit_code, found.stderr) == (2, answer["error"]["code"] + "\n")
    assert answer["error"]["message"]
    assert "%(" not in answer["error"]["message"]
    return answer["error"]["code"]


@pytest.mark.parametrize(
    ("command", "data", "answer"),
    [
        ("evaluate", GOOD, {"raw": "90.5", "score": "91", "stars": 5, "status": "ok"}),
        ("evaluate", {**GOOD, "veto": VETO}, {"raw": "90.5", "score": "91", "stars": 0, "status": "vetoed"}),
        ("evaluate", {**GOOD, "ballots": 81},
         {"score": None, "stars": None, "status": "insufficient_sample", "required": 82}),
        ("evaluate", {"parts": {**GOOD["parts"], "fee_rate": "1e2"}},  # type: ignore[dict-item]
         {"raw": "92.7", "score": "92.7", "stars": 5, "status": "ok"}),
        ("sample-required", {"households": 812}, {"required": 82}),
        ("list", {"scores": {"p1": "86", "p9": "70", "p2": 80}, "rectified": ["p9"]},
         {"red": ["p1"], "black": ["p9", "p2"], "credit": {"p1": "2", "p2": "-2"}}),
        ("list", {"scores": {}}, {"red": [], "black": [], "credit": {}}),
        ("percentile", {"n": 282}, {"5": 28, "4": 42, "3": 169, "2": 34, "0": 9}),
        ("credit", {"base": "72", "on": "2026-06-30", "items": ITEMS, "serious": False},
         {"live": ["a", "b"], "good": "3", "bad": "5", "score": "70", "grade": "A"}),
        ("credit", {"base": 99, "on": "2026-06-30", "serious": True},
         {"live": [], "good": "0", "bad": "0", "score": "80", "grade": "BLACKLIST"}),
        ("evaluate", {"parts": {"owners": "89"}}, "name_needed"),
        ("evaluate", {**GOOD, "parts": {**GOOD["parts"], "owners": "101"}}, "bad_score"),  # type: ignore[dict-item]
        ("evaluate", {"households": 3}, "bad_input"),
        ("evaluate", {**GOOD, "veto": "none"}, "bad_input"),
        ("evaluate", {**GOOD, "ballots": "many"}, "bad_count"),
        ("evaluate", "{", "bad_json"),
        ("evaluate", "[]", "bad_json"),
        ("evaluate", '{"parts": {"owners": NaN}}', "bad_json"),
        ("evaluate", '{"parts": {"owners": 1, "owners": 2}}', "bad_json"),
        ("sample-required", {"households": -1}, "bad_count"),
        ("sample-required", {}, "bad_count"),
        ("list", {"scores": {"p1": "good"}}, "bad_score"),
        ("list", {"scores": {}, "rectified": "p1"}, "bad_input"),
        ("percentile", {"n": "2.5"}, "bad_count"),
        ("credit", {"base": "72", "on": "2026-02-30"}, "bad_date"),
        ("credit", {"on": "2026-02-03"}, "bad_score"),
        ("credit", {"base": 1, "on": "2026-02-03", "items": [{"id": "a", "points": 1}]}, "bad_date"),
        ("credit", {"base": 1, "on": "2026-02-03", "items": [{"points": 1}]}, "bad_item"),
        ("credit", {"base": 1, "on": "2026-02-03", "items": [ITEMS[0], ITEMS[0]]}, "bad_item"),
        ("credit", {"base": 1, "on": "2026-02-03", "serious": "no"}, "bad_input"),
    ],
)  # fmt: skip
def test_a_command_prints_one_object_or_leaves_with_a_code(
    tmp_path: Path, command: str, data: object, answer: object
) -> None:
    assert run(tmp_path, command, data) == answer


def test_a_file_may_be_one_scheme_or_several_of_which_one_is_named(tmp_path: Path) -> None:
    single = tmp_path / "own-list.toml"
    single.write_text('kind = "list"\nred = { min = 1 }\nblack = { bottom = 1 }\n', encoding="utf-8")
    assert run(tmp_path, "list", {"scores": {"a": 2}}, scheme=single) == {
        "red": ["a"],
        "black": [],
        "credit": {},
    }
    assert run(tmp_path, "percentile", {"n": 1}, scheme=single) == "wrong_kind"
    assert run(tmp_path, "sample-required", {"households": 9}, scheme=single) == {"required": 0}
    assert run(tmp_path, "list", {"scores": {}}, "--name", "nobody") == "unknown_scheme"
    assert run(tmp_path, "evaluate", GOOD, "--name", "baoan_village") == "missing_part"
    assert run(tmp_path, "list", {}, scheme=tmp_path / "none.toml") == "no_file"
    single.write_text(
        single.read_text(encoding="utf-8").replace("bottom = 1", "bottom = -1"), encoding="utf-8"
    )
    assert run(tmp_path, "list", {"scores": {}}, scheme=single) == "bad_number"


def test_the_linter_tells_faults_from_warnings(tmp_path: Path) -> None:
    runner = CliRunner(env={"POINTSYS_HOME": str(tmp_path)})
    found = runner.invoke(cli, ["property", "lint", str(PAGE), "--json"])
    answer = json.loads(found.stdout)
    codes = {name: [one["code"] for one in remarks] for name, remarks in answer["schemes"].items()}
    assert (found.exit_code, answer["ok"]) == (2, False)
    assert codes == {
        "baoan_star": [], "yantai_credit": [], "taizhou_list": [], "fuzhou_rank": ["few_get_none"],
        "baoan_village": ["no_floor"],
    }  # fmt: skip
    lines = runner.invoke(cli, ["property", "lint", str(PAGE)]).stdout.splitlines()
    assert len(lines) == 5
    assert "no_floor bands[1]" in lines[-1]
