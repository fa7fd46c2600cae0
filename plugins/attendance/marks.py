"""Rules of attendance without a database: clock times as typed, what a pair of stamps says, and what is recorded.

Times are instants; a list has at most three pairs for each person. What is not known is never guessed: a missing
sign-out is recorded without an end, a missing sign-in is not recorded until somebody supplies it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from pointsys.plugin import N_, Problem, normalise_text

MAX_PAIRS = 3

ABSENT = "absent"
PRESENT = "present"
INSIDE = "inside"
COMPLETE = "complete"
NO_START = "no_start"

_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.：点时](?P<minute>\d{1,2})分?)?\Z")
_DIGITS = re.compile(r"(?P<hour>\d{1,2})(?P<minute>\d{2})\Z")


@dataclass(frozen=True)
class Window:
    """An activity's local date and planned instants, if it has any."""

    day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def parse_clock(text: str, field: str) -> time | None:
    """A clock time as one types it fast: "0905", "905", "9:05", "9"; None for blank; raises Problem bad_clock."""
    text = normalise_text(text).replace(" ", "")
    if not text:
        return None
    found = _DIGITS.match(text) if len(text) in (3, 4) and text.isdigit() else _CLOCK.match(text)
    if found:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise Problem("bad_clock", N_("Write the time like 0905 or 9:05."), field=field)


def instants(
    window: Window, start: time | None, end: time | None, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """Clock times on the activity's day; an end at or before the start is the next day's where the plan runs over
    midnight, and refused elsewhere. Raises Problem out_before_in."""
    came = datetime.combine(window.day, start, zone) if start is not None else None
    left = datetime.combine(window.day, end, zone) if end is not None else None
    over_midnight = window.ends_at is not None and window.ends_at.astimezone(zone).date() > window.day
    if left is not None and came is not None and left <= came and over_midnight:
        left += timedelta(days=1)
    if left is not None and came is not None and left <= came:
        raise Problem("out_before_in", N_("The sign-out must be after the sign-in."), field="out")
    return came, left


def state_of(in_at: datetime | None, out_at: datetime | None, present: bool) -> str:
    """What a pair says: absent, present (ticked, planned time), inside (no sign-out yet), complete or no_start."""
    if in_at is not None:
        return COMPLETE if out_at is not None else INSIDE
    if out_at is not None:
        return NO_START
    return PRESENT if present else ABSENT


def times_to_record(
    in_at: datetime | None, out_at: datetime | None, present: bool, window: Window
) -> tuple[datetime, datetime | None] | None:
    """Start and end of the entry that a pair becomes, no end for a missing sign-out; None when nothing is recorded.

    Raises Problem no_plan for a tick where no time is planned.
    """
    state = state_of(in_at, out_at, present)
    if state in (ABSENT, NO_START):
        return None
    if state == PRESENT:
        if window.starts_at is None or window.ends_at is None:
            raise Problem(
                "no_plan", N_("Plan start and end of the activity first: the ticked people get that time.")
            )
        return window.starts_at, window.ends_at
    assert in_at is not None
    return in_at, out_at
