"""Goal 15: what a running site takes, master and two workers, after pages of every kind were asked for.

The proportional set size counts a page that processes share once among them, so that the sum is what the machine lacks.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlalchemy import select

from benchmarks.log import OFFICE
from benchmarks.town import open_site
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.unit_of_work import read_scope, unit_of_work

START_LIMIT = 60.0
ROUNDS = 3
PAGES = ("", "people", "log", "activities", "volunteer/ranking", "volunteer/hours?period=2026", "plugins")


def measure(home: Path, url: str) -> dict[str, float]:
    """Megabytes of gunicorn's master and workers, and how many of the pages answered with 200."""
    codes, secret = _session(home, url)
    with server(home, url) as (master, address):
        answers = 0
        for _ in range(ROUNDS):
            for code in codes:
                for page in PAGES:
                    answers += _get(f"{address}/a/{code}/{page}", secret) == 200
        sizes = {pid: _megabytes(pid) for pid in [master, *_children(master)]}
    return {"megabytes": sum(sizes.values()), "processes": len(sizes), "answers": answers}


def _session(home: Path, url: str) -> tuple[list[str], str]:
    """Codes of an area of each level, and the cookie of a signed-in account."""
    from flask.sessions import SecureCookieSessionInterface

    from pointsys.web.session import TOKEN

    app = open_site(home, url, web=True)
    with app.app_context():
        with unit_of_work(drain=False) as session:
            account = session.scalars(select(Account).where(Account.login == OFFICE)).one()
            token = account_sessions.open_session(session, account, "127.0.0.1", "benchmark").token
        with read_scope() as session:
            codes = {
                level: session.scalars(select(Area.code).where(Area.level == level).limit(1)).first()
                for level in ("city", "county", "subdistrict", "community", "grid")
            }
        db.engine.dispose()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps({TOKEN: token})}"
    return [code for code in codes.values() if code], cookie


@contextmanager
def server(home: Path, url: str) -> Iterator[tuple[int, str]]:
    """Serve a site with gunicorn as it is delivered, two workers; process id of its master and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "POINTSYS_HOME": str(home), "POINTSYS_DATABASE_URL": url, "POINTSYS_PORT": str(port),
        "POINTSYS_HOST": "127.0.0.1", "POINTSYS_ALLOW_PLAIN_HTTP": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "python:pointsys.serving.gunicorn_conf"]
    with (home / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process)
            yield process.pid, address
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and process.poll() is None:
        if _get(f"{address}/healthz") == 200:
            return
        time.sleep(0.2)
    raise RuntimeError("gunicorn did not start")


def _get(address: str, cookie: str = "") -> int:
    """The status of a page; 0 when nobody answers."""
    request = Request(address, headers={"Cookie": cookie} if cookie else {})  # noqa: S310  our own server
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()
            return int(answer.status)
    except URLError as error:
        return int(getattr(error, "code", 0))


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not tell the proportional set size")
