"""How the house is built does not depend on the database: these tests look at it on SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.crypto import Keyring
from pointsys.core.database import db


@pytest.fixture
def engine_name() -> str:
    """One engine."""
    return "sqlite"


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Iterator[Flask]:
    """The whole application with nothing in its database, for tests that only look at pages and addresses."""
    made = create_app(Config(home=tmp_path_factory.mktemp("bare"), allow_plain_http=True), keyring=keyring)
    yield made
    with made.app_context():
        db.engine.dispose()
