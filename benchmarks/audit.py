"""The proof of the logs: what an audit row costs its writer, how fast rows are sealed and all is checked.

The row without proof is what was written before there were marks: the same statement, a plain digest, no nonce. Both
take turns. A writer beside the sealer is measured with sealing every tenth of a second, far more often than it is done.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from benchmarks.town import open_site
from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.database import db, table_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

ROUNDS = 9
ROWS = 500
ACTS = 400
FILL = 20_000
STAFF = Actor("worker", address="10.0.0.7", account="abcdefghijkmnpqr")
_numbers = count(1)


def measure(home: Path, url: str, rows: int = FILL) -> dict[str, float]:
    """Ratios and rates; the site is left with some 30,000 rows more, or 10,000 and ``rows`` if these are few."""
    app = open_site(home, url)
    with app.app_context():
        seal()
        found = _writing() | _beside(app)
        with unit_of_work(drain=False) as session:
            for _ in range(min(rows, FILL)):
                _write(session)
        began = time.perf_counter()
        sealed = seal()
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        report = verify()
        checking = time.perf_counter() - began
        assert report.ok, report.findings
        with read_scope() as session:
            blocks = session.scalar(select(func.count()).select_from(table_of(audit.AuditBlock))) or 0
        db.engine.dispose()
    checked = sum(report.checked.values())
    return found | {
        "sealed_per_s": sealed / seconds, "checked_per_s": checked / checking, "checked": checked, "blocks": blocks,
    }  # fmt: skip


def _write(session: Session) -> None:
    number = next(_numbers)
    audit.write(
        session, STAFF, "person.updated", "person", f"p{number}", before={"n": number}, after={"n": -number}
    )


_PLAIN = insert(table_of(audit.AuditRow))


def _plain(session: Session) -> None:
    number = next(_numbers)
    states = [json.dumps({"n": n}, sort_keys=True, separators=(",", ":")).encode() for n in (number, -number)]
    before, after = (hashlib.sha256(state).hexdigest() for state in states)
    row = {
        "at": current_site().now(), "actor": STAFF.label, "event": "person.updated", "object_type": "person",
        "object_id": f"p{number}", "area_id": None, "result": audit.OK, "address": STAFF.address,
        "before_digest": before, "after_digest": after, "count": 1,
    }  # fmt: skip
    session.execute(_PLAIN, [row])


class _TakenBack(Exception):
    """Ends a round without leaving its rows."""


def _timed(one: Callable[[Session], None]) -> float:
    seconds = 0.0
    try:
        with unit_of_work(drain=False) as session:
            began = time.perf_counter()
            for _ in range(ROWS):
                one(session)
            seconds = time.perf_counter() - began
            raise _TakenBack
    except _TakenBack:
        return seconds


def _writing() -> dict[str, float]:
    """Microseconds of a row with and without proof inside a transaction, and the median of the rounds' ratios."""
    _timed(_plain), _timed(_write)
    rounds = [(_timed(_plain), _timed(_write)) for _ in range(ROUNDS)]
    return {
        "plain_us": 1e6 * median(plain for plain, _ in rounds) / ROWS,
        "write_us": 1e6 * median(proved for _, proved in rounds) / ROWS,
        "write_ratio": median(proved / plain for plain, proved in rounds),
    }


def _acts() -> float:
    """Seconds for small acts, each with its row and its commit."""
    began = time.perf_counter()
    for _ in range(ACTS):
        with unit_of_work(drain=False) as session:
            _write(session)
    return time.perf_counter() - began


def _beside(app: Flask) -> dict[str, float]:
    """How much longer small acts take while a sealer works beside them."""
    ratios = []
    for _ in range(3):
        alone = _acts()
        over = threading.Event()

        def sealing(over: threading.Event = over) -> None:
            with app.app_context():
                while not over.wait(0.1):
                    seal()

        thread = threading.Thread(target=sealing)
        thread.start()
        beside = _acts()
        over.set()
        thread.join()
        ratios.append(beside / alone)
    with unit_of_work(drain=False) as session:
        audit.write(session, SYSTEM, "site.started", "area", "x")
    return {"beside_ratio": median(ratios)}
