"""Every hook is documented with its exact signature, has a caller and a test, and the examples are code that runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import name_of, python_files, tree
from tests.conftest import ROOT

SPECS = ROOT / "pointsys" / "core" / "hookspecs.py"
DOCS = (ROOT / "docs" / "hooks.md").read_text("utf-8")
# Method of the host -> place of the hook's name among its arguments.
CALLS = {"call_one": 1, "call_strict": 0, "call_each": 0}
SAYS = ("Called", "Transaction", "Returns", "Errors")


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Functions at the top of a file."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node


SPEC_OF = {node.name: node for node in functions(SPECS)}
HOOKS = sorted(SPEC_OF)


def signature(node: ast.FunctionDef) -> str:
    """The head of a function as one line."""
    assert node.returns is not None
    return f"def {node.name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"


def section(hook: str) -> str:
    """What the documentation says about a hook."""
    found = re.search(rf"^## {hook}\n(.*?)(?=^## |\Z)", DOCS, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def called_hooks() -> set[str]:
    """Names of hooks that some module of pointsys hands to the host's calling methods."""
    found = set()
    for path in python_files("pointsys"):
        constants = {
            node.targets[0].id: node.value
            for node in tree(path).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            place = CALLS.get(node.func.attr)
            if place is None or len(node.args) <= place:
                continue
            argument: ast.expr | None = node.args[place]
            if isinstance(argument, ast.Name):
                argument = constants.get(argument.id)
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
    return found


CALLED = called_hooks()
TESTS = {
    node.name
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.FunctionDef)
}


@pytest.mark.parametrize("hook", HOOKS)
def test_the_documentation_gives_the_exact_signature(hook: str) -> None:
    assert f"```python\n{signature(SPEC_OF[hook])}\n```" in section(hook)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_documentation_says_when_with_what_and_what_if_not(hook: str) -> None:
    text = section(hook)
    assert [word for word in SAYS if f"- **{word}**" not in text] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_the_docstring_says_the_same_in_short(hook: str) -> None:
    text = ast.get_docstring(SPEC_OF[hook]) or ""
    assert [word for word in SAYS if f"{word}:" not in text] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_the_hook_has_a_caller(hook: str) -> None:
    assert hook in CALLED


@pytest.mark.parametrize("hook", HOOKS)
def test_the_hook_has_a_test(hook: str) -> None:
    assert f"test_hook_{hook}" in TESTS


def test_nothing_is_documented_or_called_that_no_spec_knows() -> None:
    headings = set(re.findall(r"^## (\w+)$", DOCS, re.MULTILINE))
    assert headings == set(HOOKS)
    assert set(HOOKS) >= CALLED


def test_the_examples_are_functions_that_the_suite_runs() -> None:
    source = (ROOT / "tests" / "core" / "example_hooks.py").read_text("utf-8")
    examples = [
        block for block in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL) if "@hookimpl" in block
    ]

    assert len(examples) == len(HOOKS)
    assert [block for block in examples if block not in source] == []


def test_nobody_calls_hooks_past_the_host() -> None:
    past = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("pointsys")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "hook"
    ]
    assert past == []
