"""R-20, A98: the file of a SQLite site belongs to one machine; its processes may be several."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from pointsys.core import one_host
from pointsys.core.site import Site
from pointsys.kit.problems import Problem
from pointsys.serving.startup import NotReady, require_ready
from pointsys.serving.workers import Workers
from tests.conftest import FixedClock, RunCli

HERE, THERE = ("office-pc", "boot-1"), ("other-pc", "boot-2")


@pytest.fixture
def engine_name() -> str:
    """Only files have this trouble; the last test says so of PostgreSQL."""
    return "sqlite"


def on(monkeypatch: pytest.MonkeyPatch, host: tuple[str, str], pid: int = 1) -> None:
    """What follows happens on another machine, or in another process."""
    monkeypatch.setattr(one_host, "this_host", lambda: host)
    monkeypatch.setattr(os, "getpid", lambda: pid)


def test_a_second_machine_is_refused_with_the_first_one_s_name(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, HERE)
    one_host.enter()
    on(monkeypatch, THERE)
    with pytest.raises(Problem) as refused:
        one_host.enter()
    assert refused.value.code == "other_host"
    assert refused.value.params == {"host": "office-pc"}
    on(monkeypatch, HERE)
    assert one_host.other_host() is None


def test_several_processes_of_one_machine_are_welcome(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for pid in (1, 2, 3):
        on(monkeypatch, HERE, pid)
        one_host.enter()
    assert len(list((site.home / one_host.FOLDER).iterdir())) == 3


def test_containers_of_one_machine_are_one_machine(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ("container-1", "boot-1"))
    one_host.enter()
    on(monkeypatch, ("container-2", "boot-1"))
    one_host.enter()


def test_a_machine_that_was_started_anew_is_the_same(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, HERE)
    one_host.enter()
    on(monkeypatch, ("office-pc", "boot-7"), 9)
    one_host.enter()


def test_after_a_proper_end_another_machine_may_take_over_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, HERE)
    one_host.enter()
    one_host.leave()
    on(monkeypatch, THERE)
    one_host.enter()


def test_after_a_crash_it_may_after_three_minutes(
    site: Site, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, HERE)
    one_host.enter()
    on(monkeypatch, THERE)
    clock.advance(minutes=2)
    with pytest.raises(Problem):
        one_host.enter()
    clock.advance(minutes=2)
    one_host.enter()
    assert [path.name for path in (site.home / one_host.FOLDER).iterdir()] == ["other-pc-1"]


def test_a_machine_that_says_it_is_alive_stays(
    site: Site, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, HERE)
    one_host.enter()
    clock.advance(minutes=2)
    one_host.beat()
    clock.advance(minutes=2)
    on(monkeypatch, THERE)
    assert one_host.other_host() == "office-pc"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"host": "x", "boot": "", "beat": "soon"}']
)
def test_a_file_that_says_nothing_stops_nobody(site: Site, content: bytes) -> None:
    folder = site.home / one_host.FOLDER
    folder.mkdir()
    (folder / "x-1").write_bytes(content)
    one_host.enter()


def occupied(home: Path, clock: FixedClock) -> None:
    """Another machine serves the site."""
    folder = home / one_host.FOLDER
    folder.mkdir()
    text = f'{{"host": "office-pc", "boot": "no-such-boot", "beat": "{clock.now.isoformat()}"}}'
    (folder / "office-pc-1").write_text(text)


def test_servers_workers_and_commands_ask(app: Flask, run_cli: RunCli, clock: FixedClock, site: Site) -> None:
    occupied(site.home, clock)
    with pytest.raises(Problem, match="machine"):
        require_ready(app)
    with pytest.raises(Problem) as refused:
        Workers(app).start()
    assert refused.value.code == "other_host"
    result = run_cli("replay", "--json")
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "other_host")
    doctor = {check["name"]: check for check in run_cli("doctor", "--json").json()["checks"]}
    assert doctor["host"]["state"] == "red"
    assert "office-pc" in doctor["host"]["message"]


def test_a_database_that_is_behind_is_not_served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from pointsys.core import schema

    monkeypatch.setattr(schema, "status", lambda engine: [schema.Status("core", "0001", "0002")])
    with pytest.raises(NotReady, match="pointsys db upgrade"):
        require_ready(app)


class TestOnPostgres:
    """A server has its own locks."""

    @pytest.fixture
    def engine_name(self) -> str:
        """The other engine."""
        return "postgresql"

    @pytest.mark.postgres
    def test_a_server_takes_several_machines(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        for host in (HERE, THERE):
            on(monkeypatch, host)
            one_host.enter()
        assert not (site.home / one_host.FOLDER).exists()
