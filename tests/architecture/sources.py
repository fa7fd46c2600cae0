"""The project's own sources, read once for the tests beside this module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tests.conftest import ROOT

CODE = ("pointsys", "plugins")


@lru_cache(maxsize=1_000)
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def python_files(*tops: str) -> list[Path]:
    """Python files below folders of the checkout."""
    return sorted(
        path for top in tops for path in (ROOT / top).rglob("*.py") if "__pycache__" not in path.parts
    )


def templates() -> list[Path]:
    """Templates of the core and of the plugins."""
    return sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "plugins").rglob("templates/**/*.html")])


def name_of(path: Path) -> str:
    """The path below the checkout, as failures print it."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Each absolute import: line, module, imported name ("" for a plain import)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
