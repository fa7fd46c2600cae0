"""When a publicity period (公示) ends: day 1 is the day after posting, it closes at 24:00 of the last day.

The counting itself is the host's; here stand the neutral form of the question and what it means without a calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from pointsys.plugin import N_, Problem, closes_before, nth_day

from .exact import exact
from .periods import local_time, parse_instant

_MOST = 366


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

    def counts(day: date) -> bool:
        return overrides is None or bool(overrides.get(day.isoformat(), day.weekday() < 5))

    try:
        last = nth_day(posted, days, counts)
        if last is None:
            raise Problem(
                "no_working_days",
                N_("There are too few working days in the calendar: correct workday_overrides."),
            )
        closes = closes_before(last, zone)
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
    if not isinstance(days, int) or not 0 <= days <= _MOST:
        raise Problem("bad_days", N_("days must be a whole number from 0 to 366."), field="days")
    return days
