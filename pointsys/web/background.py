"""Work that outlasts a request: a thread of this process, watched through the batch it works on.

A process that ends takes its threads along; the batch's beat then stops, and its page offers to go on or discard.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask, current_app

from pointsys.core.batches import Batch
from pointsys.core.imports.staging import note_problem
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem

log = logging.getLogger(__name__)

# Up to here somebody waits for the answer without wondering.
INLINE_ROWS = 2_000
FAILED = N_("Something went wrong on our side. Nothing was imported; try again, or tell the IT office.")

_running: dict[int, threading.Thread] = {}
_lock = threading.Lock()


def is_running(batch_id: int) -> bool:
    """Whether a thread of this process works on the batch."""
    with _lock:
        thread = _running.get(batch_id)
        return thread is not None and thread.is_alive()


def wait_for(batch_id: int, seconds: float) -> None:
    """Wait until the work on a batch is done, at most ``seconds``."""
    with _lock:
        thread = _running.get(batch_id)
    if thread is not None:
        thread.join(seconds)


def run(batch_id: int, rows: int, work: Callable[[], None]) -> None:
    """Do ``work`` at once for a small batch, else in a thread; a thread's refusal is kept with the batch.

    Raises what ``work`` raises when it is done at once.
    """
    if rows <= INLINE_ROWS:
        work()
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = threading.Thread(target=_run, args=(app, batch_id, work), name=f"import-{batch_id}", daemon=True)
    with _lock:
        known = _running.get(batch_id)
        if known is not None and known.is_alive():
            return
        _running[batch_id] = thread
        thread.start()


def _run(app: Flask, batch_id: int, work: Callable[[], None]) -> None:
    with app.app_context():
        try:
            work()
        except Problem as problem:
            _keep(batch_id, problem)
        except Exception:
            log.exception("import %s failed", batch_id)
            _keep(batch_id, Problem("failed", FAILED))
        finally:
            with _lock:
                _running.pop(batch_id, None)


def _keep(batch_id: int, problem: Problem) -> None:
    with unit_of_work(drain=False) as session:
        note_problem(session.get_one(Batch, batch_id), problem)
