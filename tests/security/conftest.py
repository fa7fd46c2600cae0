"""The populated site of ``realm``: filled once for each worker of a run, copied for every test that writes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.crypto import Keyring
from pointsys.core.database import db
from pointsys.core.unit_of_work import unit_of_work
from tests.apps import wait_for_no_disk
from tests.browsers import Browser
from tests.conftest import FixedClock
from tests.security.realm import Realm, build

FOLDERS = ("files", "tmp")
NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)


def listing(folder: Path) -> dict[str, tuple[int, int] | None]:
    """What is below a folder: size and time of each file, None for a folder; copies keep the times."""
    found: dict[str, tuple[int, int] | None] = {}
    for place, folders, files in os.walk(folder):
        below = os.path.relpath(place, folder)
        found |= {f"{below}/{name}": None for name in folders}
        for name in files:
            known = Path(place, name).stat()
            found[f"{below}/{name}"] = known.st_size, known.st_mtime_ns
    return found


@dataclass
class Populated:
    """The application over the filled site, whose database can be set back to what it was."""

    app: Flask
    realm: Realm
    home: Path
    full: Path
    browsers: dict[str, Browser] = field(default_factory=dict)

    def reset(self) -> None:
        """Undo everything that was done since the site was filled."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            (self.home / f"pointsys.db{suffix}").unlink(missing_ok=True)
        # What stands beside the database tells of acts that are undone now.
        (self.home / "erasures.jsonl").unlink(missing_ok=True)
        shutil.rmtree(self.home / "anchors", ignore_errors=True)
        shutil.copy(self.full, self.home / "pointsys.db")
        # Files that an act took away, or one that was made.
        for folder in FOLDERS:
            kept = self.home / "kept" / folder
            if listing(self.home / folder) != listing(kept):
                shutil.rmtree(self.home / folder, ignore_errors=True)
                if kept.is_dir():
                    shutil.copytree(kept, self.home / folder)
        self.browsers.clear()

    def sign_in(self, role: str) -> Browser:
        """A browser of the account that holds ``role``; "" for nobody at all."""
        if not role:
            return Browser(self.app)
        with self.app.app_context(), unit_of_work(drain=False) as session:
            account = session.get_one(Account, self.realm.accounts[role])
            return Browser(
                self.app, account_sessions.open_session(session, account, "127.0.0.1", "test").token
            )

    def browser(self, role: str) -> Browser:
        """The one browser of this role in this test."""
        if role not in self.browsers:
            self.browsers[role] = self.sign_in(role)
        return self.browsers[role]

    def forget_limits(self) -> None:
        """Let a walk go on that has used up what one account may ask for in some minutes."""
        with self.app.app_context():
            if "rate_window" in inspect(db.engine).get_table_names():
                with unit_of_work(drain=False) as session:
                    session.execute(text("DELETE FROM rate_window"))
        self.app.extensions.pop("pointsys_shares", None)


@pytest.fixture(scope="session")
def populated(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Populated]:
    """The filled site on SQLite: who may do what does not depend on the engine."""
    home = tmp_path_factory.mktemp("realm")
    shutil.copy(sqlite_template, home / "pointsys.db")
    app = create_app(
        Config(home=home, allow_plain_http=True, api_requests_per_minute=1_000_000),
        clock=FixedClock(NOW),
        keyring=keyring,
    )
    app.testing = True
    with app.app_context():
        wait_for_no_disk(db.engine)
    realm = build(app)
    with app.app_context():
        with unit_of_work(drain=False) as session:
            session.execute(text("SELECT 1"))
        db.engine.dispose()
    full = home / "full.db"
    shutil.copy(home / "pointsys.db", full)
    for folder in FOLDERS:
        if (home / folder).is_dir():
            shutil.copytree(home / folder, home / "kept" / folder)
    made = Populated(app, realm, home, full)
    yield made
    with app.app_context():
        db.engine.dispose()


Acting = Callable[[], Populated]


@pytest.fixture
def fresh(populated: Populated) -> Populated:
    """The filled site as it was at the beginning; whatever a test does to it is undone for the next."""
    populated.reset()
    return populated


# What a refusal may leave behind: that it happened, how often, and that somebody was there.
TRACES = {"audit", "rate_window", "security_alert", "api_usage", "login_session", "sign_in_record"}
# Columns that say when somebody was there last.
SEEN = {"last_seen_at", "last_used_at"}


def content(site: Populated, traces: set[str]) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The rows of every table but some, without when an account was seen last."""
    with site.app.app_context(), db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            if table not in traces:
                rows = connection.execute(text(f'SELECT * FROM "{table}"'))
                kept = [place for place, name in enumerate(rows.keys()) if name not in SEEN]
                yield table, [tuple(row[place] for place in kept) for row in rows]


def state(site: Populated) -> dict[str, str]:
    """A digest of every table but those that tell of refusals and visits."""
    return {table: hashlib.sha256(repr(rows).encode()).hexdigest() for table, rows in content(site, TRACES)}


def counts(site: Populated) -> dict[str, int]:
    """Rows by table, audit rows too."""
    with site.app.app_context(), db.engine.connect() as connection:
        tables = [table for table in inspect(connection).get_table_names() if table not in TRACES - {"audit"}]
        numbers = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables)
        return dict(zip(tables, connection.execute(text(f"SELECT {numbers}")).one(), strict=True))
