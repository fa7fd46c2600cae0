"""The sheet of a period as a notice (公示): name, points by category and total, and nothing else of a member."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Notice, Problem, PublicColumn, get_setting, public_names

from . import sheets
from .schemes import AskedSheet

KIND = "points.sheet"
DAYS = "publicity.days"
DEFAULT_DAYS = 5
MOST_DAYS = 60
# A notice has at most 3,000 rows; one line more tells that there are too many.
MOST_LINES = 3001


def days_of(session: Session, area: Area, asked: AskedSheet) -> int:
    """Working days of publicity: the area's setting, else what the scheme says, else 5."""
    scheme = asked.publication.scheme if asked.publication else None
    asked_for = int(scheme.publicity.get("days", 0)) if scheme else 0
    for days in (get_setting(session, area.id, DAYS, None), asked_for):
        if isinstance(days, int) and 1 <= days <= MOST_DAYS:
            return days
    return DEFAULT_DAYS


def lines_of(session: Session, area: Area, asked: AskedSheet, branch: str) -> list[sheets.Line]:
    """All lines of the sheet of an area or a branch in it, best total first."""
    rows, _total = sheets.lines(
        session, area.id, asked.scheme_id, asked.period, branch=branch, limit=MOST_LINES
    )
    return rows


def notice_of(
    session: Session, area: Area, asked: AskedSheet, branch: str, days: int, lines: Sequence[sheets.Line]
) -> Notice:
    """The notice of a sheet; raises Problem no_scheme, not_computed while a score is not up to date, or
    as ``Notice.check`` does."""
    if asked.publication is None:
        raise Problem("no_scheme", N_("No scheme rules here: publish one first."))
    if any(line.waits or line.old for line in lines):
        raise Problem(
            "not_computed", N_("Some points are not computed from the latest entries yet. Wait a moment.")
        )
    scheme = asked.publication.scheme
    titles = scheme.category_titles
    names = public_names(session, [line.person_id for line in lines])
    place = f"{area.name}{branch}" if branch else area.name
    notice = Notice(
        kind=KIND,
        title=gettext("Points of %(place)s for %(period)s", place=place, period=asked.period),
        period=asked.period,
        columns=[
            PublicColumn(gettext("Name")),
            *(PublicColumn(title, "end") for title in titles.values()),
            PublicColumn(gettext("Total"), "end"),
        ],
        rows=[
            [names[line.person_id], *(line.categories.get(key, "") for key in titles), line.total]
            for line in lines
            if line.person_id in names
        ],
        days=days,
        subject_ref=branch[:120],
        rule=gettext("By the scheme “%(scheme)s”", scheme=scheme.title),
        objection_days=int(scheme.appeal.get("days", 0)),
    )
    notice.check()
    return notice
