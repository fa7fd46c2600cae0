"""The two engines: an exact copy of a database while it is written to, and a copy made into a database again.

SQLite copies itself through its backup interface under one read transaction, which blocks no writer; PostgreSQL is
dumped by its own ``pg_dump`` in a snapshot that the counts are taken in too.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import conninfo, sql
from sqlalchemy import Engine, create_engine

from pointsys.core.backup.manifest import Tell, components, digests, table_counts
from pointsys.core.database import configure_engine
from pointsys.kit.problems import N_, Problem

PAGES_AT_ONCE = 2_000
State = tuple[dict[str, int], dict[str, str], dict[str, str]]


def engine_of(url: str) -> Engine:
    """An engine for a database beside the site's own, with the same settings."""
    engine = create_engine(url, hide_parameters=True)
    configure_engine(engine)
    return engine


def state_of(engine: Engine, tell: Tell) -> State:
    """Counts, digests and versions of a database that nobody writes to."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        counts = table_counts(connection)
        return counts, digests(connection, counts, tell), components(connection)


def copy_sqlite(source: Path, target: Path, tell: Callable[[int, int], None]) -> None:
    """Copy the database of a running site to ``target``; writers go on meanwhile and are not in the copy."""
    live = sqlite3.connect(source, isolation_level=None)
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        # An open read transaction keeps the copy from starting anew with every commit of others.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(
            copy, pages=PAGES_AT_ONCE, sleep=0, progress=lambda _, rest, all_: tell(all_ - rest, all_)
        )
        live.execute("COMMIT")
    finally:
        copy.close()
        live.close()


def dump_postgresql(engine: Engine, target: Path, tell: Tell) -> State:
    """Dump the database to ``target`` and count it in the same snapshot; raises Problem pg_dump_missing or _failed."""
    program = _program("pg_dump")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        url = engine.url.render_as_string(hide_password=False)
        _run(
            [
                program,
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={target}",
            ],
            url,
        )
        counts = table_counts(connection)
        return counts, digests(connection, counts, tell), components(connection)


def load_postgresql(url: str, source: Path) -> None:
    """Restore a dump into the empty database at ``url``."""
    _run([_program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", str(source)], url)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Problem(
            "pg_dump_missing",
            N_(
                "%(name)s is not on PATH. Install the client programs of PostgreSQL (package postgresql-client), "
                "of the server's version or newer, then try again."
            ),
            name=name,
        )
    return found


def _run(command: list[str], url: str) -> None:
    info = conninfo.conninfo_to_dict(_libpq(url))
    # A password on the command line could be read by everybody on the machine.
    password = info.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    command = [*command, f"--dbname={conninfo.make_conninfo(**info)}"]  # type: ignore[arg-type]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise Problem(
            "pg_dump_failed",
            N_("%(name)s did not work: %(text)s"),
            name=Path(command[0]).name,
            text=lines[0] if lines else str(done.returncode),
        )


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _server(url: str) -> psycopg.Connection:
    """A connection to the same server, in the database that is always there."""
    return psycopg.connect(_libpq(url), dbname="postgres", autocommit=True)


def create_database(url: str, name: str) -> None:
    """Make an empty database beside the one at ``url``; raises Problem no_new_database where that is not allowed."""
    try:
        with _server(url) as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
    except psycopg.errors.InsufficientPrivilege:
        raise Problem(
            "no_new_database",
            N_("The database account may not make databases, which a restore needs: ALTER ROLE … CREATEDB."),
        ) from None


def drop_database(url: str, name: str) -> None:
    """Remove a database that a failed restore made."""
    with _server(url) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def swap_database(url: str, current: str, new: str, kept: str) -> None:
    """Let ``new`` take the name ``current``, whose database is kept as ``kept``: both or neither.

    Raises Problem site_running while somebody is connected.
    """
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with _server(url) as server, server.transaction():
            there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (current,)).fetchone()
            if there is not None:
                server.execute(rename.format(sql.Identifier(current), sql.Identifier(kept)))
            server.execute(rename.format(sql.Identifier(new), sql.Identifier(current)))
    except psycopg.errors.ObjectInUse:
        raise running() from None


def swap_sqlite(current: Path, new: Path, kept: Path) -> None:
    """Let the file ``new`` take the place of ``current``, which is kept; raises Problem site_running."""
    if current.exists():
        _close_sqlite(current)
        # The name exists at every moment: first a second name for the old file, then the new one over the old.
        os.link(current, kept)
    new.replace(current)


def _close_sqlite(path: Path) -> None:
    """Take over what the write-ahead log still holds; that needs the file for oneself."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
    try:
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        raise running() from None
    finally:
        connection.close()
    if mode != "delete":
        raise running()


def running() -> Problem:
    """The refusal while the site is still in use."""
    return Problem(
        "site_running",
        N_("The site is still running: stop its server and other commands, then restore again."),
    )
