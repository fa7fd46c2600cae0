"""Browsers that are signed in, and the small sub-district that they look at; ``tests.conftest`` has the fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from pointsys.core.accounts import separation
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.crypto import Keyring
from pointsys.core.database import db
from pointsys.core.permissions import ADMINISTRATORS
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.web.session import TOKEN
from tests import factories

CSRF = "csrf-of-a-test"


class Browser:
    """A client whose POSTs carry the CSRF token of its session, as a form on a page would."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        with self.client.session_transaction() as stored:
            stored["csrf_token"] = CSRF
            if token is not None:
                stored[TOKEN] = token

    def csrf(self) -> str:
        """The signed form of the token that this browser's session holds."""
        with self.client.session_transaction() as stored:
            stored.setdefault("csrf_token", CSRF)
            secret = stored["csrf_token"]
        with self.app.test_request_context():
            from itsdangerous import URLSafeTimedSerializer

            return str(URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token").dumps(secret))

    def get(self, path: str, **kwargs: object) -> TestResponse:
        """GET."""
        # Buffered, so that files are closed before anybody looks at the answer.
        return self.client.get(path, buffered=True, **kwargs)

    def post(self, path: str, data: Mapping[str, object] | None = None, **kwargs: object) -> TestResponse:
        """POST a form with its CSRF token."""
        form = {"csrf_token": self.csrf(), **(data or {})}
        return self.client.post(path, data=form, **kwargs)

    def page(self, path: str, status: int = 200) -> BeautifulSoup:
        """GET a page that must answer with ``status``."""
        response = self.get(path)
        assert response.status_code == status, (path, response.status_code, response.location)
        return BeautifulSoup(response.data, "html.parser")


SignIn = Callable[[int], Browser]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Signs an account (its id) in without the sign-in page, so that no test waits for password hashing."""

    def enter(account_id: int) -> Browser:
        with app.app_context(), unit_of_work(drain=False) as session:
            account = session.get_one(Account, account_id)
            token = account_sessions.open_session(session, account, "127.0.0.1", "test").token
        return Browser(app, token)

    return enter


@dataclass
class World:
    """Ids and public ids of what the ``world`` fixture made; objects do not outlive their session."""

    areas: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    person_ids: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)


ROLES = (
    # All three administrators in one, which a site may have under a notice.
    *(("admin", role, "street") for role in ADMINISTRATORS),
    ("office", "subdistrict_office", "street"),
    ("worker", "community_worker", "happy"),
    ("sunny_worker", "community_worker", "sunny"),
    ("grid_worker", "grid_worker", "grid1"),
    ("secretary", "branch_secretary", "happy"),
    ("committee", "party_committee", "happy"),
    ("liaison", "unit_liaison", "happy"),
)


# Databases that hold a world, by what it depends on: making one takes longer than most tests of pages.
_worlds: dict[object, tuple[bytes, World, Keyring]] = {}


@pytest.fixture
def world(app: Flask, request: pytest.FixtureRequest) -> World:
    """A sub-district, two communities, two grids; a person in each; an account of every role, without passwords."""
    with app.app_context():
        site = current_site()
        db.session.remove()
        file = site.home / "pointsys.db"
        if db.engine.dialect.name != "sqlite" or not _untouched(
            file, request.getfixturevalue("sqlite_template")
        ):
            return _make_world()
        made_of = (site.now(), tuple(site.host.plugins), id(site.keyring))
        if made_of not in _worlds:
            made = _make_world()
            db.engine.dispose()
            _worlds[made_of] = file.read_bytes(), deepcopy(made), site.keyring
            return made
        # The last connection to a file takes its log with it.
        db.engine.dispose()
        file.write_bytes(_worlds[made_of][0])
        return deepcopy(_worlds[made_of][1])


def _untouched(file: Path, template: Path) -> bool:
    """Whether nothing was written since the file was copied; opening it to ask takes longer."""
    return not file.with_name(f"{file.name}-wal").exists() and file.read_bytes() == template.read_bytes()


def _make_world() -> World:
    made = World()
    with unit_of_work(drain=False) as session:
        tree = factories.make_tree(session)
        for name, area in tree.items():
            made.areas[name], made.codes[name] = area.id, area.code
        separation.allow_exception(session, tree["street"], SYSTEM)
        names = {"street": "赵街", "happy": "钱福", "sunny": "孙阳", "grid1": "李一", "grid2": "周二"}
        for index, (place, name) in enumerate(names.items()):
            person = factories.make_person(session, tree[place], name, phone=f"1380013800{index}")
            made.people[place], made.person_ids[place] = person.public_id, person.id
            if place == "grid1":
                member = accounts.create_account(session, "member1", SYSTEM, person_id=person.id)
                accounts.grant_role(session, member, "member", tree["grid1"], SYSTEM)
                made.accounts["member"] = member.id
        for login, role, place in ROLES:
            known = session.scalar(select(Account).where(Account.login == login))
            account = known or accounts.create_account(session, login, SYSTEM)
            accounts.grant_role(session, account, role, tree[place], SYSTEM)
            made.accounts[login] = account.id
        made.accounts["nobody"] = accounts.create_account(session, "nobody", SYSTEM).id
    return made


@pytest.fixture
def worker(sign_in: SignIn, world: World) -> Browser:
    """A worker of 幸福社区."""
    return sign_in(world.accounts["worker"])


@pytest.fixture
def admin(sign_in: SignIn, world: World) -> Browser:
    """The administrator, who holds all three posts."""
    return sign_in(world.accounts["admin"])


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database inside the block."""
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
