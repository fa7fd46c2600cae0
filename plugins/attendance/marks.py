"""Rules of attendance without a database: clock times as typed, what a pair of stamps says, and what is recorded.

Times are instants; a list has at most three pairs for each person. What is not known is never guessed: a missing
sign-out is recorded without an end, a missing sign-in is not recorded until somebody supplies it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from pointsys.plugin import N_, Problem, normalise_text

MAX_PAIRS = 3
# Hours after the planned end from which a missing sign-out is somebody's to look at.
REVIEW_HOURS = 6
# Days after the activity in which what was not noted on the day can still be supplied.
BACKFILL_DAYS = 30
# Hours that are possible and mostly a slip of whoever types them.
LONG_HOURS = 12
# What a phone without network has kept longer than this is no record of the day any more.
OFFLINE_HOURS = 24

# How a stamp came: by the system's clock ...
TAP, QR, CODE, KIOSK = "tap", "qr", "code", "kiosk"
TIMED = frozenset({TAP, QR, CODE, KIOSK})
# ... or by somebody's word.
SET, PAPER, POSTER, OFFLINE, ELSEWHERE = "set", "paper", "poster", "offline", "elsewhere"
# These prove neither when nor where, until somebody who was there says that it is true.
DOUBTFUL = frozenset({POSTER, OFFLINE, ELSEWHERE})
METHODS: Mapping[str, str] = {
    TAP: N_("tapped by whoever keeps the list"),
    QR: N_("code on the screen"),
    CODE: N_("six digits"),
    KIOSK: N_("device at the door"),
    SET: N_("supplied"),
    PAPER: N_("keyed in from paper"),
    POSTER: N_("printed code"),
    OFFLINE: N_("sent later, without network"),
    ELSEWHERE: N_("address of the device at the door, in another browser"),
}

# What entries are recorded as: both stamps by the system's clock, by somebody's word, and by one after the day.
SOURCE, SOURCE_SET, SOURCE_LATE = "attendance", "attendance_set", "attendance_late"

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


def last_day(window: Window, zone: tzinfo) -> date:
    """The activity's own day, or that of the morning it runs into."""
    return window.ends_at.astimezone(zone).date() if window.ends_at is not None else window.day


def review_from(window: Window, zone: tzinfo, hours: int = REVIEW_HOURS) -> datetime:
    """When a missing sign-out is somebody's to look at: hours after the planned end, or when the day is over."""
    if window.ends_at is not None:
        return window.ends_at + timedelta(hours=hours)
    return datetime.combine(window.day + timedelta(days=1), time.min, zone)


def source_of(method: str, out_method: str, *, late: bool) -> str:
    """What a complete pair is recorded as; a pair with a stamp by somebody's word is so as a whole."""
    if late:
        return SOURCE_LATE
    return SOURCE if method in TIMED and out_method in TIMED else SOURCE_SET


def check_supplied(
    window: Window, came: datetime | None, left: datetime | None, today: date, zone: tzinfo, *,
    reason: str, paper: bool, days: int = BACKFILL_DAYS,
) -> bool:  # fmt: skip
    """Whether times that somebody says now are supplied after the day; both blank stand for the planned time.

    Raises Problem too_late, reason_needed, no_plan and longer_than_planned for what may not be supplied any more. A
    signed sheet is a reason, and its times stand as they were written: what is credited is never more than planned.
    """
    last = last_day(window, zone)
    if today <= last:
        return False
    if (today - last).days > days:
        raise Problem(
            "too_late", N_("This is more than %(days)s days ago and cannot be supplied any more."),
            field="row", days=days,
        )  # fmt: skip
    if paper or (came is None and left is None and reason.strip()):
        return True
    if not reason.strip():
        raise Problem(
            "reason_needed", N_("The day is over: write why this is supplied only now."), field="reason"
        )
    if window.starts_at is None or window.ends_at is None:
        raise Problem("no_plan", NO_PLAN)
    if came is not None and left is not None and left - came > window.ends_at - window.starts_at:
        raise Problem(
            "longer_than_planned",
            N_("What is supplied after the day is at most as long as planned (%(start)s–%(end)s)."),
            field="out",
            start=window.starts_at.astimezone(zone).strftime("%H:%M"),
            end=window.ends_at.astimezone(zone).strftime("%H:%M"),
        )
    return True


def check_long(came: datetime | None, left: datetime | None, *, sure: bool) -> None:
    """Ask again before more than twelve hours are noted by hand; raises Problem very_long."""
    if came is not None and left is not None and left - came > timedelta(hours=LONG_HOURS) and not sure:
        raise Problem(
            "very_long",
            N_("These are more than 12 hours. If that is right, tick “more than 12 hours”."),
            field="out",
        )


NO_PLAN = N_("Plan start and end of the activity first: the ticked people get that time.")


def device_time(said: datetime, sent: datetime, now: datetime) -> datetime:
    """When something happened by the server's clock: ``said`` and ``sent`` are of the phone's, which may be wrong.

    Only the time between them counts. Raises Problem bad_time for the future, and for more than a day ago.
    """
    ago = sent - said
    if not timedelta(0) <= ago <= timedelta(hours=OFFLINE_HOURS):
        raise Problem(
            "bad_time", N_("The phone's clock was moved meanwhile: somebody has to note this by hand.")
        )
    return now - ago


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
            raise Problem("no_plan", NO_PLAN)
        return window.starts_at, window.ends_at
    assert in_at is not None
    return in_at, out_at
