"""Goal 16: how long a command takes to start, and how long ``create_app()`` takes, in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

CREATE_APP = (
    "import time; began = time.perf_counter()\n"
    "from pointsys.app import create_app; create_app()\n"
    "print(time.perf_counter() - began)"
)


def measure(home: Path, url: str, times: int) -> dict[str, float]:
    """Medians in seconds: a command that reads the database from start to end, and create_app with its imports."""
    environment = {**os.environ, "POINTSYS_HOME": str(home), "POINTSYS_DATABASE_URL": url}
    commands, apps = [], []
    for _ in range(times):
        began = time.perf_counter()
        _run(["-m", "pointsys", "plugin", "list", "--json"], environment)
        commands.append(time.perf_counter() - began)
        apps.append(float(_run(["-c", CREATE_APP], environment)))
    return {"command": median(commands), "create_app": median(apps)}


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout
