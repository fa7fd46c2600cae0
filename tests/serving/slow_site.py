"""A site with a page that takes as long as a test wants, and a job that never ends by itself.

``python -m tests.serving.slow_site PORT`` serves it as ``pointsys serve`` does; gunicorn takes ``app``.
"""

from __future__ import annotations

import sys
from threading import Event

from flask import request

from pointsys import wsgi
from pointsys.access import public
from pointsys.commands.serve import run_server
from pointsys.core import audit
from pointsys.core.actors import SYSTEM
from pointsys.core.jobs import kinds
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from tests.serving.slow_jobs import LOOK_SECONDS


@public
def slow() -> str:
    """Say that it has begun, wait for the test, then write a row and answer."""
    home, number = current_site().home, request.args["n"]
    (home / f"began-{number}").touch()
    pause = Event()
    # The test has a deadline, and makes the file in any case.
    while not (home / "go").exists():
        pause.wait(LOOK_SECONDS)
    with unit_of_work() as session:
        audit.write(session, SYSTEM, "slow", "request", number)
    return f"answer {number}"


kinds.SOURCES = (*kinds.SOURCES, "tests.serving.slow_jobs")
wsgi.site.add_url_rule("/slow", "slow", slow)
app = wsgi.app

if __name__ == "__main__":
    run_server(wsgi.site, "127.0.0.1", int(sys.argv[1]), lambda port: None)
