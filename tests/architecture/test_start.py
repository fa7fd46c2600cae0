"""What a start does not load: each command pays for it, and most never need it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

START = """
import sys
from pathlib import Path
from pointsys.app import create_app
from pointsys.config import Config
app = create_app(Config(home=Path(sys.argv[1]), allow_plain_http=True))
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Modules that are there once an application is made."""
    home = tmp_path_factory.mktemp("start")
    command = [sys.executable, "-c", START, str(home)]
    done = subprocess.run(command, cwd=Path(ROOT), capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["huey", "alembic", "waitress", "gunicorn"])
def test_a_start_does_not_load_what_only_some_need(loaded: set[str], module: str) -> None:
    assert "pointsys.app" in loaded
    assert module not in loaded
