"""``pointsys serve``: what it refuses, what it prepares, and that it answers."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from pointsys.cli import cli
from pointsys.commands.serve import prepare_database, run_server
from pointsys.core import schema
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts.models import OneTimeLink
from pointsys.core.database import db
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import Problem


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


class _Stop(Exception):
    """Ends a server before it has begun to serve."""


def test_a_taken_port_is_refused_with_the_cure(app: Flask, taken_port: int) -> None:
    with pytest.raises(Problem, match="--port") as refused:
        run_server(app, "127.0.0.1", taken_port, lambda port: None)
    assert refused.value.code == "port_taken"


def test_without_a_wish_the_next_free_port_is_taken(app: Flask, taken_port: int) -> None:
    bound: list[int] = []

    def announce(port: int) -> None:
        bound.append(port)
        raise _Stop

    with pytest.raises(_Stop):
        run_server(app, "127.0.0.1", taken_port, announce, try_next=True)
    assert bound[0] > taken_port


@pytest.mark.own_database
def test_an_empty_database_is_prepared(site: Site) -> None:
    for component in reversed(schema.components()):
        schema.downgrade(db.engine, component.name, "base")
    prepare_database()
    assert schema.check(db.engine) == []


@pytest.mark.own_database
def test_a_database_that_is_behind_is_refused_with_the_command_to_run(site: Site) -> None:
    last = schema.components()[-1]
    if last.name == schema.CORE:
        pytest.skip("no plugin has tables")
    schema.downgrade(db.engine, last.name, "base")
    with pytest.raises(Problem, match="pointsys db upgrade") as refused:
        prepare_database()
    assert refused.value.code == "database_behind"


@contextlib.contextmanager
def _running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pointsys", *words]
    env = {"POINTSYS_HOME": str(home), "PATH": "", "PYTHONIOENCODING": "utf-8", "POINTSYS_LANGUAGE": "en"}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _read_until(process: subprocess.Popen[str], pattern: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    raise AssertionError("".join(lines))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_empty_site_prints_its_first_run_link_and_answers(tmp_path: Path) -> None:
    port = _free_port()
    with _running(tmp_path / "home", "serve", "--port", str(port)) as process:
        lines = _read_until(process, "/first-run/")
        assert f"http://127.0.0.1:{port}" in lines[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in") as answer:
            assert answer.status == 200


def test_the_demonstration_is_up_with_one_command(tmp_path: Path) -> None:
    words = ("demo", "--people", "100", "--days", "30", "--port", str(_free_port()))
    with _running(tmp_path / "home", *words) as process:
        lines = _read_until(process, "Serving on")
        link = next(m[0] for line in lines if (m := re.search(r"http://\S+/l/\S+", line)))
        with urllib.request.urlopen(link) as answer:  # noqa: S310  (the address is our own)
            assert answer.status == 200
            assert "Demonstration:" in answer.read().decode()


def test_the_first_run_link_is_for_the_first_run_only(tmp_path: Path, site: Site) -> None:
    from pointsys.commands.links import first_run_link
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work() as session:
        token = first_run_link(session, "http://x").rsplit("/", 1)[1]
    with read_scope() as session:
        assert session.scalars(select(OneTimeLink.purpose)).all() == [account_links.FIRST_RUN]
        assert account_links.link_is_good(session, token, account_links.SIGN_IN) is None


def test_a_setting_at_fault_is_named(tmp_path: Path) -> None:
    env = {"POINTSYS_HOME": str(tmp_path), "POINTSYS_TIMEZONE": "Moon/Base"}
    result = CliRunner(env=env).invoke(cli, ["serve"])
    assert result.exit_code == 2
    assert "Moon/Base" in result.stderr
