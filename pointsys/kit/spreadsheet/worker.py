"""Reading an untrusted workbook in a process of its own, with a ceiling on memory and time.

The parent writes one line of JSON and the file's bytes, the child answers with JSON. Not pickle: a child that
was taken over by a hostile file must not be able to make the parent run anything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet.limits import BROWSER, CellValue, Kind, Limits, Source, load
from pointsys.kit.spreadsheet.reader import Workbook, read_rows

_ROOT = Path(__file__).resolve().parents[3]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from pointsys.kit.spreadsheet.worker import main; main()"
)
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
_SECONDS_TO_START = 10

TOO_SLOW = N_(
    "Reading this file takes more than %(limit)s seconds. Copy the table into a new workbook, without "
    "formatting, and save that."
)
TOO_BIG = N_(
    "Reading this file takes more memory than a table needs. Copy the table into a new workbook, without "
    "formatting, and save that."
)


def read_in_subprocess(
    source: Source, filename: str, limits: Limits = BROWSER, sheet: str | None = None
) -> Workbook:
    """As ``read_rows``, in a child that ``limits.max_seconds`` and ``limits.max_memory`` hold down.

    Raises the same Problems, and read_too_slow or read_too_big when the child hits a ceiling. Memory has no
    ceiling on Windows.
    """
    data = load(source, limits)
    order = json.dumps({"filename": filename, "sheet": sheet, "limits": asdict(limits)})
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", _START, str(_ROOT)],
            input=order.encode() + b"\n" + data,
            capture_output=True,
            timeout=limits.max_seconds + _SECONDS_TO_START,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Problem("read_too_slow", TOO_SLOW, limit=limits.max_seconds) from error
    if child.returncode == -_cpu_signal():
        raise Problem("read_too_slow", TOO_SLOW, limit=limits.max_seconds)
    if child.returncode != 0:
        raise Problem("read_too_big", TOO_BIG)
    return _decode(json.loads(child.stdout))


def main() -> None:
    """The child: read an order and a file from standard input, write the answer to standard output."""
    order = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**order["limits"])
    _hold_down(limits)
    try:
        answer = _encode(read_rows(sys.stdin.buffer.read(), order["filename"], limits, order["sheet"]))
    except Problem as problem:
        answer = {"code": problem.code, "message": problem.message, "params": problem.params}
    json.dump(answer, sys.stdout, default=_tagged)


def _hold_down(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows has neither this module nor its limits
        return
    statm = Path("/proc/self/statm")
    if statm.exists():
        taken = int(statm.read_text("ascii").split()[0]) * resource.getpagesize()
        ceiling = taken + limits.max_memory
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.max_seconds, limits.max_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _cpu_signal() -> int:
    import signal

    return getattr(signal, "SIGXCPU", 0)


def _encode(book: Workbook) -> dict[str, Any]:
    return {
        "kind": book.kind,
        "sheets": book.sheets,
        "sheet": book.sheet,
        "rows": book.rows,
        "formulas": sorted(book.formulas),
        "date1904": book.date1904,
    }


def _tagged(value: object) -> dict[str, object]:
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"microseconds": value // timedelta(microseconds=1)}
    return {"text": str(value)}


def _untagged(value: Any) -> CellValue:
    if not isinstance(value, dict):
        return value if isinstance(value, str | int | float) else None
    if "datetime" in value:
        return datetime.fromisoformat(value["datetime"])
    if "date" in value:
        return date.fromisoformat(value["date"])
    if "time" in value:
        return time.fromisoformat(value["time"])
    return timedelta(microseconds=value["microseconds"])


def _decode(answer: dict[str, Any]) -> Workbook:
    if "code" in answer:
        raise Problem(answer["code"], answer["message"], **answer["params"])
    return Workbook(
        Kind(answer["kind"]),
        tuple(answer["sheets"]),
        answer["sheet"],
        [[_untagged(cell) for cell in row] for row in answer["rows"]],
        frozenset((row, column) for row, column in answer["formulas"]),
        answer["date1904"],
    )
