"""Short ways to write sessions and to credit them as ``pointsys volunteer credit`` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pointsys.plugins.volunteer.policies.days import Days
from pointsys.plugins.volunteer.policies.lines import credit_lines
from pointsys.plugins.volunteer.policies.policy import overlay

DAYS = Days(ZoneInfo("Asia/Shanghai"))
# An activity without a plan, and one from nine to half past eleven.
FREE = "free"
PLANNED = "planned"
ACTIVITIES: Mapping[str, Mapping[str, Any]] = {
    FREE: {},
    "other": {},
    PLANNED: {"start": "2026-03-07T09:00", "end": "2026-03-07T11:30"},
    "lunch": {"break_minutes": 60},
    "night": {"start": "2026-03-07T22:00", "end": "2026-03-08T02:00"},
}


def session(
    number: int, start: str | None, end: str | None, activity: str = FREE, person: str = "p"
) -> dict[str, Any]:
    """One session ``s<number>`` on 7 March 2026; "25:10" is ten past one on the 8th."""
    return {
        "id": f"s{number}", "person": person, "activity": activity, "in": stamp(start), "out": stamp(end),
    }  # fmt: skip


def stamp(clock: str | None) -> str | None:
    """The ISO time of a clock on 7 March, local."""
    if clock is None:
        return None
    hours, _, rest = clock.partition(":")
    return f"2026-03-{7 + int(hours) // 24:02d}T{int(hours) % 24:02d}:{rest}"


def run(
    sessions: Sequence[Mapping[str, Any]], activities: Mapping[str, Any] = ACTIVITIES, **rules: Any
) -> dict[str, Any]:
    """The result of one line under P0 with other ``rules``."""
    line = json.dumps({"activities": activities, "sessions": sessions})
    (answer,) = credit_lines(overlay(rules, "try"), DAYS, [line])
    found: dict[str, Any] = json.loads(answer)
    return found


def served(
    *times: tuple[str | None, str | None, str] | tuple[str | None, str | None], **rules: Any
) -> list[tuple[Any, ...]]:
    """(minutes, state, level, flags) of one person's sessions, in the order given."""
    found = run([session(n, *time) for n, time in enumerate(times)], **rules)["sessions"]
    return [(one["minutes"], one["state"], one.get("level", ""), *one["flags"]) for one in found.values()]
