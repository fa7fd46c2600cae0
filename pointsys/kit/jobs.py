"""The seam around Huey: a queue of names that outlives processes, and threads that take from it.

What a name stands for is the caller's business: Huey carries nothing but names, as JSON, and whoever takes one asks
the table of jobs whether it is still to be done. So a name that was lost or comes twice does no harm. SQLite sites
keep the queue in a file of its own, so that the one writer of their database is free; PostgreSQL sites keep it in
tables ``huey_*`` that every node sees.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey.api import Huey
from huey.consumer import Consumer as HueyConsumer
from huey.consumer import Scheduler
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage, SqliteStorage

TICK_SECONDS = 60
LOOK_SECONDS = 1.0
_NAME = "run_job"
# A database that is away is one line a minute in the log, not a traceback a second.
_SAY_AGAIN_SECONDS = 60.0

log = logging.getLogger(__name__)


class _Json(Serializer):  # type: ignore[misc]
    """Names do not need pickle, which would run whatever somebody put into the queue's file."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


class _Calm(logging.Filter):
    """Lets a message through once a minute and without its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._said.get(str(record.msg), -_SAY_AGAIN_SECONDS) < _SAY_AGAIN_SECONDS:
            return False
        self._said[str(record.msg)] = now
        record.exc_info = None
        return True


_CALM = _Calm()


def _nothing(_name: str) -> None:
    """What a process that only hands names in would do with them."""


class Queue:
    """Names of jobs to be run. ``target`` is the path of a SQLite file or the address of a PostgreSQL database."""

    def __init__(self, target: Path | str) -> None:
        storage = SqliteStorage if isinstance(target, Path) else PostgresStorage
        where = {"filename": str(target)} if isinstance(target, Path) else {"dsn": target, "blocking": False}
        self._huey = Huey(
            "pointsys", results=False, serializer=_Json(), storage_class=storage, create_tables=False, **where
        )
        self._run: Callable[[str], None] = _nothing
        self._task = self._huey.task(name=_NAME)(self._take)
        self._ready = False
        self.pid = os.getpid()

    def _take(self, name: str) -> None:
        self._run(name)

    def _prepare(self) -> None:
        """Make Huey's tables; two processes that do so at once collide on PostgreSQL, so the second looks again."""
        if self._ready:
            return
        storage = self._huey.storage
        try:
            storage.initialize_schema()
        except Exception:
            if isinstance(storage, SqliteStorage):
                raise
            storage.initialize_schema()
        self._ready = True

    def submit(self, name: str) -> None:
        """Put ``name`` in; raises the database's error when it is away."""
        self._prepare()
        self._task(name)

    def waiting(self) -> int:
        """How many names nobody has taken yet."""
        self._prepare()
        return int(self._huey.storage.queue_size())

    def consume(self, run: Callable[[str], None], tick: Callable[[], None], workers: int) -> Consumer:
        """Threads that call ``run`` with each name, and ``tick`` now and every minute; both must not raise."""
        self._prepare()
        self._run = run
        return Consumer(self._huey, tick, workers)

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        self._huey.storage.close()


class _TickingScheduler(Scheduler):  # type: ignore[misc]
    """Huey's clock. It calls ``tick`` in its own thread: long jobs in all workers must not hold the clock up."""

    tick: Callable[[], None]
    _next_periodic: float

    def enqueue_periodic_tasks(self, now: Any) -> None:
        self.tick()

    def loop(self, now: Any = None) -> None:
        current = time.monotonic()
        if self._next_periodic <= current:
            self._next_periodic = current + TICK_SECONDS
            self.enqueue_periodic_tasks(now)
        self.sleep_for_interval(current, LOOK_SECONDS)


class _Threads(HueyConsumer):  # type: ignore[misc]
    """Huey's consumer without its hold on the process: signals belong to the server that runs beside it."""

    scheduler_class = _TickingScheduler

    def _set_signal_handlers(self) -> None:
        pass


class Consumer:
    """Running threads; ``stop`` ends them."""

    def __init__(self, huey: Huey, tick: Callable[[], None], workers: int) -> None:
        for name in ("huey.consumer.Worker", "huey.consumer.Scheduler"):
            logging.getLogger(name).addFilter(_CALM)
        scheduler = type("_Scheduler", (_TickingScheduler,), {"tick": staticmethod(tick)})
        consumer = type("_Consumer", (_Threads,), {"scheduler_class": scheduler})
        self._inside = consumer(huey, workers=workers, max_delay=LOOK_SECONDS, check_worker_health=False)

    def start(self) -> None:
        """Start the threads; the first tick comes at once."""
        self._inside.start()

    @property
    def alive(self) -> bool:
        """Whether every thread is still there."""
        return all(thread.is_alive() for thread in self._threads())

    def ask_to_stop(self) -> None:
        """Take no further name."""
        self._inside.stop_flag.set()

    def stop(self, seconds: float) -> bool:
        """End the threads, waiting at most ``seconds`` for what they are at; returns whether all have ended."""
        self.ask_to_stop()
        deadline = time.monotonic() + seconds
        for thread in self._threads():
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads())

    def _threads(self) -> list[threading.Thread]:
        return [self._inside.scheduler, *(thread for _worker, thread in self._inside.worker_threads)]
