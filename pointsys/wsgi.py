"""The site as a WSGI application for gunicorn and others: ``gunicorn -c python:pointsys.serving.gunicorn_conf``.

Loading it makes no connection that a fork would share. The threads that do jobs begin with ``start_workers``, which
the settings for gunicorn call in each worker process; under another server they begin with the first request.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

from pointsys.app import create_app
from pointsys.core.jobs.results import use_temp_folder
from pointsys.serving.startup import require_ready
from pointsys.serving.workers import Workers, never, workers_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

site = create_app()
require_ready(site)
use_temp_folder(site.config["POINTSYS"].home)

_workers: dict[int, Workers] = {}
_lock = Lock()


def start_workers(stopping: Callable[[], bool] = never) -> Workers:
    """The job threads of this process, started now unless they are there; ``stopping`` as in ``Workers``."""
    with _lock:
        found = _workers.get(os.getpid())
        if found is None:
            found = _workers[os.getpid()] = workers_for(site, threads=1, stopping=stopping)
            found.start()
        return found


def stop_workers() -> None:
    """End the job threads of this process, if it has any, and hand back what they are at."""
    with _lock:
        found = _workers.pop(os.getpid(), None)
    if found is not None:
        found.stop()


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request."""
    if os.getpid() not in _workers:
        start_workers()
    answer: Any = site(environ, start_response)
    return answer  # type: ignore[no-any-return]
