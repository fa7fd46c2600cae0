"""``pointsys db``: upgrade, status, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from pointsys.cli import cli
from pointsys.core import schema
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.database import WRITE, db
from pointsys.core.plugin_info import KindInfo
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import RunCli
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import make_tree


def test_the_status_names_every_component(run_cli: RunCli) -> None:
    status = run_cli("db", "status", "--json").json()
    assert status["up_to_date"] is True
    assert status["components"][0]["name"] == "core"
    assert all(part["current"] == part["head"] for part in status["components"])


def test_an_upgrade_of_a_current_database_changes_nothing(run_cli: RunCli) -> None:
    assert run_cli("db", "upgrade", "--json").json() == {"changed": []}


@pytest.mark.own_database
def test_a_database_that_is_behind_is_told_and_brought_up(run_cli: RunCli, site: Site) -> None:
    for component in reversed(schema.components()):
        schema.downgrade(db.engine, component.name, "base")
    behind = run_cli("db", "status", "--json")
    assert behind.exit_code == 0
    assert behind.json()["up_to_date"] is False
    assert run_cli("replay").exit_code == 2
    assert "core" in run_cli("db", "upgrade", "--json").json()["changed"]
    assert run_cli("db", "status", "--json").json()["up_to_date"] is True


@pytest.mark.own_database
def test_one_component_alone_is_upgraded(run_cli: RunCli, site: Site) -> None:
    for component in reversed(schema.components()):
        schema.downgrade(db.engine, component.name, "base")
    assert run_cli("db", "upgrade", "--plugin", "core", "--json").json() == {"changed": ["core"]}


def test_an_unknown_plugin_cannot_be_upgraded(run_cli: RunCli) -> None:
    result = run_cli("db", "upgrade", "--plugin", "nothing", "--json")
    assert result.exit_code == 2
    assert result.json()["error"]["code"] == "unknown_plugin"


@pytest.mark.own_database
def test_a_missing_trigger_is_found(run_cli: RunCli, site: Site) -> None:
    on = " ON entry" if db.engine.dialect.name == "postgresql" else ""
    with db.engine.connect() as connection:
        with connection.execution_options(**{WRITE: True}).begin():
            connection.exec_driver_sql(f"DROP TRIGGER entry_no_delete{on}")
    result = run_cli("db", "check", "--json")
    assert result.exit_code == 1
    assert any("entry_no_delete" in complaint for complaint in result.json()["complaints"])


def test_an_upgrade_adds_the_kinds_of_plugins_that_came_later(run_cli: RunCli, site: Site) -> None:
    with unit_of_work() as session:
        root = make_tree(session)["street"].id
    plugin = make_plugin("later", activity_kinds=(KindInfo("later.reading", "读书会", True),))
    run_cli("db", "upgrade", host=demo_host(plugin))
    with read_scope() as session:
        assert "读书会" in _titles(session, root)


def _titles(session: Session, root: int) -> set[str]:
    return set(kinds_for(session, root))


@pytest.mark.parametrize("words", [["status"], ["check"]])
def test_looking_makes_no_site(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "nothing"
    env = {"POINTSYS_HOME": str(home), "POINTSYS_DATABASE_URL": None}
    result = CliRunner(env=env).invoke(cli, ["db", *words, "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "no_site"
    assert not home.exists()
