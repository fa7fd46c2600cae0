"""Who may import whom. import-linter draws the same lines between packages; here they reach libraries and names."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tests.architecture.sources import imports, name_of, python_files
from tests.conftest import ROOT

UPPER = ("web", "rest", "access", "commands", "plugin", "plugins", "app", "cli", "demo", "templates")
# Folder below pointsys -> what it may not import from there.
FORBIDDEN = {
    "kit": ("core", *UPPER),
    "core": UPPER,
    "web": ("rest", "commands", "cli", "plugins", "demo"),
    "rest": ("web", "commands", "cli", "plugin", "plugins", "demo"),
}
# The libraries of pages, and the two files of the core that stand on them.
PAGES = ("flask", "flask_babel", "flask_sqlalchemy", "flask_wtf", "flask_bootstrap", "wtforms")
ALLOWED = {
    ("pointsys/core/site.py", "flask", "current_app"),
    ("pointsys/core/database.py", "flask_sqlalchemy", "SQLAlchemy"),
    # For a type in a signature.
    ("pointsys/core/hookspecs.py", "flask", "Flask"),
}


def reaches(module: str, name: str, targets: Collection[str]) -> bool:
    """Whether ``from module import name`` takes something from one of the ``pointsys.<target>``."""
    full = f"{module}.{name}" if module == "pointsys" and name else module
    parts = full.split(".")
    return parts[0] == "plugins" or (parts[0] == "pointsys" and len(parts) > 1 and parts[1] in targets)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_lower_layers_know_nothing_of_upper_ones(folder: str) -> None:
    strays = [
        f"{name_of(path)}:{line} imports {module}"
        for path in python_files(f"pointsys/{folder}")
        for line, module, name in imports(path)
        if reaches(module, name, FORBIDDEN[folder])
    ]
    assert strays == []


def test_nothing_of_the_project_imports_a_plugin_by_name() -> None:
    strays = [
        f"{name_of(path)}:{line} imports {module}"
        for path in python_files("pointsys")
        for line, module, name in imports(path)
        if reaches(module, name, ("plugins",)) or (module, name) == ("pointsys", "plugins")
    ]
    assert strays == []


def test_a_plugin_imports_the_facade_and_itself() -> None:
    strays = [
        f"{name_of(path)}:{line} imports {module}"
        for path in python_files("plugins")
        if path.parent != ROOT / "plugins"
        for line, module, _name in imports(path)
        if module.split(".")[0] in {"pointsys", "plugins", "tests", "benchmarks"}
        and module != "pointsys.plugin"
    ]
    assert strays == []


def test_the_kit_stands_on_no_database_and_no_pages() -> None:
    strays = [
        f"{name_of(path)}:{line} imports {module}"
        for path in python_files("pointsys/kit")
        for line, module, _name in imports(path)
        if module.split(".")[0] in {"sqlalchemy", "alembic", "pluggy", *PAGES}
    ]
    assert strays == []


def test_the_core_runs_without_a_request() -> None:
    strays = [
        f"{name_of(path)}:{line} imports {name} from {module}"
        for path in python_files("pointsys/core")
        for line, module, name in imports(path)
        if module.split(".")[0] in PAGES and (name_of(path), module, name) not in ALLOWED
    ]
    assert strays == []


def test_a_plugins_rules_do_not_reach_for_a_request() -> None:
    # Only what serves pages does: its modules are named after that.
    strays = [
        f"{name_of(path)}:{line} imports {name}"
        for path in python_files("plugins")
        if not path.stem.startswith(("views", "forms", "rest", "__init__"))
        for line, module, name in imports(path)
        if module == "flask"
    ]
    assert strays == []
