"""One module commits. Whoever else ends a transaction breaks the promise that an act is whole or not at all."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import CODE, name_of, python_files, tree

COMMITS = {"pointsys/core/unit_of_work.py"}
# These give up what was read, so that a page or a check does not hold a transaction open meanwhile.
ROLLS_BACK = COMMITS | {"pointsys/access.py", "pointsys/core/imports/runner.py"}
# Alembic runs inside a transaction of its own; a bulk edit gives each person, and a sheet of wishes each row, a
# savepoint inside the one of its act; a restore changes a database that is not the site's yet; whether anything speaks
# of a sheet that is taken back, the database's own keys say.
BEGINS = COMMITS | {
    "pointsys/core/schema.py", "pointsys/core/people/bulk_edit.py", "pointsys/core/backup/restore.py",
    "plugins/property_rating/registry/importing.py", "plugins/wish_wall/campaigns/applying.py",
}  # fmt: skip

# Modules of functions that others put together to one act.
SERVICES = {
    "services",
    "record",
    "records",
    "decisions",
    "merging",
    "consent",
    "switches",
    "settings",
    "kinds",
}


def callers(method: str) -> set[str]:
    """Files that call a method of this name on anything."""
    return {name_of(path) for path in python_files(*CODE) if method in _methods(path)}


def _methods(path: Path) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def test_only_the_unit_of_work_commits() -> None:
    assert callers("commit") == COMMITS


def test_nobody_else_rolls_back() -> None:
    assert callers("rollback") <= ROLLS_BACK


def test_nobody_else_begins_a_transaction() -> None:
    assert callers("begin") | callers("begin_nested") <= BEGINS


def test_services_take_the_session_first_and_open_none() -> None:
    """A service that opens its own unit of work could not be part of a larger act."""
    strays = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("pointsys/core", "plugins")
        if path.stem in SERVICES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "unit_of_work"
    ]
    assert strays == []
