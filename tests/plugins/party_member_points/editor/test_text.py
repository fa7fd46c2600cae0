"""Schemes as text: writing, finding lines, keeping comments, and the form beside the text."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import presets
from pointsys.plugins.party_member_points.editor import differences, form, toml_text
from pointsys.plugins.party_member_points.scoring import lint

NAMES = (*presets.SHOWN, "blank")
SMALL = """# the head
id = "own"  # its id
title = "T"
period = { type = "year" }

[[version]]
no = 1
effective_from = "2024-01-01"
# what may be earned
category = [
  { id = "c", cap = 20 },
]
item = [
  # by the hour
  { id = "service", category = "c", points = 1, caps = { month = 8, half = 30 } },  # asked for
  { id = "wish", category = "c", points = 2 },
]
# the end
"""


def data_of(text: str) -> dict[str, Any]:
    """The data as the scorer reads them."""
    return tomllib.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scheme_survives_being_written_and_shown_as_a_form(name: str) -> None:
    data = data_of(presets.text_of(name))

    assert data_of(toml_text.write(data)) == data
    assert form.apply(data, values_of(data)) == data
    assert lint(data) == []


def values_of(data: dict[str, Any]) -> dict[str, str]:
    """What a browser sends when nothing was typed."""
    view = form.read(data)
    assert view is not None
    sent = {f"scheme-{path}": value for path, value in view.scheme.items()}
    sent |= {f"version-{path}": value for path, value in view.version.items()}
    for kind, rows in view.rows.items():
        for row in rows:
            sent |= {f"{kind}-{row.number}-{path}": value for path, value in row.fields.items()}
    return sent


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8)
VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=3), st.dates(), KEYS
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_whatever_is_written_reads_the_same(data: dict[str, Any]) -> None:
    assert data_of(toml_text.write(data)) == data


@given(st.text(max_size=60))
def test_finding_lines_stands_any_text(text: str) -> None:
    toml_text.places(SMALL + text)


def test_what_toml_cannot_hold_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        toml_text.write({"id": None})
    assert refused.value.code == "not_toml"


def test_a_place_of_the_linter_leads_to_its_line() -> None:
    known = toml_text.places(SMALL)
    lines = SMALL.split("\n")

    assert 'id = "service"' in lines[(known.line_of("version[0].item[0].caps.month") or 0) - 1]
    # A key that is missing leads to the row that lacks it.
    assert 'id = "wish"' in lines[(known.line_of("version[0].item[1].qty") or 0) - 1]
    assert known.line_of("id") == 2
    blocks = toml_text.places('[[version]]\nno = 1\n[[version.item]]\nid = """\nx"""\n[[version]]\nno = 2\n')
    assert [blocks.line_of(p) for p in ("version[0].item[0].id", "version[1].no")] == [4, 7]


def test_comments_stay_at_their_rules_when_the_form_writes_the_text() -> None:
    before = data_of(SMALL)
    after = copy.deepcopy(before)
    after["version"][0]["item"].insert(0, {"id": "new", "category": "c", "points": 1})
    after["version"][0]["item"][1]["points"] = 3
    text = toml_text.rewrite(SMALL, before, after)
    lines = text.split("\n")

    assert data_of(text) == after
    assert lines[0] == "# the head"
    assert lines[1] == 'id = "own"  # its id'
    at = next(number for number, line in enumerate(lines) if '"service"' in line)
    assert lines[at - 1].strip() == "# by the hour"
    assert lines[at].endswith("# asked for")
    assert lines[lines.index("category = [") - 1] == "# what may be earned"
    assert "# the end" in text
    # A comment whose rule is gone is not lost with it.
    del after["version"][0]["item"]
    assert "by the hour" in toml_text.rewrite(SMALL, before, after)


def test_the_form_changes_what_was_typed_and_leaves_the_rest() -> None:
    data = data_of(SMALL)
    typed = {
        **values_of(data),
        "item-0-caps.month": "6",
        "item-0-points": "1.5",
        "item-1-drop": "1",
        "category-0-cap": "",
        "scheme-publicity.days": "5",
        "version-total.cap": "abc",
    }
    made = form.apply(data, typed)
    version = made["version"][0]

    assert version["item"] == [
        {"id": "service", "category": "c", "points": "1.5", "caps": {"month": 6, "half": 30}}
    ]
    assert version["category"] == [{"id": "c"}]
    assert made["publicity"] == {"days": 5}
    # What is no number goes to the linter as it was typed.
    assert [finding.place for finding in lint(made)] == ["version[0].total.cap"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("national=20, city=10", {"national": 20, "city": 10}),
        ("国家级=20\uff0c市级\uff1d7.5", {"国家级": 20, "市级": "7.5"}),
        ("nothing", "nothing"),
    ],
)
def test_tables_are_typed_as_pairs(typed: str, found: object) -> None:
    made = form.apply(data_of(SMALL), {"item-0-values": typed, "item-0-mode": "table"})
    assert made["version"][0]["item"][0]["values"] == found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["category", "item", "grade"])
def test_a_row_that_the_form_adds_is_sound_at_once(name: str, kind: str) -> None:
    data = data_of(presets.text_of(name))
    made = form.add(data, kind)

    assert len(made["version"][0][kind]) == len(data["version"][0][kind]) + 1
    assert lint(made) == []


def test_a_new_version_leaves_the_old_one_as_it_is() -> None:
    data = data_of(SMALL)
    made = form.next_version(data, "2027-01-01")

    assert made["version"][0] == data["version"][0]
    assert made["version"][1] == {**data["version"][0], "no": 2, "effective_from": "2027-01-01"}
    assert lint(made) == []


def test_differences_name_the_rule_the_key_and_both_values() -> None:
    before, after = data_of(SMALL), data_of(SMALL)
    version = after["version"][0]
    version["item"][0]["caps"]["month"] = 6
    version["item"][0]["title"] = "志愿服务"
    del version["item"][1]
    version["category"].append({"id": "d", "cap": 3})
    after["period"] = {"type": "quarter"}
    found = {(c.kind, c.name, c.key): (c.before, c.after) for c in differences.changes(before, after)}

    assert found == {
        ("scheme", "", "period.type"): ("year", "quarter"),
        ("item", "志愿服务", "caps.month"): ("8", "6"),
        ("item", "志愿服务", "title"): (None, "志愿服务"),
        ("item", "wish", ""): ("wish", None),
        ("category", "d", ""): (None, "d"),
    }
    assert differences.changes(before, before) == []
    signs = [line.sign for line in differences.text_difference("a\nb\nc", "a\nx\nc")]
    assert sorted(signs) == [" ", " ", "+", "-"]


def test_dates_of_toml_are_written_as_dates() -> None:
    data = {"version": [{"effective_from": date(2026, 1, 1)}]}
    assert data_of(toml_text.write(data)) == data


@pytest.mark.parametrize("typed", ["1e999999999", "1e-999999", "9" * 31, "NaN", "１２"])
def test_a_number_no_rule_has_stays_the_text_that_was_typed(typed: str) -> None:
    assert form.number(typed) == typed


@pytest.mark.parametrize("amount", ["1e999999999", "-1e-999999999"])
def test_a_number_without_end_is_written_as_short_as_it_came(amount: str) -> None:
    data = {"version": [{"grade": [{"id": "a", "min": Decimal(amount)}, {"id": "b"}]}]}
    written = toml_text.write(data)
    assert len(toml_text.write(form.add(data, "grade"))) < 500
    assert tomllib.loads(written, parse_float=Decimal) == data
