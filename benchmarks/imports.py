"""Goals 4 and 5: a sheet of entries, imported as the command line does it, and the memory that takes."""

from __future__ import annotations

import resource
import sys
import time
from datetime import date
from pathlib import Path

from sqlalchemy import select

from benchmarks.town import open_site, write_sheet
from pointsys.core.actors import operator
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.imports.runner import import_file
from pointsys.core.pending import pending_count
from pointsys.core.unit_of_work import read_scope

DAYS = {".csv": date(2026, 5, 6), ".xlsx": date(2026, 6, 6)}


def write(home: Path, suffix: str, rows: int, people: int) -> dict[str, float]:
    """Write the sheet, in a process of its own, so that it is not counted in the importer's memory."""
    path = _path(home, suffix)
    write_sheet(path, rows, people, DAYS[suffix])
    return {"megabytes": path.stat().st_size / 1e6}


def _path(home: Path, suffix: str) -> Path:
    return home / f"entries{suffix}"


def measure(home: Path, url: str, suffix: str, rows: int) -> dict[str, float]:
    """Seconds until the entries are committed and until no mark is pending, and the largest memory in MB."""
    app = open_site(home, url)
    committed: list[float] = []

    def watch(phase: str, done: int, total: int) -> None:
        if phase == "deriving" and not committed:
            committed.append(time.perf_counter())

    with app.app_context():
        with read_scope() as session:
            root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        began = time.perf_counter()
        path = _path(home, suffix)
        report = import_file("activity_log", path, path.name, root, operator(), progress=watch)
        ended = time.perf_counter()
        with read_scope() as session:
            left = pending_count(session)
        db.engine.dispose()
    created = report.outcome.counts["created"]
    if created != rows or left:
        raise RuntimeError(
            f"{created} of {rows} rows were created, {left} marks are left: {report.errors[:3]}"
        )
    return {
        "commit_seconds": (committed[0] if committed else ended) - began,
        "all_seconds": ended - began,
        "megabytes": peak_megabytes(),
    }


def peak_megabytes() -> float:
    """The largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
