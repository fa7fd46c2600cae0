"""Crediting: a million sessions through ``pointsys volunteer credit``, beside reading and writing the same lines.

One process, no database. What the rules cost is the ratio to the same lines as JSON alone, in and out, in one run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

SESSIONS = 1_000_000
LINE_SESSIONS = 200
LINE_ACTIVITIES = 20
EACH = 8


def measure(home: Path, sessions: int = SESSIONS) -> dict[str, float]:
    """Sessions a second of the whole command, and its time beside that of the lines as JSON."""
    path = home / "sessions.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines(Random(7), sessions))
    started = time.perf_counter()
    with path.open("rb") as source, (home / "credited.jsonl").open("wb") as target:
        command = [sys.executable, "-m", "pointsys", "volunteer", "credit"]
        subprocess.run(command, stdin=source, stdout=target, check=True)
    seconds = time.perf_counter() - started
    credited = home / "credited.jsonl"
    minutes = sum(
        sum(json.loads(line)["people"].values()) for line in credited.read_text("utf-8").splitlines()
    )
    started = time.perf_counter()
    with path.open(encoding="utf-8") as source_lines, credited.open("w", encoding="utf-8") as written:
        for line in source_lines:
            written.write(json.dumps(json.loads(line), ensure_ascii=False) + "\n")
    floor = time.perf_counter() - started
    return {
        "sessions": sessions,
        "seconds": seconds,
        "per_second": sessions / seconds,
        "ratio": seconds / floor,
        "minutes": minutes,
    }


def lines(rng: Random, sessions: int) -> Iterator[str]:
    """A year of attendance: people with eight sessions each, early and late, some of them overlapping."""
    for first in range(0, sessions, LINE_SESSIONS):
        activities = {f"a{number}": _activity(rng) for number in range(LINE_ACTIVITIES)}
        rows = [_session(rng, number, activities) for number in range(min(LINE_SESSIONS, sessions - first))]
        yield json.dumps({"activities": activities, "sessions": rows})


def _activity(rng: Random) -> dict[str, Any]:
    start = datetime(2026, 1, 1, 8) + timedelta(days=rng.randrange(365), minutes=30 * rng.randrange(16))
    end = start + timedelta(minutes=rng.choice((90, 120, 150, 240)))
    return {
        "start": f"{start.isoformat()}+08:00",
        "end": f"{end.isoformat()}+08:00",
        "break_minutes": rng.choice((0, 0, 30)),
    }


def _session(rng: Random, number: int, activities: dict[str, dict[str, Any]]) -> dict[str, Any]:
    key = rng.choice(list(activities))
    start = datetime.fromisoformat(activities[key]["start"]) + timedelta(seconds=rng.randrange(-900, 900))
    end = None if not rng.randrange(200) else start + timedelta(seconds=rng.randrange(3_000, 15_000))
    return {
        "id": f"s{number}",
        "person": f"p{number // EACH}",
        "activity": key,
        "in": start.isoformat(),
        "out": end.isoformat() if end is not None else None,
    }
