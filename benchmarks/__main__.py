"""``python -m benchmarks``: measure, print the table and write the figures as JSON.

python -m benchmarks                      50,000 people, both engines, a few minutes
python -m benchmarks --full               563,000 people and a log of 10 million entries, as the goals say
python -m benchmarks --goals 7,8,12 --engine sqlite
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.databases import POSTGRESQL, SQLITE, is_filled, kept_place, place
from benchmarks.report import Figure, as_json, print_table

FULL = 563_000
FULL_LOG = 10_000_000
ENTRIES_EACH = 18
# What a long log is compared with: the same number of entries for each person, and a thousandth of the people.
SMALL, SMALL_LOG = 563, 10_000
MEMBERS = 10_000
DWELLINGS, VOTES = 20_000, 2_000
LIMIT = 3_600
GOALS = {
    "record": {"1"}, "import": {"4", "5"}, "start": {"16"}, "keys": set(), "audit": set(),
    "points": set(), "volunteer": set(), "reports": set(), "attendance": set(), "ranks": {"7", "8"}, "fresh": {"11"},
    "pages": {"12"}, "memory": {"15"}, "wishes": {"14"}, "property": set(),
}  # fmt: skip
# The proof comes first: the floor of "record" writes rows past the program, and a check would name them.
WRITING = ("audit", "record", "import", "start", "keys")
# These have sites of their own, or none.
ALONE = ("points", "volunteer", "reports", "attendance", "wishes", "property")


def main() -> int:
    """Measure what the arguments ask for."""
    options = _options()
    figures: list[Figure] = []
    conditions: dict[str, float] = {}
    if "volunteer" in options.only:
        say("crediting")
        figures += list(_volunteer(options))
    for engine in options.engine:
        writing = [part for part in WRITING if part in options.only]
        reading = [part for part in options.only if part not in (*WRITING, *ALONE)]
        for part, (telling, measured) in OWN_SITES.items():
            if part in options.only:
                with place(engine) as (home, url):
                    say(f"{engine}: {telling.format(**vars(options))}")
                    figures += list(measured(engine, home, url, options))
        if writing:
            with place(engine) as (home, url):
                say(f"{engine}: a site of {options.people:,} people")
                conditions |= _child("fill", home=home, url=url, people=options.people)
                for part in writing:
                    say(f"{engine}: {part}")
                    figures += list(MEASURE[part](engine, home, url, options))
        if reading:
            # One after the other: two PostgreSQL servers would share the memory that one has to itself.
            found = _read(engine, options.people, options.log, reading)
            # A site that is no larger than the small one has nothing to be compared with but itself.
            small = found if options.log <= SMALL_LOG else _read(engine, SMALL, SMALL_LOG, reading)
            conditions |= {"log": options.log}
            for part in reading:
                figures += list(READ[part](engine, found[part], small[part]))
    print_table(figures)
    if options.json:
        about = {
            "people": options.people, "rows": options.rows, "records": options.records, **conditions,
            "cores": os.cpu_count(), "python": platform.python_version(),
        }  # fmt: skip
        options.json.write_text(as_json(figures, about) + "\n", "utf-8")
    return 0


def _read(engine: str, people: int, log: int, parts: Sequence[str]) -> dict[str, dict[str, float]]:
    """What the parts find on a site with a long log, which is filled first unless it is kept from before."""
    with kept_place(engine, f"{people}-{log}") as (home, url, new):
        if new:
            say(f"{engine}: a site of {people:,} people with {log:,} entries, kept for the next time")
            _child("fill", home=home, url=url, people=people)
            _child("log", home=home, url=url, people=people, rows=log)
            is_filled(home)
        found = {}
        for part in parts:
            say(f"{engine}: {part} over {log:,} entries")
            found[part] = _child(part, home=home, url=url)
        return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure and compare with the goals."
    )
    parser.add_argument("--people", type=int, default=50_000, help="people of the site (50,000)")
    parser.add_argument(
        "--full", action="store_true", help=f"{FULL:,} people and {FULL_LOG:,} entries, as the goals say"
    )
    parser.add_argument("--log", type=int, help=f"entries of the long log ({ENTRIES_EACH} for each person)")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the imported sheets (100,000)")
    parser.add_argument("--records", type=int, default=1_000, help="single entries recorded each way (1,000)")
    parser.add_argument("--starts", type=int, default=7, help="how often a command is started (7)")
    parser.add_argument(
        "--sessions", type=int, default=1_000_000, help="sessions that are credited (1,000,000)"
    )
    parser.add_argument("--crowd", type=int, default=200, help="people who check in at four devices (200)")
    parser.add_argument(
        "--rounds", type=int, default=1_000, help="wishes that are claimed by many at once (1,000)"
    )
    parser.add_argument(
        "--votes", type=int, default=VOTES, help=f"dwellings of {DWELLINGS:,} that vote ({VOTES:,})"
    )
    parser.add_argument("--engine", nargs="+", choices=(SQLITE, POSTGRESQL), default=[SQLITE, POSTGRESQL])
    parser.add_argument("--only", nargs="+", choices=list(GOALS), default=list(GOALS))
    parser.add_argument("--goals", help="numbers of goals, as 7,8,12, instead of --only")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    if options.full:
        options.people, options.log = FULL, FULL_LOG
    options.log = options.log or ENTRIES_EACH * options.people
    if options.goals:
        wanted = set(options.goals.split(","))
        options.only = [part for part, goals in GOALS.items() if goals & wanted]
        if wanted - set().union(*GOALS.values()):
            parser.error(
                f"goals that are measured here: {', '.join(sorted(set().union(*GOALS.values()), key=int))}"
            )
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


def _audit(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("audit", home=home, url=url, rows=options.rows)
    yield Figure(
        "audit", "audit row, with proof beside without", engine, found["write_ratio"], "x", at_least=False
    )
    yield Figure("audit", "audit row with proof, before the commit", engine, found["write_us"], "us")
    yield Figure(
        "audit", "small acts, beside a sealer and alone", engine, found["beside_ratio"], "x", at_least=False
    )
    yield Figure("audit", "sealing", engine, found["sealed_per_s"], "rows/s")
    yield Figure("audit", f"check of {found['checked']:,.0f} rows", engine, found["checked_per_s"], "rows/s")


def _keys(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("keys", home=home, url=url)
    rate = found["moved"] / found["seconds"]
    yield Figure("keys", f"change of keys of {found['moved']:,.0f} values", engine, rate, "values/s")
    ratio = found["during_ms"] / found["before_ms"]
    yield Figure("keys", "p95 of a writer meanwhile, beside before", engine, ratio, "x", at_least=False)
    yield Figure("keys", "p95 of a writer before", engine, found["before_ms"], "ms")
    yield Figure("keys", "the longest write meanwhile", engine, found["longest_ms"], "ms")
    ratio = found["look_up_ms"] / found["look_up_before_ms"]
    yield Figure("keys", "p95 of a look-up meanwhile, beside before", engine, ratio, "x", at_least=False)


def _points(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("points", home=home, url=url, people=min(options.people, MEMBERS))
    ratio = found["slow_ms"] / found["score_ms"]
    yield Figure("points", "a year of 300 events, the slow scorer beside it", engine, ratio, "x", 8)
    yield Figure("points", "the same alone", engine, found["score_ms"], "ms")
    name = f"points score, {found['lines']:,.0f} people of 40 events"
    yield Figure("points", name, engine, found["lines_seconds"], "s", at_least=False)
    name = f"points rebuild, {found['people']:,.0f} members of 18 entries"
    yield Figure("points", name, engine, found["site_seconds"], "s", at_least=False)


def _volunteer(options: argparse.Namespace) -> Iterator[Figure]:
    with place(SQLITE) as (home, _url):
        found = _child("volunteer", home=home, sessions=options.sessions)
    name = f"volunteer credit, {found['sessions']:,.0f} sessions"
    yield Figure("credit", name, "none", found["per_second"], "sessions/s", 20_000)
    name = "the same, beside the lines as JSON in and out"
    yield Figure("credit", name, "none", found["ratio"], "x", at_least=False)


def _reports(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("reports", home=home, url=url, people=options.people)
    floor = found["floor_ms"]
    for kind, words in (("area", "by area"), ("team", "by team"), ("credit", "of timed hours alone")):
        name = f"a city's month {words}"
        yield Figure("reports", name, engine, found[f"{kind}_seconds"], "s", 2, at_least=False)
        yield Figure("reports", "its statements beside a raw one", engine, found[f"{kind}_ms"] / floor, "x")


def _attendance(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("attendance", home=home, url=url, people=options.crowd)
    yield Figure(
        "attendance",
        f"{options.crowd} people at 4 devices",
        engine,
        found["seconds"],
        "s",
        120,
        at_least=False,
    )
    yield Figure(
        "attendance", "beside bare transactions", engine, found["seconds"] / found["floor_seconds"], "x"
    )


def _property(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    dwellings = min(options.people, DWELLINGS)
    found = _child("property", home=home, url=url, dwellings=dwellings, votes=min(dwellings, options.votes))
    name = f"{found['votes']:,.0f} of {found['dwellings']:,.0f} dwellings vote, ten at once: p95 of a vote"
    yield Figure("property", name, engine, found["vote_p95"], "ms", at_least=False)
    ratio = found["vote_p95"] / found["bare_p95"]
    yield Figure("property", "beside the p95 of a bare request", engine, ratio, "x", 10, at_least=False)
    yield Figure("property", "the median of a vote", engine, found["vote_p50"], "ms")
    yield Figure("property", "a bare request: p95", engine, found["bare_p95"], "ms")
    yield Figure("property", "freezing the roll", engine, found["freeze_seconds"], "s")
    yield Figure("property", "counting", engine, found["count_seconds"], "s")
    yield Figure("property", "mixing an estate, while its round waits", engine, found["mix_seconds"], "s")


def _wishes(engine: str, home: Path, url: str, options: argparse.Namespace) -> Iterator[Figure]:
    found = _child("wishes", home=home, url=url, rounds=options.rounds)
    name = f"{options.rounds:,} wishes claimed by %s at once over HTTP"
    yield Figure(
        "14", f"{name % 50}: rounds without one winner", engine, found["wrong"], "", 0, at_least=False
    )
    yield Figure("14", "answers of 5xx, or none", engine, found["errors"], "", 0, at_least=False)
    accept, stretch = (300, 150) if engine == SQLITE else (100, 50)
    yield Figure("14", f"{name % 8}: p99", engine, found["few_p99"], "ms", accept, stretch, at_least=False)
    yield Figure("14", "the same: p50", engine, found["few_p50"], "ms")
    for key in ("p50", "p95", "p99"):
        yield Figure("14", f"50 at once: {key}", engine, found[f"crowd_{key}"], "ms")
    ratio = found["crowd_p95"] / found["bare_p95"]
    yield Figure("14", "p95 beside 50 who read an area at once", engine, ratio, "x")


def _ranks(engine: str, found: dict[str, float], small: dict[str, float]) -> Iterator[Figure]:
    accept, stretch = (30, 15) if engine == SQLITE else (10, 6)
    ratio = found["rank_ms"] / found["look_up_ms"]
    yield Figure("7", "a rank beside a look-up by key", engine, ratio, "x", accept, stretch, at_least=False)
    yield Figure("7", "a look-up by key", engine, 1_000 * found["look_up_ms"], "us")
    yield Figure("7", "a rank in the city", engine, 1_000 * found["rank_ms"], "us")
    before, now = (part["rank_ms"] + part["top_ms"] for part in (small, found))
    name = "first 50 and rank, beside those of 10 thousand entries"
    yield Figure("8", name, engine, now / before, "x", 10, 2.5, at_least=False)
    yield Figure("8", "first 50 of the city", engine, found["top_ms"], "ms")
    yield Figure("8", "first 50 of the small site", engine, small["top_ms"], "ms")


def _fresh(engine: str, found: dict[str, float], small: dict[str, float]) -> Iterator[Figure]:
    name = "from a record to the list with it: derived and read"
    yield Figure("11", name, engine, found["fresh_ms"], "ms", 20, 8, at_least=False)
    yield Figure("11", "reading alone", engine, found["read_ms"], "ms")
    yield Figure("11", "the same with 10 thousand entries", engine, small["fresh_ms"], "ms")


def _pages(engine: str, found: dict[str, float], small: dict[str, float]) -> Iterator[Figure]:
    for level in LEVELS:
        name = f"first page of a {level}: SQL"
        yield Figure("12", name, engine, found[level], "ms", 25, 10, at_least=False)
    yield Figure("12", "statements that scan the log", engine, found["scans"], "", 0, at_least=False)
    yield Figure("12", "statements of a page", engine, found["statements"], "")
    largest = max(small[level] for level in LEVELS)
    yield Figure("12", "slowest of these pages with 10 thousand entries", engine, largest, "ms")


def _memory(engine: str, found: dict[str, float], small: dict[str, float]) -> Iterator[Figure]:
    name = "gunicorn's master and two workers"
    yield Figure("15", name, engine, found["megabytes"], "MB", 220, 160, at_least=False)
    yield Figure("15", "beside the small site", engine, found["megabytes"] / small["megabytes"], "x")


LEVELS = ("city", "county", "subdistrict", "community", "grid")
READ = {"ranks": _ranks, "fresh": _fresh, "pages": _pages, "memory": _memory}
# What has a site of its own, and what is said of it meanwhile.
OWN_SITES = {
    "points": ("points", _points),
    "reports": ("reports of {people:,} volunteers", _reports),
    "attendance": ("{crowd} people at four devices", _attendance),
    "property": ("ten owners voting at once", _property),
    "wishes": ("fifty claim a wish at once, {rounds:,} times", _wishes),
}
MEASURE = {"record": _record, "import": _import, "start": _start, "keys": _keys, "audit": _audit}

if __name__ == "__main__":
    sys.exit(main())
