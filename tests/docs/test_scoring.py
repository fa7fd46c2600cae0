"""Every recipe of the scheme cookbook passes the linter and gives the points that stand below it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from pointsys.plugins.party_member_points import presets
from pointsys.plugins.party_member_points.scoring import build, lint, lint_report, score
from pointsys.plugins.party_member_points.scoring.periods import WINDOWS
from pointsys.plugins.party_member_points.scoring.shapes import NEEDS
from tests.conftest import ROOT

BOOKS = {
    name: (ROOT / "docs" / name).read_text("utf-8") for name in ("scoring.md", "scoring-cookbook.zh-CN.md")
}
COOKBOOK = "\n".join(BOOKS.values())
KEYS = (ROOT / "docs" / "scoring-keys.md").read_text("utf-8")
SCORING = ROOT / "plugins" / "party_member_points" / "scoring"
BLOCK = re.compile(
    r"^## (?P<title>.+?)\n.*?```toml(?P<level> scheme)?\n(?P<toml>.*?)```\n(?P<after>.*?)(?=^## |\Z)",
    re.DOTALL | re.MULTILINE,
)
EXAMPLE = re.compile(r"^- (?P<events>.+) → (?P<total>[\d.]+)(?:, (?P<grade>\S+))?$", re.MULTILINE)
EVENT = re.compile(
    r"(?P<item>\w+)(?: × (?P<qty>[\d.]+))? on (?P<on>\d{4}-\d\d-\d\d)(?: \((?P<attrs>[^)]*)\))?"
)


def recipes() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Title, the recipe as a whole scheme, and what follows it."""
    for match in (match for book in BOOKS.values() for match in BLOCK.finditer(book)):
        data = tomllib.loads(match["toml"], parse_float=Decimal)
        if "version" not in data:
            version = {"no": 1, "effective_from": "2026-01-01", "category": [{"id": "c"}]}
            whole = {"id": "s", "title": "S", "period": {"type": "year"}, "version": [version]}
            data = whole | (data if match["level"] else {"version": [version | data]})
        yield match["title"], data, match["after"]


def examples() -> Iterator[tuple[str, dict[str, Any], re.Match[str]]]:
    for title, data, after in recipes():
        for match in EXAMPLE.finditer(after):
            yield title, data, match


def read_attrs(text: str | None) -> dict[str, object]:
    pairs = (pair.split(" = ") for pair in (text or "").split(", ") if pair)
    return {name: value == "true" if value in ("true", "false") else value for name, value in pairs}


def read_events(text: str) -> list[dict[str, Any]]:
    """Events as the cookbook writes them."""
    found = [
        {
            "id": str(number),
            "item": match["item"],
            "on": match["on"],
            "qty": match["qty"] or 1,
            "attrs": read_attrs(match["attrs"]),
        }
        for number, match in enumerate(EVENT.finditer(text))
    ]
    assert len(found) == text.count(" on ")
    return found


RECIPES, EXAMPLES = list(recipes()), list(examples())


@pytest.mark.parametrize(("title", "data", "_after"), RECIPES, ids=[title for title, *_ in RECIPES])
def test_a_recipe_passes_the_linter(title: str, data: dict[str, Any], _after: str) -> None:
    assert list(lint(data)) == []


@pytest.mark.parametrize(("title", "data", "example"), EXAMPLES, ids=[f"{t}: {m[0]}" for t, _, m in EXAMPLES])
def test_an_example_comes_out_as_it_says(title: str, data: dict[str, Any], example: re.Match[str]) -> None:
    facts = {"person": {"id": "p", "checkin_on": "2026-01-01"}, "events": read_events(example["events"])}
    result: Any = score(build(data), facts, {"period": "2026"})

    assert result["total"] == example["total"]
    assert example["grade"] is None or result["grade"] == example["grade"]


def test_recipes_and_examples_were_found() -> None:
    assert len(RECIPES) == COOKBOOK.count("```toml")
    assert len(EXAMPLES) == len(re.findall(r"^- .* on \d.* → ", COOKBOOK, re.MULTILINE))
    assert len(EXAMPLES) > 30


def test_the_mapping_is_json() -> None:
    (text,) = re.findall(r"```json\n(.*?)```", BOOKS["scoring.md"], re.DOTALL)
    assert json.loads(text)


def calls(module: str, *names: str) -> Iterator[ast.Call]:
    """The calls of these functions or methods in a module of the scorer."""
    for node in ast.walk(ast.parse((SCORING / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node


def test_every_key_of_a_scheme_stands_in_the_reference_and_no_other() -> None:
    known = {
        str(key.value)
        for call in calls("shapes", "table")
        for tables in call.args
        if isinstance(tables, ast.Dict)
        for key in tables.keys
        if isinstance(key, ast.Constant)
    } | {"pick"}
    words = {word for code in re.findall(r"`([^`]+)`", KEYS) for word in re.findall(r"[\w-]+", code)}
    # The first column of the tables that list keys.
    listed = {
        word
        for part in re.split(r"^## ", KEYS, flags=re.MULTILINE)[1:]
        if not part.startswith("检查代码")
        for rows in re.findall(r"\| 键 \|.*?\n\|[-|]+\n((?:\|.*\n)+)", part)
        for row in rows.splitlines()
        for word in re.findall(r"`([\w.-]+)`", row.split("|")[1])
    }

    assert len(known) > 60
    assert sorted(known - words) == []
    assert sorted(listed - known) == []
    assert {*NEEDS, *WINDOWS} <= words


def test_every_code_of_the_linter_stands_in_the_reference_and_no_other() -> None:
    codes = {
        call.args[0].value
        for module in ("shapes", "references", "lint")
        for call in calls(module, "refuse", "warn", "_unknown")
        if isinstance(call.args[0], ast.Constant)
    }
    part = KEYS.partition("## 检查代码")[2]
    listed = {
        word
        for row in part.splitlines()
        if row.startswith("| `")
        for word in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    }

    assert codes == listed


def test_every_preset_is_explained_and_has_no_faults() -> None:
    table = BOOKS["scoring-cookbook.zh-CN.md"].partition("## 示例办法")[2].partition("## ")[0]

    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(presets.SHOWN)
    for name in presets.SHOWN:
        assert lint_report(presets.text_of(name), "toml")["errors"] == []
