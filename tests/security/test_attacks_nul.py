"""S-23: a NUL character, which PostgreSQL can neither store nor look for, is refused or left out on both engines."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser, SignIn, World


@pytest.fixture(autouse=True)
def _answers_like_production(app: Flask) -> None:
    # In testing mode a failure would leave the client as an exception instead of as an answer.
    app.testing = False


@pytest.fixture
def here(world: World) -> str:
    """The address of the worker's area."""
    return f"/a/{world.codes['happy']}"


def entries(app: Flask) -> int:
    with app.app_context(), read_scope() as session:
        return len(session.scalars(select(Entry.id)).all())


def test_a_nul_in_an_address_finds_nothing(worker: Browser, here: str) -> None:
    parts = (
        "people/%00", "log/%00", "activities/a%00", "imports/%00", "people/%00/edit", "log/new?activity=%00",
        "people?q=a%00b&area=%00", "log?person=%00&kind=%00&batch=%00",
    )  # fmt: skip
    for path in ("/a/%00/", "/a/9%00/people", *(f"{here}/{part}" for part in parts)):
        assert worker.get(path).status_code in (200, 400, 404), path


def test_a_nul_in_a_form_is_refused_or_left_out(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, here: str
) -> None:
    sheet = io.BytesIO("姓名,手机\n李四,13800138001".encode())
    day = {"title": "植树", "day": "2026-07-01", "hours": "2", "act": "record"}
    attempts: list[tuple[str, dict[str, object]]] = [
        (f"{here}/people/new", {"name": "张\x00三", "area": world.codes["happy"], "note": "\x00"}),
        (f"{here}/people/merge", {"kept": "\x00", "merged": "x"}),
        (f"{here}/people/unmerge", {"merged": "\x00"}),
        (f"{here}/people/distinct", {"kept": "\x00", "merged": "\x00"}),
        (f"{here}/log/decide", {"id": "\x00", "outcome": "confirmed"}),
        (f"{here}/log/new", {**day, "kind": "volunteer_service", "person": "\x00"}),
        (f"{here}/log/new", {**day, "kind": "other", "other_kind": "\x00", "person": world.people["happy"]}),
        (f"{here}/imports/", {"kind": "people", "file": (sheet, "a\x00b.csv")}),
        (
            f"{here}/imports/",
            {"kind": "people", "text": "姓名\t手机\n张\x00三\t13800138002", "sheet": "\x00"},
        ),
    ]
    for path, data in attempts:
        assert worker.post(path, data).status_code < 500, (path, data)
    admin = sign_in(world.accounts["admin"])
    top = f"/a/{world.codes['street']}"
    for path in ("/accounts/%00/link", "/accounts/%00/disable", "/plugins/%00/switch"):
        assert admin.post(top + path, {"on": "1"}).status_code < 500, path
    assert entries(app) == 0
