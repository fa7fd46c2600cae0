"""The queue of this site, opened when the first job needs it: loading Huey costs what a small command takes in all."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pointsys.core.database import db
from pointsys.core.site import current_site

if TYPE_CHECKING:
    from pointsys.kit.jobs import Queue

QUEUE_FILE = "queue.db"

log = logging.getLogger(__name__)

_queues: dict[str, Queue] = {}
# Homes whose jobs threads of this process do, with the question whether these are well.
_workers: dict[Path, Callable[[], bool]] = {}


def site_queue() -> Queue:
    """The queue of the current site."""
    from pointsys.kit.jobs import Queue

    site, url = current_site(), db.engine.url
    key = f"{site.home}|{url}"
    queue = _queues.get(key)
    if queue is None or queue.pid != os.getpid():
        # A connection that a parent process opened is not ours to use.
        target: Path | str = site.home / QUEUE_FILE
        if url.get_backend_name() == "postgresql":
            target = url.set(drivername="postgresql").render_as_string(hide_password=False)
        queue = _queues[key] = Queue(target)
    return queue


def close_queue() -> None:
    """Close what this process opened for the current site."""
    queue = _queues.pop(f"{current_site().home}|{db.engine.url}", None)
    if queue is not None and queue.pid == os.getpid():
        queue.close()


def publish(public_id: str) -> None:
    """Tell the workers of a job; where that fails the sweep does it within a minute, so it is never an error."""
    try:
        site_queue().submit(public_id)
    except Exception as error:  # noqa: BLE001  (the job is in its table, which is the truth)
        log.warning("job %s could not be put into the queue: %s", public_id, type(error).__name__)


def publish_lost(waiting: list[str]) -> int:
    """Tell the workers again of jobs that wait while the queue is empty; returns how many."""
    if not waiting:
        return 0
    if site_queue().waiting() == 0:
        for public_id in waiting:
            publish(public_id)
        return len(waiting)
    return 0


def announce_workers(home: Path, alive: Callable[[], bool] | None) -> None:
    """Say that this process has threads for the jobs of the site in ``home``, or (None) that it has no more."""
    if alive is None:
        _workers.pop(home, None)
    else:
        _workers[home] = alive


def workers_alive() -> bool | None:
    """Whether this process's threads are well; None when it has none."""
    alive = _workers.get(current_site().home)
    return None if alive is None else alive()
