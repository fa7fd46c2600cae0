"""What a piece of the program asks the database, how long that takes there, and how the database finds it.

The program runs once and its statements are written down; then each is sent again by the driver alone, until its time
is known. So neither the compiling of statements nor the pages are in the milliseconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import event

from pointsys.core.database import db

REPEATS = 15
LONGEST = 3.0
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET LOCAL")
_SCANS = re.compile(
    r"\bSCAN (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?"
    r"|(?:Seq Scan|Index (?:Only )?Scan(?: Backward)? using (?P<index2>\w+)) on (?P<table2>\w+)"
)
_PARTIAL = ("_waiting", "_open")


@dataclass(frozen=True)
class Sent:
    """A statement in the driver's words, with its values."""

    sql: str
    values: Any


@contextmanager
def watched() -> Iterator[list[Sent]]:
    """The statements that the block sends, in order, without those that only frame transactions."""
    sent: list[Sent] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        if not sql.startswith(_FRAME):
            sent.append(Sent(sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def asked(act: Callable[[], object]) -> list[Sent]:
    """The reading statements of ``act``, run twice so that nothing is asked for the first time."""
    act()
    with watched() as sent:
        act()
    return [one for one in sent if one.sql.lstrip().upper().startswith(("SELECT", "WITH"))]


def milliseconds(statements: Sequence[Sent], repeats: int = REPEATS) -> float:
    """How long the database takes for all of them: the sum of each one's median."""
    raw = db.engine.raw_connection()
    try:
        return sum(_median(raw.driver_connection, one, repeats) for one in statements)
    finally:
        raw.rollback()
        raw.close()


def _median(connection: Any, statement: Sent, repeats: int) -> float:
    times: list[float] = []
    cursor = connection.cursor()
    began = time.perf_counter()
    while len(times) < repeats and (time.perf_counter() - began < LONGEST or len(times) < 2):
        start = time.perf_counter()
        cursor.execute(statement.sql, statement.values)
        cursor.fetchall()
        times.append(time.perf_counter() - start)
    cursor.close()
    # The first one finds nothing prepared and nothing in memory.
    return 1_000 * median(times[1:])


def scanned(statements: Sequence[Sent]) -> dict[str, list[str]]:
    """Tables that are read from end to end, or by a whole index of all their rows, each with the statements."""
    found: dict[str, list[str]] = {}
    for one in statements:
        for table in set(_whole_tables(plan(one))):
            found.setdefault(table, []).append(one.sql)
    return found


def _whole_tables(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        met = _SCANS.search(line)
        if met is None:
            continue
        index, table = met["index"] or met["index2"], met["table"] or met["table2"]
        # An index over some of the rows is read as a whole on purpose; any other one is searched.
        partial = index is not None and index.endswith(_PARTIAL)
        searched = (
            "Scan" in line and index is not None and "Index Cond" in "".join(lines[number + 1 : number + 2])
        )
        if not partial and not searched:
            yield table


def plan(statement: Sent) -> list[str]:
    """The lines of the database's plan."""
    sqlite = db.engine.dialect.name == "sqlite"
    raw = db.engine.raw_connection()
    try:
        cursor: Any = raw.cursor()
        cursor.execute(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement.sql, statement.values)
        return [str(row[-1]) for row in cursor.fetchall()]
    finally:
        raw.rollback()
        raw.close()
