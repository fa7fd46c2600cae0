"""The folders that setup.py turns into packages, and who may import whom below them."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pointsys
import pointsys.plugins
import pointsys.templates

ROOT = Path(__file__).resolve().parents[2]
PLUGIN_SOURCES = sorted((ROOT / "plugins").glob("*/**/*.py"))
CORE_SOURCES = sorted((ROOT / "pointsys" / "core").rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Each absolute import of the file: line, module, imported name ('' for a plain import)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def test_the_plugins_folder_is_imported_under_one_name_only() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import plugins"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "as pointsys.plugins" in result.stderr


def test_installed_names_lead_to_the_top_level_folders() -> None:
    assert [Path(path) for path in pointsys.plugins.__path__] == [ROOT / "plugins"]
    assert [Path(path) for path in pointsys.templates.__path__] == [ROOT / "templates"]


def test_a_plugin_folder_made_after_the_install_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "latecomer" / "inner").mkdir(parents=True)
    (tmp_path / "latecomer" / "__init__.py").write_text("from .inner import NAME\n")
    (tmp_path / "latecomer" / "inner" / "__init__.py").write_text("NAME = __name__\n")
    monkeypatch.setattr(pointsys.plugins, "__path__", [*pointsys.plugins.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    module = importlib.import_module("pointsys.plugins.latecomer")
    for name in ("pointsys.plugins.latecomer", "pointsys.plugins.latecomer.inner"):
        monkeypatch.delitem(sys.modules, name)
    assert module.NAME == "pointsys.plugins.latecomer.inner"


@pytest.mark.parametrize("top", ["pointsys", "plugins", "templates"])
def test_every_folder_with_modules_is_a_package(top: str) -> None:
    # find_packages leaves out a folder without __init__.py, and with it everything below.
    folders = {path.parent for path in (ROOT / top).rglob("*.py") if "versions" not in path.parts}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_plugins_import_the_facade_and_nothing_else_of_this_project() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in PLUGIN_SOURCES
        for line, module, name in imports(path)
        if module.split(".")[0] in {"pointsys", "plugins", "tests", "tools"}
        and module != "pointsys.plugin"
        and (module, name) != ("pointsys", "plugin")
    ]
    assert strays == []


def test_the_core_does_not_look_at_the_request() -> None:
    looks = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in CORE_SOURCES
        for line, module, name in imports(path)
        if module == "flask" and name in {"request", "session", "g", "after_this_request"}
    ]
    assert looks == []
