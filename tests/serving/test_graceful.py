"""R-23: both servers stop accepting on SIGTERM, answer what they have begun, hand jobs back, and lose nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.config import Config
from pointsys.core.actors import SYSTEM
from pointsys.core.audit import AuditRow
from pointsys.core.jobs import Job, enqueue, kinds, queue
from pointsys.core.jobs.running import run_waiting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import ROOT, FixedClock
from tests.serving.slow_jobs import ENDLESS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM, no gunicorn"),
]

PATIENCE = 60.0
REQUESTS = 6
SERVERS = {
    "waitress": [sys.executable, "-m", "tests.serving.slow_site", "{port}"],
    "gunicorn": [
        sys.executable, "-m", "gunicorn", "-c", "python:pointsys.serving.gunicorn_conf",
        "--bind", "127.0.0.1:{port}", "tests.serving.slow_site:app",
    ],
}  # fmt: skip


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something, with a deadline."""
    pause, deadline = Event(), time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        pause.wait(0.02)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def get(port: int, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        return answer.status, answer.read().decode()


def has_heard(site: Served, server: str) -> bool:
    """Whether the server is about to end; gunicorn's processes keep the door until they go, and let nobody in."""
    if server == "waitress":
        return not accepts(site.port)
    return "Handling signal: term" in (site.home / "server.log").read_text()


class Served:
    """A serving process, its port, and the file that lets its slow pages answer."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, home: Path) -> None:
        self.process, self.port, self.home = process, port, home

    def go(self) -> None:
        """Let the slow pages answer."""
        (self.home / "go").touch()


@contextmanager
def served(config: Config, server: str) -> Iterator[Served]:
    """Serve the test's site with one of ``SERVERS``."""
    port = free_port()
    environment = {
        **os.environ,
        "POINTSYS_HOME": str(config.home),
        "POINTSYS_DATABASE_URL": config.database_url,
        "POINTSYS_ALLOW_PLAIN_HTTP": "true",
        "PYTHONPATH": str(ROOT),
    }
    log = config.home / "server.log"
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [word.format(port=port) for word in SERVERS[server]],
            cwd=ROOT, env=environment, stdout=lines, stderr=lines,
        )  # fmt: skip
    site = Served(process, port, config.home)
    try:
        until(lambda: accepts(port) or process.poll() is not None, log.read_text())
        assert process.poll() is None, log.read_text()
        yield site
    finally:
        site.go()
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process knows the slow site's job as well."""
    monkeypatch.setattr(kinds, "SOURCES", (*kinds.SOURCES, "tests.serving.slow_jobs"))


def job_in(app: Flask) -> Job:
    """The one job, as it is now."""
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(Job)).one()
        session.expunge(found)
        return found


def order_endless(app: Flask, home: Path) -> None:
    """Order the endless job, and wait until the server is at it."""
    with app.app_context():
        with unit_of_work() as session:
            enqueue(session, ENDLESS, None, {}, SYSTEM)
        queue.close_queue()
    until(lambda: (home / "stepped").exists(), "the job was not taken")


@pytest.mark.parametrize("server", SERVERS)
def test_what_was_begun_is_answered_and_kept(
    app: Flask, site_config: Config, server: str, endless: None
) -> None:
    with served(site_config, server) as site, ThreadPoolExecutor(REQUESTS) as clients:
        order_endless(app, site.home)
        answers: list[Future[tuple[int, str]]] = [
            clients.submit(get, site.port, f"/slow?n={number}") for number in range(REQUESTS)
        ]
        until(lambda: len(list(site.home.glob("began-*"))) == REQUESTS, "not all requests began")
        site.process.send_signal(signal.SIGTERM)
        until(lambda: has_heard(site, server), "it does not end")
        assert not any(answer.done() for answer in answers)
        site.go()
        assert sorted(answer.result(PATIENCE) for answer in answers) == [
            (200, f"answer {number}") for number in range(REQUESTS)
        ]
        assert site.process.wait(PATIENCE) == 0
    with app.app_context(), read_scope() as session:
        kept = session.scalars(select(AuditRow.object_id).where(AuditRow.event == "slow")).all()
    assert sorted(kept) == [str(number) for number in range(REQUESTS)]
    job = job_in(app)
    assert (job.state, job.attempts, job.worker) == ("queued", 0, "")
    assert list((site_config.home / "serving").glob("*")) == []


@pytest.mark.parametrize("server", ["waitress"])
def test_a_job_survives_the_kill_of_its_process(
    app: Flask, site_config: Config, server: str, endless: None, clock: FixedClock
) -> None:
    with served(site_config, server) as site:
        order_endless(app, site.home)
        site.process.kill()
        site.process.wait(PATIENCE)
    lost = job_in(app)
    assert (lost.state, lost.attempts) == ("running", 1)
    assert lost.lease_until is not None
    clock.now = lost.lease_until
    with app.app_context():
        assert run_waiting("second:1") == 0
        clock.advance(seconds=1)
        assert run_waiting("second:1") == 1
    assert (job_in(app).state, job_in(app).attempts) == ("done", 2)
