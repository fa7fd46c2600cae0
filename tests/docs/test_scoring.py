"""Every recipe of the scheme cookbook passes the linter and gives the points that stand below it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from pointsys.plugins.party_member_points.scoring import build, lint, score
from tests.conftest import ROOT

COOKBOOK = (ROOT / "docs" / "scoring.md").read_text("utf-8")
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
    for match in BLOCK.finditer(COOKBOOK):
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
    assert len(EXAMPLES) == COOKBOOK.count(" → ")


def test_the_mapping_is_json() -> None:
    (text,) = re.findall(r"```json\n(.*?)```", COOKBOOK, re.DOTALL)
    assert json.loads(text)
