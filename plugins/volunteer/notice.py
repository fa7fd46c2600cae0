"""A month's or year's hours as a notice (公示): name, person-times, hours, and nothing else of a person."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Notice,
    Problem,
    PublicColumn,
    format_hours,
    get_setting,
    public_names,
)

from . import queries
from .hours import Span
from .pages import period_text

KIND = "volunteer.hours"
DAYS = "publicity.days"
# Recorded hours are up for at least 3 working days.
DEFAULT_DAYS = 3
# A notice has at most 3,000 rows; one line more tells that there are too many.
MOST_LINES = 3001


def days_of(session: Session, area_id: int) -> int:
    """Working days of publicity: the area's setting, else 3."""
    days = get_setting(session, area_id, DAYS, DEFAULT_DAYS)
    return days if isinstance(days, int) and 1 <= days <= 60 else DEFAULT_DAYS


def notice_of(session: Session, area: Area, period: str, days: int) -> Notice:
    """The notice of an area's month or year; raises Problem not_computed while hours are not up to date,
    or as ``Notice.check`` does."""
    found = queries.hours_page(session, area.id, Span((period,)), limit=MOST_LINES)
    if found.waiting:
        raise Problem(
            "not_computed", N_("Some hours are not computed from the latest entries yet. Wait a moment.")
        )
    names = public_names(session, [row.person_id for row in found.rows])
    notice = Notice(
        kind=KIND,
        title=gettext("Volunteer hours of %(area)s, %(period)s", area=area.name, period=period_text(period)),
        period=period,
        columns=[
            PublicColumn(gettext("Name")),
            PublicColumn(gettext("Person-times"), "end"),
            PublicColumn(gettext("Hours"), "end"),
        ],
        rows=[
            [names[row.person_id], str(row.entries), format_hours(row.minutes)]
            for row in found.rows
            if row.person_id in names
        ],
        days=days,
    )
    notice.check()
    return notice
