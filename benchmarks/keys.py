"""A change of all keys while a writer goes on: values a second, and how much longer the writer waits than before."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import quantiles

from flask import Flask
from sqlalchemy import select

from benchmarks.town import open_site
from pointsys.core.actors import operator
from pointsys.core.database import db
from pointsys.core.people.models import Person
from pointsys.core.people.records import PHONE, PersonData
from pointsys.core.people.services import update_person
from pointsys.core.rotation.begin import begin
from pointsys.core.rotation.jobs import rest
from pointsys.core.rotation.move import move
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

BEFORE_SECONDS = 3.0
# A writer at a counter: some acts a second, and not one after the other without a breath.
PAUSE_SECONDS = 0.02


class Writer:
    """A thread that corrects one phone after the other, looks another up, and keeps how long each took."""

    def __init__(self, app: Flask, ids: list[int]) -> None:
        self.writes: list[float] = []
        self.lookups: list[float] = []
        self.missed = 0
        self._app, self._ids = app, ids
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        """Stop and wait for it."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with self._app.app_context():
            for number in count():
                if self._over.is_set():
                    break
                phone = f"15{number:09d}"
                self.writes.append(_timed(partial(self._write, number, phone)))
                self.lookups.append(_timed(partial(self._look_up, phone)))
                db.session.remove()
                time.sleep(PAUSE_SECONDS)

    def _write(self, number: int, phone: str) -> None:
        with unit_of_work(drain=False) as session:
            person = session.get_one(Person, self._ids[number * 7919 % len(self._ids)])
            update_person(session, person, PersonData(person.name, person.area_id, phone=phone), operator())

    def _look_up(self, phone: str) -> None:
        indexes = current_site().keyring.blind_indexes(PHONE, phone)
        with read_scope() as session:
            self.missed += session.scalar(select(Person.id).where(Person.phone_index.in_(indexes))) is None


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def p95(seconds: list[float]) -> float:
    """The longest of nineteen in twenty."""
    return quantiles(seconds, n=20)[-1]


def move_all(home: Path, url: str) -> dict[str, float]:
    """Change data and index keys, as the command does; seconds without the pause at the beginning."""
    with open_site(home, url).app_context():
        begin(("data", "index"), operator(), rest=time.sleep)
        began = time.perf_counter()
        result = move(operator(), step=lambda done, total: None, rest=rest)
        seconds = time.perf_counter() - began
        db.engine.dispose()
    return {"seconds": seconds, "moved": result.moved, "broken": len(result.broken), "left": result.left}


def measure(home: Path, url: str) -> dict[str, float]:
    """The writer's p95 before and during a change by another process in ms, and values a second."""
    app = open_site(home, url)
    with app.app_context():
        with read_scope() as session:
            ids = list(session.scalars(select(Person.id)))
        before = Writer(app, ids)
        time.sleep(BEFORE_SECONDS)
        before.end()
        during = Writer(app, ids)
        moved = _in_another_process(home, url)
        during.end()
        db.engine.dispose()
    if moved["broken"] or before.missed or during.missed:
        raise RuntimeError(f"{moved}; {before.missed} and {during.missed} look-ups missed")
    return {
        **moved, "acts": len(during.writes),
        "before_ms": 1_000 * p95(before.writes), "during_ms": 1_000 * p95(during.writes),
        "longest_ms": 1_000 * max(during.writes),
        "look_up_before_ms": 1_000 * p95(before.lookups), "look_up_ms": 1_000 * p95(during.lookups),
    }  # fmt: skip


def _in_another_process(home: Path, url: str) -> dict[str, float]:
    text = json.dumps({"home": str(home), "url": url})
    command = [sys.executable, "-m", "benchmarks.child", "keys_move", text]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
