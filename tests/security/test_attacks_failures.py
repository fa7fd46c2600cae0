"""S-48 and races: what the database refuses becomes a page with a cure, and no data of people in the log."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsys.core.accounts.models import Account
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.web.access import public
from tests.browsers import World

SECRET = "身份证110101199003077758"


def collide() -> str:
    """Write what another has written a moment ago."""
    with unit_of_work(drain=False) as session:
        for _ in range(2):
            session.add(Account(login=SECRET, person_id=None, created_at=current_site().now()))
        session.flush()
    return "never"


def test_s48_an_error_of_the_database_carries_no_values(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as refused, unit_of_work(drain=False) as session:
        session.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": SECRET})
    assert SECRET not in str(refused.value)


def test_two_who_write_the_same_at_once_get_a_cure_and_the_log_no_names(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    app.add_url_rule("/collide", "collide", public(collide))
    with caplog.at_level(logging.WARNING):
        answer = app.test_client().get("/collide")
    assert answer.status_code == 409
    assert "没有改动任何内容" in answer.text
    assert "account" in caplog.text
    assert SECRET not in caplog.text
