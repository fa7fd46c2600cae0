"""The example plugin of the tutorial, found by its entry point as if it were installed."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from flask import Flask

from pointsys.cli import cli
from pointsys.core import host, schema
from pointsys.core.database import db
from tests.conftest import ROOT, MakeApp

EXAMPLE = ROOT / "docs" / "examples" / "tally"


@pytest.fixture(scope="session")
def tally() -> Iterator[ModuleType]:
    """The package that the tutorial builds, imported as an installed one would be."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        yield importlib.import_module("pointsys_tally")
    finally:
        sys.path.remove(str(EXAMPLE))


@pytest.fixture
def installed(tally: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same, with the entry points that its project file declares."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    points = [
        EntryPoint(name, value, group)
        for group, names in project["entry-points"].items()
        for name, value in names.items()
    ]
    monkeypatch.setattr(host, "entry_points", lambda *, group: [p for p in points if p.group == group])
    # The command line asks plugins once in a process; other tests of this one may have asked already.
    monkeypatch.setattr(cli, "_plugins_asked", False)
    monkeypatch.setattr(cli, "commands", dict(cli.commands))
    return tally


@pytest.fixture
def app(make_app: MakeApp, installed: ModuleType) -> Flask:
    """The whole application with the example plugin, its table migrated."""
    made = make_app()
    with made.app_context():
        schema.upgrade(db.engine, "tally")
    return made
