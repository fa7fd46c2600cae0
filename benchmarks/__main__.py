"""``python -m benchmarks``: measure, print the table and write the figures as JSON.

python -m benchmarks                      50,000 people, both engines, a few minutes
python -m benchmarks --full               563,000 people, as the goals say
python -m benchmarks --only record --engine sqlite
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.databases import POSTGRESQL, SQLITE, place
from benchmarks.report import Figure, as_json, print_table

FULL = 563_000
LIMIT = 1_800
PARTS = ("record", "import", "start")


def main() -> int:
    """Measure what the arguments ask for."""
    options = _options()
    figures: list[Figure] = []
    for engine in options.engine:
        with place(engine) as (home, url):
            say(f"{engine}: a site of {options.people:,} people")
            conditions = _child("fill", home=home, url=url, people=options.people)
            for part in options.only:
                say(f"{engine}: {part}")
                figures += list(MEASURE[part](engine, home, url, options))
    print_table(figures)
    if options.json:
        about = {
            "people": options.people, "rows": options.rows, "records": options.records, **conditions,
            "cores": os.cpu_count(), "python": platform.python_version(),
        }  # fmt: skip
        options.json.write_text(as_json(figures, about) + "\n", "utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure and compare with the goals."
    )
    parser.add_argument("--people", type=int, default=50_000, help="people of the site (50,000)")
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} people, as the goals say")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the imported sheets (100,000)")
    parser.add_argument("--records", type=int, default=1_000, help="single entries recorded each way (1,000)")
    parser.add_argument("--starts", type=int, default=7, help="how often a command is started (7)")
    parser.add_argument("--engine", nargs="+", choices=(SQLITE, POSTGRESQL), default=[SQLITE, POSTGRESQL])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    if options.full:
        options.people = FULL
    return options


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"-- {text}", file=sys.stderr, flush=True)


def _child(task: str, **arguments: Any) -> dict[str, float]:
    """Run one task in a process of its own and return what it says."""
    text = json.dumps(arguments, default=str)
    command = [sys.executable, "-m", "benchmarks.child", task, text]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode:
        sys.exit(f"{task} failed:\n{done.stderr[-4_000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _record(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("record", home=home, url=url, records=options.records)
    accept, stretch = (12, 20) if engine == SQLITE else (35, 55)
    yield Figure("1", "record() beside the raw driver", engine, 100 * found["ratio"], "%", accept, stretch)
    yield Figure("1", "raw driver", engine, found["floor"], "entries/s")
    yield Figure("1", "record()", engine, found["service"], "entries/s")
    most = 4 if engine == SQLITE else 6
    yield Figure("1", "CPU of one record()", engine, found["cpu_ms"], "ms", most, at_least=False)
    yield Figure(
        "1", f"until none of {found['marks']:,.0f} marks is pending", engine, found["drain_seconds"], "s"
    )


def _import(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    goals = {".csv": ("4", (15e3, 25e3) if engine == SQLITE else (12e3, 20e3)), ".xlsx": ("5", (6e3, 18e3))}
    for suffix, (goal, (accept, stretch)) in goals.items():
        _child("sheet", home=home, suffix=suffix, rows=options.rows, people=options.people)
        found = _child("import", home=home, url=url, suffix=suffix, rows=options.rows)
        name = f"import of {options.rows:,} rows, {suffix}"
        rate = options.rows / found["commit_seconds"]
        yield Figure(goal, f"{name}: entries, audit, marks", engine, rate, "rows/s", accept, stretch)
        yield Figure(goal, f"{name}: until no mark is pending", engine, found["all_seconds"], "s")
        yield Figure(
            goal, f"{name}: the same as a rate", engine, options.rows / found["all_seconds"], "rows/s"
        )
        limit = 350 if suffix == ".csv" else None
        yield Figure(goal, f"{name}: memory", engine, found["megabytes"], "MB", limit, at_least=False)


def _start(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("start", home=home, url=url, times=options.starts)
    yield Figure("16", "a command from start to end", engine, found["command"], "s", 0.9, 0.6, at_least=False)
    yield Figure(
        "16", "create_app() with its imports", engine, found["create_app"], "s", 0.6, 0.4, at_least=False
    )


MEASURE = {"record": _record, "import": _import, "start": _start}

if __name__ == "__main__":
    sys.exit(main())
