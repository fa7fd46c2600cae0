"""``python -m tests.e2e.server HOME``: serves a site as ``pointsys serve`` does, on a day that stands still."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from werkzeug.routing import Rule

from pointsys.app import create_app
from pointsys.commands.serve import run_server
from pointsys.config import Config, load_config
from tests.apps import builder_on_demand

# Friday, 10 July 2026, 10:00 in Shanghai: three months after the last line of the sample workbooks.
NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)


def today() -> datetime:
    """The clock of every site that a browser looks at."""
    return NOW


def config_of(home: Path) -> Config:
    """Settings of a site on this machine only: those in its home, and the environment has no say."""
    return replace(load_config(home, environ={}), allow_plain_http=True)


def main(home: Path) -> None:
    """Serve on a free port and print it; SIGTERM ends it."""

    def announce(port: int) -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    # Whoever starts a server for a few pages does not wait for the addresses of all others.
    Rule._compile_builder = builder_on_demand  # type: ignore[assignment, method-assign]
    run_server(create_app(config_of(home), clock=today), "127.0.0.1", 0, announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
