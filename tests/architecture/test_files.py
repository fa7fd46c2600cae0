"""What every file of the project keeps to: names, lengths, clocks, columns, texts, and nothing from elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Float, Numeric, Table

from pointsys.core.database import Base
from pointsys.core.host import load_host
from tests.architecture.sources import CODE, name_of, python_files, templates, tree
from tests.conftest import ROOT

LONGEST = 420
LONGEST_TEST = 600
# Longer files, each with its reason.
LONG = {
    "pointsys/migrations/versions/0001_initial.py": "one table after another, written by Alembic",
    "pointsys/migrations/versions/0002_the_hand.py": "one table after another, written by Alembic",
    "pointsys/web/imports.py": "the steps of one wizard, a view each",
}
CLOCK = ("pointsys/core/database.py", "system_clock")
NOW = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
ELSEWHERE = re.compile(r"""(?:src|href|action|poster|data)\s*=\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
INLINE = re.compile(
    r"""<script(?![^>]*\ssrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE
)
# A sentence, or one that ends in the command to run or in what somebody else said.
ENDS = re.compile(r"[.?…]\s*\Z|: (pointsys [^.]+|%\(\w+\)s)\Z")
EXTERNAL = re.compile(r"""(?:url\(|from |import |fetch\()\s*["']?(?:https?:)?//""")
CODE_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def test_files_are_short_enough_to_be_read_in_one_go() -> None:
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines())
        for path in [*python_files(*CODE, "benchmarks", "tools"), *templates()]
    }
    too_long = {name: length for name, length in lengths.items() if length > LONGEST and name not in LONG}
    assert too_long == {}


def test_test_files_are_not_endless_either() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in python_files("tests")}
    assert {name: length for name, length in lengths.items() if length > LONGEST_TEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in python_files(*CODE) if not ast.get_docstring(tree(path))]
    empty = [name for name in silent if not (ROOT / name).read_text("utf-8").strip()]
    assert sorted(set(silent) - set(empty)) == []


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Every identifier that the file gives or uses."""
    for node in ast.walk(tree(path)):
        for field in ("id", "name", "arg", "attr", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield getattr(node, "lineno", 0), value


def test_identifiers_are_english() -> None:
    strange = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files(*CODE, "tests", "benchmarks", "tools")
        for line, name in names(path)
        if not name.isascii()
    ]
    assert strange == []


def test_the_clock_is_read_in_one_place() -> None:
    reads = {
        (name_of(path), node.lineno)
        for path in python_files(*CODE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in NOW
    }
    file, function = CLOCK
    place = next(
        node for node in tree(ROOT / file).body if isinstance(node, ast.FunctionDef) and node.name == function
    )
    assert place.end_lineno is not None
    assert reads == {(file, place.end_lineno)}


def tables() -> list[Table]:
    """Tables of the core and of the bundled plugins."""
    load_host()
    own = ("pointsys.",)
    return [
        mapper.local_table
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(own) and isinstance(mapper.local_table, Table)
    ]


def test_no_column_keeps_a_number_that_is_not_exact() -> None:
    inexact = [
        f"{table.name}.{column.name}"
        for table in tables()
        for column in table.columns
        if isinstance(column.type, Float | Numeric)
    ]
    assert inexact == []


def test_tables_of_a_plugin_begin_with_its_slug() -> None:
    host = load_host()
    wrong = [
        mapper.local_table.name
        for mapper in Base.registry.mappers
        for name, info in host.plugins.items()
        if mapper.class_.__module__.startswith(f"pointsys.plugins.{name}.")
        and isinstance(mapper.local_table, Table)
        and not mapper.local_table.name.startswith(f"{info.slug}_")
    ]
    assert wrong == []


def test_no_primary_key_is_what_people_see(bare_app: Flask) -> None:
    # Addresses name areas by code, everything else by its public id.
    # Lines of the audit log alone have numbers: that none is missing between two is their point.
    numbers = [rule.rule for rule in bare_app.url_map.iter_rules() if "<int:" in rule.rule]
    assert numbers == ["/a/<code>/audit/<int:number>"]


def test_pages_take_nothing_from_elsewhere() -> None:
    strays = [
        f"{name_of(path)}: {found[0]}"
        for path in templates()
        for found in ELSEWHERE.finditer(path.read_text("utf-8"))
    ]
    assert strays == []


@pytest.mark.parametrize("pattern", ["*.css", "*.js"])
def test_styles_and_scripts_take_nothing_from_elsewhere(pattern: str) -> None:
    own = [path for path in (ROOT / "pointsys" / "static").rglob(pattern) if "vendor" not in path.parts]
    strays = [name_of(path) for path in own if EXTERNAL.search(path.read_text("utf-8"))]
    assert own
    assert strays == []


def test_pages_have_neither_inline_scripts_nor_inline_styles() -> None:
    strays = [
        f"{name_of(path)}: {found[0]}"
        for path in templates()
        for found in INLINE.finditer(path.read_text("utf-8"))
    ]
    assert strays == []


def problems() -> Iterator[tuple[str, str, str]]:
    """Place, code and text of every refusal whose text stands in the code."""
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in ("Problem", "Refused") or len(node.args) < 2:
                continue
            code, text = node.args[:2]
            if isinstance(text, ast.Call) and text.args:
                text = text.args[0]
            if isinstance(code, ast.Constant) and isinstance(text, ast.Constant):
                yield f"{name_of(path)}:{node.lineno}", str(code.value), str(text.value)


def test_refusals_have_a_code_for_programs_and_a_sentence_for_people() -> None:
    found = list(problems())
    bad = [
        (place, code, text)
        for place, code, text in found
        if not CODE_NAME.match(code) or not text[:1].strip() or not ENDS.search(text)
    ]
    assert len(found) > 50
    assert bad == []


def test_a_refusal_names_its_values_with_the_words_its_text_uses() -> None:
    wrong = []
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
            ):
                continue
            text = node.args[1] if len(node.args) > 1 else None
            if isinstance(text, ast.Call) and text.args:
                text = text.args[0]
            if not isinstance(text, ast.Constant) or any(word.arg is None for word in node.keywords):
                continue
            wanted = set(re.findall(r"%\((\w+)\)", str(text.value)))
            given = {word.arg for word in node.keywords} - {"field"}
            if not wanted <= given:
                wrong.append(
                    (f"{name_of(path)}:{node.lineno}", sorted(wanted - {str(word) for word in given}))
                )
    assert wrong == []


def test_nothing_is_left_to_be_done_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [
        f"{name_of(path)}: {found[0]}"
        for path in [*python_files(*CODE, "benchmarks", "tools"), *templates()]
        for found in words.finditer(path.read_text("utf-8"))
    ]
    assert left == []
