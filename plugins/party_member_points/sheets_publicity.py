"""A frozen sheet as a notice (公示): name, points by category and total, and nothing else of a member."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Notice, PublicColumn, get_setting, public_names

from .annual.models import PointsAnnual
from .quarters.models import PointsSheet, PointsSheetLine
from .quarters.wording import full_title, period_words
from .schemes import Publication, publications_by_id

KIND = "points.sheet"
DAYS = "publicity.days"
DEFAULT_DAYS = 5
MOST_DAYS = 60
MOST_ROWS = 3000
# Somebody who is no longer shown keeps the number of their row.
NOBODY = "–"


def publication_of(session: Session, sheet: PointsSheet | PointsAnnual) -> Publication:
    """The published scheme that a sheet or result follows."""
    return publications_by_id(session, [sheet.publication_id])[sheet.publication_id]


def days_of(session: Session, area_id: int, publication: Publication) -> int:
    """Working days of publicity: the area's setting, else what the scheme says, else 5."""
    asked_for = int(publication.scheme.publicity.get("days", 0))
    for days in (get_setting(session, area_id, DAYS, None), asked_for):
        if isinstance(days, int) and 1 <= days <= MOST_DAYS:
            return days
    return DEFAULT_DAYS


def titles_of(sheet: PointsSheet) -> dict[str, str]:
    """Titles of the categories by id, as they stand in the frozen text."""
    return dict(json.loads(sheet.text)["titles"])


def public_lines(session: Session, sheet: PointsSheet) -> Sequence[PointsSheetLine]:
    """The lines that stand on the notice, in its order."""
    line = PointsSheetLine
    query = select(line).where(line.sheet_id == sheet.id, line.place > 0).order_by(line.place)
    return session.scalars(query).all()


def notice_of(session: Session, area: Area, sheet: PointsSheet, days: int) -> Notice:
    """The notice of a frozen sheet; raises Problem as ``Notice.check`` does."""
    scheme = publication_of(session, sheet).scheme
    titles = titles_of(sheet)
    lines = public_lines(session, sheet)
    names = public_names(session, [line.person_id for line in lines])
    rows = []
    for line in lines:
        points: dict[str, Any] = json.loads(line.categories)
        if line.person_id in names:
            rows.append(
                [names[line.person_id], *(str(points.get(key, "")) for key in titles), line.total_text]
            )
        else:
            rows.append([NOBODY, *("" for _key in titles), ""])
    notice = Notice(
        kind=KIND,
        title=full_title(sheet, area.name)[:200],
        period=sheet.label,
        columns=[
            PublicColumn(gettext("Name")),
            *(PublicColumn(title or key, "end") for key, title in titles.items()),
            PublicColumn(gettext("Total"), "end"),
        ],
        rows=rows,
        days=days,
        subject_ref=sheet.branch[:120],
        rule=gettext(
            "By the scheme “%(scheme)s”; %(period)s up to %(day)s",
            scheme=scheme.title,
            period=period_words(sheet.period),
            day=sheet.cut.isoformat(),
        ),
        objection_days=int(scheme.appeal.get("days", 0)),
    )
    notice.check()
    return notice
