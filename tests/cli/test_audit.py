"""``pointsys audit``: what an operator and a monitor are told."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from pointsys.core.actors import SYSTEM
from pointsys.core.audit import anchors
from pointsys.core.audit.sealer import seal
from pointsys.core.database import create_triggers, drop_triggers
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import MakeApp, RunCli
from tests.factories import make_tree


@pytest.fixture
def engine_name() -> str:
    """The chain itself is tested on both engines elsewhere."""
    return "sqlite"


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """A site with some rows in its log."""
    app = make_app(web=False)
    with app.app_context():
        with unit_of_work(drain=False) as session:
            make_tree(session)
        seal()
    return app


def spoil(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        session.execute(text("UPDATE audit SET event = 'area.closed' WHERE id = 3"))
        create_triggers(session.connection(), {"audit"})


def test_a_log_that_nobody_changed_is_said_to_be_whole(app: Flask, run_cli: RunCli) -> None:
    result = run_cli("audit", "verify", "--json")
    found = result.json()
    assert (result.exit_code, found["ok"], found["first"]) == (0, True, None)
    assert found["checked"]["audit"] >= 5


def test_a90_the_command_names_the_first_bad_row_and_fails(app: Flask, run_cli: RunCli) -> None:
    spoil(app)
    result = run_cli("audit", "verify", "--json")
    assert result.exit_code == 1
    assert result.json()["first"] == {"code": "changed", "log": "audit", "row": 3, "position": 1}
    told = run_cli("audit", "verify")
    assert told.exit_code == 1
    assert "3" in told.stdout


def test_looking_only_leaves_nothing_behind(app: Flask, run_cli: RunCli) -> None:
    first = run_cli("audit", "verify", "--look", "--json").json()
    assert run_cli("audit", "verify", "--look", "--json").json()["checked"] == first["checked"]
    assert first["unsealed"]["audit"] == 0


def test_the_head_is_appended_and_signed_so_that_others_can_check_it(app: Flask, run_cli: RunCli) -> None:
    told = run_cli("audit", "head", "--json").json()
    with app.app_context():
        (line,) = anchors.read_anchors().lines
        assert line.signature == told["signature"]
        assert anchors.is_signed(line.signed_part(), told["signature"], told["key"])
        assert not anchors.is_signed(line.signed_part() + b" ", told["signature"], told["key"])
        with unit_of_work(drain=False) as session:
            assert anchors.add_anchor(session, SYSTEM).before != ""
