"""Programs with tokens of the accounts of ``world``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from pointsys.access import token_permissions
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import Actor, Grant
from pointsys.core.tokens.services import Wanted, create_token, grantable
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World

UNTIL = date(2026, 12, 31)
_keys = count(1)


def new_key() -> str:
    """An idempotency key that no other request of this run has."""
    return f"key-of-a-test-{next(_keys)}"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status_code: int
    headers: Headers
    data: bytes
    json: Any

    @property
    def text(self) -> str:
        """The body as it travels."""
        return self.data.decode()

    @property
    def mimetype(self) -> str:
        """The kind of body."""
        return self.headers.get("Content-Type", "").partition(";")[0]


def reply(answer: TestResponse) -> Reply:
    """A response with its body read."""
    return Reply(answer.status_code, answer.headers, answer.data, answer.get_json(silent=True))


@dataclass
class Program:
    """Calls the interface with one token; it never sends a cookie."""

    app: Flask
    secret: str
    base: str = "/api/v1"

    @property
    def client(self) -> FlaskClient:
        """A fresh connection, so that threads share nothing."""
        return self.app.test_client(use_cookies=False)

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.secret}", "Accept-Language": "en", **(more or {})}

    def get(self, path: str, headers: Any = None, **query: Any) -> Reply:
        """GET with arguments in the address; ``headers`` are further ones."""
        return reply(self.client.get(self.base + path, query_string=query, headers=self.headers(headers)))

    def post(
        self, path: str, body: Any, *, key: str | None = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """POST with a new idempotency key, with a given one, or (None) without."""
        more = dict(headers or {})
        if key is not None:
            more["Idempotency-Key"] = key or new_key()
        return reply(
            self.client.post(
                self.base + path,
                data=json.dumps(body),
                content_type="application/json",
                headers=self.headers(more),
            )
        )

    def patch(self, path: str, body: Any, etag: str | None = None) -> Reply:
        """PATCH what has this ETag."""
        return reply(
            self.client.patch(
                self.base + path, json=body, headers=self.headers({"If-Match": etag} if etag else None)
            )
        )


MakeProgram = Callable[..., Program]


@pytest.fixture
def program(app: Flask, world: World) -> MakeProgram:
    """Makes a token of an account (by its name in ``world``), with everything its owner may unless told otherwise."""

    def make(
        owner: str = "worker",
        *,
        permissions: list[str] | None = None,
        areas: list[str] | None = None,
        read_only: bool = False,
        expires_on: date = UNTIL,
    ) -> Program:
        with app.app_context(), unit_of_work(drain=False) as session:
            account = session.get_one(Account, world.accounts[owner])
            grants = session.execute(
                select(RoleGrant.role, RoleGrant.area_id).where(RoleGrant.account_id == account.id)
            ).all()
            actor = Actor(account.login, account.id, account.person_id, tuple(Grant(*row) for row in grants))
            chosen = grantable(actor, token_permissions(app)) if permissions is None else permissions
            wanted = Wanted(
                f"token {next(_keys)}",
                chosen,
                [world.areas[name] for name in areas] if areas else [area_id for _role, area_id in grants],
                expires_on,
                read_only,
            )
            return Program(app, create_token(session, account, wanted, actor).secret)

    return make


@pytest.fixture
def worker_program(program: MakeProgram) -> Program:
    """Everything that a worker of 幸福社区 may, by token."""
    return program("worker")


@pytest.fixture
def happy(world: World) -> str:
    """The path of 幸福社区."""
    return f"/areas/{world.codes['happy']}"
