"""``pointsys volunteer credit``: the scenarios of the design page as lines, and lines at fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pointsys.plugins.volunteer.policies.cli import commands
from pointsys.plugins.volunteer.policies.lines import credit_lines
from pointsys.plugins.volunteer.policies.policy import P0
from tests.plugins.volunteer.policies.cases import DAYS, session

CREDIT, POLICY, LINT = commands[:3]
MARCH = "2026-03-07T"


def command(*arguments: str, lines: str = "") -> tuple[int, str]:
    """Exit code and output of ``volunteer credit``."""
    result = CliRunner().invoke(CREDIT, arguments, input=lines.encode())
    return result.exit_code, result.stdout


def test_scenario_1_clip_floor_carry_and_a_policy_of_its_own(tmp_path: Path) -> None:
    task = {
        "activities": {
            "a": {"start": f"{MARCH}09:00:00+08:00", "end": f"{MARCH}11:30:00+08:00", "break_minutes": 0, "team": "A"},
            "b": {"start": f"{MARCH}06:00:00Z", "end": f"{MARCH}15:30:00"},
        },
        "sessions": [
            {"id": "1", "person": "张三", "activity": "a", "in": f"{MARCH}08:52:10+08:00", "out": f"{MARCH}03:41:55Z"},
            {"id": "2", "person": "张三", "activity": "b", "in": f"{MARCH}14:00:00", "out": f"{MARCH}07:30:00Z"},
            {"id": 3, "person": 7, "activity": "b", "in": f"{MARCH}14:00:00", "out": f"{MARCH}14:40:00"},
        ],
    }  # fmt: skip
    line = json.dumps(task, ensure_ascii=False)
    code, out = command(lines=f"{line}\n\n{line}\n")

    answers = [json.loads(text) for text in out.splitlines()]
    assert (code, len(answers)) == (0, 2)
    assert answers[0] == answers[1] == {
        "sessions": {
            "1": {"minutes": 150, "state": "approved", "flags": ["clipped"]},
            "2": {"minutes": 90, "state": "approved", "flags": []},
            "3": {"minutes": 40, "state": "approved", "flags": []},
        },
        "people": {"张三": 240, "7": 40},
        "days": {"张三": {"2026-03-07": 240}, "7": {"2026-03-07": 40}},
    }  # fmt: skip

    file = tmp_path / "jiaozhou.toml"
    file.write_text("min_session_minutes = 60\n", encoding="utf-8")
    for policy in (str(file), "jiaozhou"):
        _code, out = command("--policy", policy, lines=line)
        assert json.loads(out)["people"] == {"张三": 240, "7": 60}


def test_scenario_4_overlap_of_two_teams_and_a_void() -> None:
    x = {"id": "X", "person": "p", "activity": "x", "in": f"{MARCH}09:00", "out": f"{MARCH}11:00"}
    y = {"id": "Y", "person": "p", "activity": "y", "in": f"{MARCH}10:30", "out": f"{MARCH}12:00"}
    later = {"id": "Z", "person": "q", "activity": "y", "in": f"{MARCH}11:00", "out": f"{MARCH}12:00"}
    before = {"id": "W", "person": "q", "activity": "x", "in": f"{MARCH}09:00", "out": f"{MARCH}11:00"}
    activities = {"x": {"team": "A"}, "y": {"team": "B"}}

    def answer(*sessions: dict[str, Any]) -> dict[str, Any]:
        line = json.dumps({"activities": activities, "sessions": sessions})
        found: dict[str, Any] = json.loads(next(credit_lines(P0, DAYS, [line])))
        return found

    both = answer(x, y, later, before)
    assert {key: (one["minutes"], one["flags"]) for key, one in both["sessions"].items()} == {
        "X": (120, []), "Y": (60, ["overlap"]), "Z": (60, []), "W": (120, []),
    }  # fmt: skip
    assert both["people"] == {"p": 180, "q": 180}
    assert answer(y)["people"] == {"p": 90}


GOOD = session(1, "09:00", "10:00")
FAULTS: dict[str, tuple[str, str, str | None]] = {
    "no json": ("{", "bad_json", None),
    "half a character": ('{"activities": {"a\\ud800": {}}, "sessions": []}', "bad_json", None),
    "no object": ("[]", "bad_line", None),
    "no activities": ('{"sessions": []}', "bad_line", "activities"),
    "no sessions": ('{"activities": {}}', "bad_line", "sessions"),
    "an activity that is none": ('{"activities": {"a": 1}, "sessions": []}', "bad_activity", "activities.a"),
    "a plan that ends first": (
        '{"activities": {"a": {"start": "2026-03-07T10:00", "end": "2026-03-07T10:00"}}, "sessions": []}',
        "end_before_start", "activities.a.end",
    ),
    "a break that is none": (
        '{"activities": {"a": {"break_minutes": -1}}, "sessions": []}', "bad_number", "activities.a.break_minutes",
    ),
}  # fmt: skip
SESSION_FAULTS: dict[str, tuple[dict[str, object], str, str]] = {
    "no id": ({"id": None}, "bad_id", "sessions[0].id"),
    "a person that is none": ({"person": True}, "bad_id", "sessions[0].person"),
    "an unknown activity": ({"activity": "nowhere"}, "unknown_activity", "sessions[0].activity"),
    "no time": ({"in": "9 o'clock, more or less"}, "bad_time", "sessions[0].in"),
    "a date alone": ({"out": "2026-03-07"}, "bad_time", "sessions[0].out"),
    "a number for a time": ({"out": 1_772_000_000}, "bad_time", "sessions[0].out"),
    "another age": ({"in": "0001-01-01T00:00:00+08:00"}, "bad_time", "sessions[0].in"),
}


def error_of(line: str) -> dict[str, str]:
    """What became of a line at fault."""
    answer = json.loads(next(credit_lines(P0, DAYS, [line])))
    assert answer.keys() == {"error"}
    found: dict[str, str] = answer["error"]
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_line_at_fault_says_where_and_stops_no_other(name: str) -> None:
    line, code, field = FAULTS[name]
    error = error_of(line)

    assert (error["code"], error.get("field")) == (code, field)
    assert error["message"]


def test_a_session_at_fault_is_named_by_its_place() -> None:
    found = {}
    for name, (change, _code, _field) in SESSION_FAULTS.items():
        error = error_of(json.dumps({"activities": {"free": {}}, "sessions": [{**GOOD, **change}]}))
        found[name] = (error["code"], error["field"])
    twice = error_of(json.dumps({"activities": {"free": {}}, "sessions": [GOOD, GOOD]}))
    not_one = error_of(json.dumps({"activities": {}, "sessions": [3]}))

    assert found == {name: (code, field) for name, (_change, code, field) in SESSION_FAULTS.items()}
    assert (twice["code"], twice["field"]) == ("twice", "sessions[1].id")
    assert (not_one["code"], not_one["field"]) == ("bad_session", "sessions[0]")


def test_a_policy_that_cannot_be_used_is_refused_before_any_line(tmp_path: Path) -> None:
    from pointsys.kit.problems import Problem

    codes = {}
    texts = {
        "unknown_rule": "max_pair = 3",
        "bad_number": "max_pairs = 0",
        "bad_switch": "clip = 1",
        "bad_choice": 'rounding = "down"',
        "bad_toml": "max_pairs",
        "ladder": "day_auto_minutes = 800",
        "bounds": "min_session_minutes = 60\nmax_activity_minutes = 30",
    }
    for name, text in texts.items():
        file = tmp_path / "p.toml"
        file.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(CREDIT, ["--policy", str(file)], input=b"{}")
        assert isinstance(result.exception, Problem)
        codes[name] = result.exception.code
        lint = CliRunner().invoke(LINT, [str(file), "--json"], standalone_mode=False)
        assert name == "bad_toml" or lint.return_value == 2
    # Values of other kinds, and numbers longer than are read at all.
    for text, code in (("rounding = []", "bad_choice"), ("rounding = {a = 1}", "bad_choice"),
                       (f"max_pairs = {'9' * 5_000}", "bad_toml")):  # fmt: skip
        odd = CliRunner().invoke(CREDIT, ["--policy", _written(tmp_path, text)], input=b"").exception
        assert isinstance(odd, Problem)
        assert odd.code == code
    missing = CliRunner().invoke(CREDIT, ["--policy", str(tmp_path / "none.toml")], input=b"")

    assert codes == {name: name for name in texts}
    assert isinstance(missing.exception, Problem)
    assert "max_pairs" in str(
        CliRunner().invoke(CREDIT, ["--policy", _written(tmp_path, "max_pair = 3")]).exception
    )


def _written(folder: Path, text: str) -> str:
    file = folder / "w.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_printed_policy_is_the_same_policy_again(tmp_path: Path) -> None:
    from pointsys.plugins.volunteer.policies import files
    from pointsys.plugins.volunteer.policies.policy import NAMES, RULES

    assert set(NAMES) == set(RULES)
    assert files.lint({}) == []
    for name in files.presets():
        text = CliRunner().invoke(POLICY, ["--preset", name]).stdout
        again = files.checked(files.read(text))
        assert again == {**P0.values(), **files.rules_of(files.presets()[name])}
    printed = CliRunner().invoke(POLICY, []).stdout
    assert files.load(printed, "P0") == P0
    assert json.loads(CliRunner().invoke(POLICY, ["--json"]).stdout)["policy"] == P0.values()
    clean = CliRunner().invoke(LINT, [_written(tmp_path, printed)], standalone_mode=False)
    assert clean.return_value == 0
    warned = CliRunner().invoke(
        LINT, [_written(tmp_path, "union = false\ntravel_minutes = 5"), "--json"], standalone_mode=False
    )
    assert warned.return_value == 0
    assert [one["code"] for one in json.loads(warned.stdout)["findings"]] == ["paid_twice", "travel"]
