"""The star-rated volunteers of an area as a notice (公示): name, star and day, and nothing else of a person."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Notice, PublicColumn, current_site, public_names

from ..hours import periods_of
from ..notice import MOST_LINES
from ..notice import days_of as days_of
from . import stars
from .models import UNDER_REVIEW

KIND = "volunteer.stars"


def whole_days(text: str) -> int:
    """A number of days; 0, which no notice has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def period_now() -> str:
    """A list of stars is of the month in which it is published."""
    return periods_of(current_site().today())[2]


def notice_of(session: Session, area: Area, profile: str, title: str, days: int) -> Notice:
    """The notice of a profile's stars in an area, those to be given among them and those under review left out.

    Raises as ``Notice.check`` does.
    """
    filters = stars.Filters(profile=profile)
    rows, _total = stars.star_list(session, area.id, filters, sort="-level", limit=MOST_LINES)
    rows = [row for row in rows if row.state != UNDER_REVIEW]
    names = public_names(session, [row.person.id for row in rows])
    notice = Notice(
        kind=KIND,
        title=gettext("Star-rated volunteers of %(area)s, %(profile)s", area=area.name, profile=title),
        period=period_now(),
        subject_ref=profile,
        columns=[
            PublicColumn(gettext("Name")),
            PublicColumn(gettext("Star")),
            PublicColumn(gettext("Reached"), "end"),
        ],
        rows=[
            [names[row.person.id], row.title, row.reached_on.isoformat()]
            for row in rows
            if row.person.id in names
        ],
        days=days,
    )
    notice.check()
    return notice
