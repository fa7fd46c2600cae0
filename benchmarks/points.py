"""Scoring: one year of 300 events beside the slow scorer of the tests, JSON lines, and a whole site computed anew.

The slow scorer is the one that the tests compare with: the same numbers the longest way. Both score the same people in
one run, in turns, and must agree.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import func, select

from benchmarks.log import add_log
from benchmarks.town import ROOT, fill_town, open_site
from pointsys.core import schema
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.services import find_area
from pointsys.core.database import db
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import members, schemes, stored
from pointsys.plugins.party_member_points.models import PointsResult
from pointsys.plugins.party_member_points.scoring import load_scheme, score
from tests.plugins.party_member_points.oracle import slow_score

NAME = "party_member_points"
ENTRIES_EACH = 18
EVENTS = 300
ROUNDS = 5
LINES = 10_000
LINE_EVENTS = 40
PRESET = files("pointsys.plugins.party_member_points") / "schemes" / "community-inservice.toml"
ITEMS = (
    *("service",) * 5, "checkin", "noshow", "wish", "wish", "proposal", "donate", "honour", "attend",
)  # fmt: skip


def measure(home: Path, url: str, people: int) -> dict[str, float]:
    """Seconds and ratios; the site is made here, all of its people are members."""
    return {**_beside_the_slow_one(), **_lines(home, min(LINES, 10 * people)), **_site(home, url, people)}


def a_year(rng: Random, events: int) -> dict[str, Any]:
    """Neutral facts of somebody with so many events in 2024."""
    rows = []
    for number in range(events):
        day = (date(2024, 1, 1) + timedelta(days=rng.randrange(366))).isoformat()
        row: dict[str, Any] = {
            "id": f"e{number}",
            "item": rng.choice(ITEMS),
            "on": day,
            "rec": f"{day}T20:00:00+08:00",
        }
        row["qty"] = rng.choice((1, 2, "2.5", 4, 150))
        row["attrs"] = {"level": rng.choice(("city", "street")), "matter": str(rng.randrange(5))}
        rows.append(row)
    return {"person": {"id": "p", "checkin_on": "2023-12-01"}, "events": rows}


def _beside_the_slow_one() -> dict[str, float]:
    text = PRESET.read_text("utf-8")
    scheme, data = load_scheme(text, format="toml"), tomllib.loads(text, parse_float=Decimal)
    rng = Random(300)
    fast, slow = [], []
    for _ in range(ROUNDS):
        facts, query = a_year(rng, EVENTS), {"period": "2024"}
        start = time.perf_counter()
        found = score(scheme, facts, query)
        between = time.perf_counter()
        expected = slow_score(data, facts, query)
        slow.append(time.perf_counter() - between)
        fast.append(between - start)
        if found != expected:
            raise SystemExit("the scorers do not agree")
    return {"score_ms": 1_000 * median(fast), "slow_ms": 1_000 * median(slow)}


def _line_texts(count: int) -> Iterator[str]:
    rng = Random(10_000)
    for _ in range(count):
        yield json.dumps({"facts": a_year(rng, LINE_EVENTS), "query": {"period": "2024"}})


def _lines(home: Path, count: int) -> dict[str, float]:
    """So many people through ``pointsys points score``, start and all."""
    home.mkdir(parents=True, exist_ok=True)
    scheme, lines = home / "benchmark.toml", home / "benchmark.jsonl"
    scheme.write_text(PRESET.read_text("utf-8"), "utf-8")
    lines.write_text("\n".join(_line_texts(count)) + "\n", "utf-8")
    command = [sys.executable, "-m", "pointsys", "points", "score", "--scheme", str(scheme)]
    start = time.perf_counter()
    with lines.open("rb") as source:
        done = subprocess.run(command, stdin=source, capture_output=True, check=True)
    seconds = time.perf_counter() - start
    return {"lines": len(done.stdout.splitlines()), "lines_seconds": seconds}


def _site(home: Path, url: str, people: int) -> dict[str, float]:
    """What ``pointsys points rebuild`` does, for a site of members with entries."""
    app = open_site(home, url)
    with app.app_context():
        schema.upgrade(db.engine)
        fill_town(people)
        add_log(people, ENTRIES_EACH * people)
        with unit_of_work(drain=False) as session:
            root = find_area(session, ROOT)
            assert root is not None
            switch_plugin(session, root, NAME, True, SYSTEM)
            schemes.publish(session, root, PRESET.read_text("utf-8"), "toml", date(2024, 1, 1), SYSTEM)
            everybody = session.scalars(select(Person.id)).all()
            members.take_roster(
                session, root, [(person, {"political_status": "member"}) for person in everybody], SYSTEM
            )
        with unit_of_work(drain=False) as session:
            marked = stored.mark_all(session, None)
        start = time.perf_counter()
        drain(people=marked)
        seconds = time.perf_counter() - start
        with read_scope() as session:
            scores = session.scalar(select(func.count()).select_from(PointsResult)) or 0
        db.engine.dispose()
    return {"people": len(marked), "scores": scores, "site_seconds": seconds}
