"""When a publicity period (公示) ends: day 1 is the day after posting, it closes at 24:00 of the last day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pointsys.plugin import N_, Problem

from .exact import exact
from .periods import local_time, parse_instant

_LONGEST = 3660


def publicity_end(task: Mapping[str, object], timezone: str = "Asia/Shanghai") -> dict[str, str]:
    """``{"posted_at", "days", "workday_overrides"}`` to ``{"last_day", "closes_before"}``.

    Without overrides (null) calendar days count; with them Monday to Friday are working days unless the map from
    date to true or false says otherwise. Raises Problem.
    """
    zone = ZoneInfo(timezone)
    posted = local_time(parse_instant(task.get("posted_at"), "posted_at"), zone, "posted_at").date()
    days, overrides = _days(task.get("days")), task.get("workday_overrides")
    if overrides is not None and not isinstance(overrides, Mapping):
        raise Problem(
            "bad_overrides",
            N_("workday_overrides must map dates to true or false."),
            field="workday_overrides",
        )
    try:
        last = _count(posted, days, overrides)
        closes = datetime.combine(last + timedelta(days=1), time.min, zone)
    except OverflowError:
        raise Problem(
            "bad_days", N_("The publicity period lies outside the calendar."), field="posted_at"
        ) from None
    return {"last_day": last.isoformat(), "closes_before": closes.isoformat()}


def _days(value: object) -> int:
    try:
        days = exact(value)
    except ValueError:
        days = -1
    if not isinstance(days, int) or not 0 <= days <= _LONGEST // 10:
        raise Problem("bad_days", N_("days must be a whole number from 0 to 366."), field="days")
    return days


def _count(posted: date, days: int, overrides: Mapping[str, object] | None) -> date:
    day = posted
    for _ in range(_LONGEST):
        if not days:
            return day
        day += timedelta(days=1)
        if overrides is None or bool(overrides.get(day.isoformat(), day.weekday() < 5)):
            days -= 1
    raise Problem(
        "no_working_days", N_("There are too few working days in the calendar: correct workday_overrides.")
    )
