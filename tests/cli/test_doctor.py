"""``pointsys doctor``: green on a healthy site, red with the cure otherwise."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pointsys.cli import cli
from pointsys.commands.doctor import OK, RED, WARNING
from pointsys.core import health
from pointsys.core.activity_log.models import Pending
from pointsys.core.areas.services import find_area
from pointsys.core.database import WRITE, db
from pointsys.core.key_file import load_or_create
from pointsys.core.pending import FAILURES_TO_QUARANTINE, note_failure
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import CliResult, FixedClock, RunCli
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import HAPPY, make_account, make_person, make_tree


def _states(result: CliResult) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check in result.json()["checks"]:
        found.setdefault(check["name"], []).append(check["state"])
    return found


@pytest.fixture
def started(site: Site) -> Site:
    """A site with areas, somebody to sign in, and keys of its own on disk."""
    load_or_create(site.home / "keys.json")
    with unit_of_work() as session:
        make_tree(session)
        make_account(session)
    return site


def test_a_healthy_site_is_green(run_cli: RunCli, started: Site) -> None:
    result = run_cli("doctor", "--json", host=demo_host())
    assert result.exit_code == 0
    assert result.json()["ok"] is True
    assert {state for states in _states(result).values() for state in states} <= {OK, WARNING}


def test_without_json_each_check_is_a_line(run_cli: RunCli, started: Site) -> None:
    result = run_cli("doctor", host=demo_host())
    assert len(result.stdout.splitlines()) == len(
        run_cli("doctor", "--json", host=demo_host()).json()["checks"]
    )


@pytest.mark.own_database
def test_a_missing_trigger_is_red(run_cli: RunCli, started: Site) -> None:
    on = " ON audit" if db.engine.dialect.name == "postgresql" else ""
    with db.engine.connect() as connection:
        with connection.execution_options(**{WRITE: True}).begin():
            connection.exec_driver_sql(f"DROP TRIGGER audit_no_delete{on}")
    result = run_cli("doctor", "--json", host=demo_host())
    assert result.exit_code == 1
    assert RED in _states(result)["migrations"]


def test_a_plugin_that_could_not_be_loaded_is_red(run_cli: RunCli, started: Site) -> None:
    host = demo_host()
    host.skipped["broken"] = "ImportError: no such module"
    result = run_cli("doctor", "--json", host=host)
    assert result.exit_code == 1
    assert RED in _states(result)["plugins"]


def test_a_stopped_plugin_is_red_and_waiting_results_are_a_warning(run_cli: RunCli, started: Site) -> None:
    with unit_of_work(drain=False) as session:
        area = find_area(session, HAPPY)
        assert area is not None
        person = make_person(session, area)
        session.add(Pending(plugin="demo", person_id=person.id, n=1))
    for _ in range(FAILURES_TO_QUARANTINE):
        note_failure("demo", "derive", RuntimeError())
    result = run_cli("doctor", "--json", host=demo_host(make_plugin("demo")))
    assert result.exit_code == 1
    assert RED in _states(result)["plugins"]
    assert _states(result)["results"] == [WARNING]


def test_an_empty_site_is_no_fault(run_cli: RunCli, site: Site) -> None:
    load_or_create(site.home / "keys.json")
    result = run_cli("doctor", "--json", host=demo_host())
    assert result.exit_code == 0
    assert _states(result)["area"] == [WARNING]


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_keys_that_others_can_read_are_red(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_or_create(path)
    (well,) = health.keys(path)
    path.chmod(0o640)
    (open_to_others,) = health.keys(path)
    assert well.ok
    assert not open_to_others.ok
    assert "chmod 600" in open_to_others.cure


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 7, 1), OK),
        (date(2026, 11, 30), OK),
        (date(2026, 12, 1), WARNING),
        (date(2027, 1, 1), RED),
    ],
)
def test_holidays_are_asked_for_when_their_notice_is_out(
    site: Site, clock: FixedClock, today: date, state: str
) -> None:
    clock.now = datetime.combine(today, time(12), site.timezone)
    (check,) = health.calendar(site.home)
    assert (OK if check.ok else WARNING if check.warning else RED) == state


def test_where_no_site_is_the_doctor_says_so_and_makes_none(tmp_path: Path) -> None:
    home = tmp_path / "nothing"
    result = CliRunner(env={"POINTSYS_HOME": str(home), "POINTSYS_DATABASE_URL": None}).invoke(
        cli, ["doctor"]
    )
    assert result.exit_code == 1
    assert "pointsys init" in result.stdout
    assert not home.exists()
