"""``pointsys init``: an empty site gets its root area, its kinds and its first plugins, once."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.cli import cli
from pointsys.core.activity_log.kinds import SHIPPED, kinds_for
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.plugin_info import KindInfo
from pointsys.core.site import Site
from pointsys.core.startup import root_area
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import Problem
from tests.conftest import MakeApp, RunCli
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import HAPPY, STREET

WORDS = ("init", "--area", STREET, "--name", "平安街道")


@pytest.fixture
def engine_name() -> str:
    """What is set up is the same on both; tests/core migrates both, and test_serve starts both."""
    return "sqlite"


def test_the_area_becomes_the_root_with_the_shipped_kinds(run_cli: RunCli, site: Site) -> None:
    result = run_cli(*WORDS, "--json")
    assert result.exit_code == 0
    assert result.json()["created"] is True
    with read_scope() as session:
        root = root_area(session)
        assert root is not None
        assert (root.code, root.name) == (STREET, "平安街道")
        assert {title for _code, title, _service in SHIPPED} <= kinds_for(session, root.id).keys()


def test_the_first_plugins_are_on_and_told_after_they_are(run_cli: RunCli, site: Site) -> None:
    told: list[tuple[str, bool]] = []

    def area_started(session: Session, area: Area, actor: Actor) -> None:
        told.append((area.code, "volunteer" in enabled_in(session, area.id)))

    first = make_plugin("volunteer", hooks={"area_started": area_started})
    other = make_plugin("other", hooks={"area_started": area_started})
    result = run_cli(*WORDS, "--json", host=demo_host(first, other))
    assert result.json()["plugins"] == ["volunteer"]
    assert told == [(STREET, True)]


def test_kinds_that_plugins_ship_are_added(run_cli: RunCli, site: Site) -> None:
    plugin = make_plugin("other", activity_kinds=(KindInfo("other.reading", "读书会", True),))
    run_cli(*WORDS, host=demo_host(plugin))
    with read_scope() as session:
        root = root_area(session)
        assert root is not None
        kind = kinds_for(session, root.id)["读书会"]
        assert (kind.code, kind.service) == ("other.reading", True)


def test_a_second_time_nothing_changes_and_it_says_so(run_cli: RunCli, site: Site) -> None:
    run_cli(*WORDS)
    with read_scope() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow))
    result = run_cli("init", "--area", STREET, "--name", "另一个名字", "--json")
    assert result.exit_code == 0
    assert result.json()["created"] is False
    assert result.json()["name"] == "平安街道"
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == before


def test_another_area_is_refused(run_cli: RunCli, site: Site) -> None:
    run_cli(*WORDS)
    result = run_cli("init", "--area", HAPPY, "--name", "幸福社区", "--json")
    assert result.exit_code == 2
    assert result.json()["error"]["code"] == "other_root"
    assert result.json()["error"]["field"] == "code"
    with read_scope() as session:
        assert session.scalars(select(Area.code)).all() == [STREET]


@pytest.mark.parametrize(("code", "name"), [("12345", "平安街道"), (STREET, " ")])
def test_a_bad_code_or_name_leaves_the_site_empty(run_cli: RunCli, site: Site, code: str, name: str) -> None:
    assert run_cli("init", "--area", code, "--name", name).exit_code == 2
    with read_scope() as session:
        assert root_area(session) is None


def test_a_plugin_that_cannot_start_undoes_everything(run_cli: RunCli, site: Site) -> None:
    def area_started(session: Session, area: Area, actor: Actor) -> None:
        raise Problem("no_preset", "The preset is missing.")

    plugin = make_plugin("volunteer", hooks={"area_started": area_started})
    result = run_cli(*WORDS, "--json", host=demo_host(plugin))
    assert result.exit_code == 2
    assert result.json()["error"]["code"] == "no_preset"
    with read_scope() as session:
        assert root_area(session) is None


def test_a_home_that_is_not_there_is_made_with_private_keys(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    env = {"POINTSYS_HOME": str(home), "POINTSYS_DATABASE_URL": None, "POINTSYS_DEBUG": "1"}
    result = CliRunner(env=env).invoke(cli, [*WORDS, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["home"] == str(home)
    assert (home / "pointsys.db").exists()
    if os.name == "posix":
        assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600
    again = CliRunner(env=env).invoke(cli, ["db", "check", "--json"])
    assert json.loads(again.stdout) == {"ok": True, "complaints": []}


def test_the_start_is_the_same_for_pages_and_commands(make_app: MakeApp, run_cli: RunCli) -> None:
    run_cli(*WORDS)
    with make_app().app_context(), read_scope() as session:
        assert root_area(session) is not None
