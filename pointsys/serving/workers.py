"""The threads of a process that do a site's jobs, and the one that says every half minute that they are alive.

The latter also seals what the logs have got, every few seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pointsys.core import one_host
from pointsys.core.jobs import queue
from pointsys.core.jobs.running import worker_name
from pointsys.core.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from pointsys.kit.jobs import Consumer

BEAT_SECONDS = 30.0
SEAL_SECONDS = 5.0
SEALED_AT_ONCE = 50_000
STOP_SECONDS = 20.0

log = logging.getLogger(__name__)


def never() -> bool:
    """For a process that is told to stop by ``Workers.stop`` alone."""
    return False


class Workers:
    """Start and stop them from one thread. ``stopping`` may tell earlier than ``stop`` that the process is to end."""

    def __init__(self, app: Flask, *, threads: int = 2, stopping: Callable[[], bool] = never) -> None:
        self.app = app
        self.threads = threads
        self.name = worker_name()
        self._outside = stopping
        self._ending = threading.Event()
        self._consumer: Consumer | None = None
        self._keeper = threading.Thread(target=self._keep, name="job-keeper", daemon=True)

    def start(self) -> None:
        """Start: the first tick comes at once; with no ``threads`` the process only says that it serves the site.

        Raises Problem other_host on the second machine of a SQLite site.
        """
        with self.app.app_context():
            one_host.enter()
            if self.threads:
                self._consumer = queue.site_queue().consume(self._run, self._tick, self.threads)
                queue.announce_workers(self.app.extensions["pointsys"].home, lambda: self.alive)
        if self._consumer is not None:
            self._consumer.start()
        self._keeper.start()

    @property
    def alive(self) -> bool:
        """Whether every thread is there and takes jobs."""
        return self._keeper.is_alive() and (self._consumer is None or self._consumer.alive)

    def stopping(self) -> bool:
        """Whether jobs are to go back into the queue at their next step."""
        return self._ending.is_set() or self._outside()

    def ask_to_stop(self) -> None:
        """Take no further job; those at work go back at their next step."""
        self._ending.set()
        if self._consumer is not None:
            self._consumer.ask_to_stop()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End within ``seconds``; what still runs then is handed back for another process to do again."""
        self.ask_to_stop()
        deadline = time.monotonic() + seconds
        ended = self._consumer is None or self._consumer.stop(seconds)
        self._keeper.join(max(0.0, deadline - time.monotonic()))
        with self.app.app_context():
            if not ended:
                self._give_back()
            queue.announce_workers(self.app.extensions["pointsys"].home, None)
            queue.close_queue()
            one_host.leave()

    def _give_back(self) -> None:
        from pointsys.core.jobs import services

        try:
            with unit_of_work(drain=False) as session:
                services.hand_back_all(session, self.name)
        except Exception as error:  # noqa: BLE001  (the process ends; the leases end by themselves)
            log.warning("jobs could not be handed back: %s", type(error).__name__)

    def _run(self, public_id: str) -> None:
        from pointsys.core.jobs.running import run_job

        self._guarded("a job could not be written down", lambda: run_job(public_id, self.name, self.stopping))

    def _tick(self) -> None:
        from pointsys.core.jobs.periodic import tick

        self._guarded("what is done regularly failed", lambda: tick(self.stopping))

    def _keep(self) -> None:
        from pointsys.core.audit.sealer import seal
        from pointsys.core.jobs import services

        def say_so() -> None:
            one_host.beat()
            with unit_of_work(drain=False) as session:
                services.renew(session, self.name)

        beaten = time.monotonic()
        while not self._ending.wait(SEAL_SECONDS):
            if self.threads:
                # Some at a time: after a large import this thread still has to say that the process lives.
                self._guarded("the audit log could not be sealed", lambda: seal(most=SEALED_AT_ONCE))
            if time.monotonic() - beaten >= BEAT_SECONDS:
                beaten = time.monotonic()
                self._guarded("leases could not be renewed", say_so)

    def _guarded(self, what: str, act: Callable[[], object]) -> None:
        try:
            with self.app.app_context():
                act()
        except Exception as error:  # noqa: BLE001  (the database may be back the next time)
            log.warning("%s: %s", what, type(error).__name__)


def workers_for(app: Flask, *, threads: int = 2, stopping: Callable[[], bool] = never) -> Workers:
    """The workers that a serving process of this site is to have by its setting ``jobs``."""
    return Workers(app, threads=threads if app.config["POINTSYS"].jobs == "threads" else 0, stopping=stopping)
