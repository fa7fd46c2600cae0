"""Pictures of members' points: how they spread, and who has most; figures by grade for them and for the report."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    About,
    Actor,
    Area,
    Figure,
    MonthSpan,
    Person,
    ReportSection,
    TableColumn,
    bucket_edges,
    buckets,
    current_site,
    distribution_figure,
    make_table,
    ranking_figure,
    subtree,
    waiting_in,
)

from . import sheets
from .models import PointsResult
from .own import kept
from .pages import waiting_note
from .schemes import NAME, AskedSheet, asked_sheet, rules_of

TOP = 10
POINT = 100


def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """Those of the sheet that rules at the end of ``period``; none without a scheme or without scores."""
    asked = _sheet(session, area, period)
    if asked.publication is None:
        return []
    totals = _totals(session, area.id, asked)
    if not totals:
        return []
    note = waiting_note(waiting_in(session, NAME, area.id))
    notes = (note,) if note else ()
    return [_spread(session, area, asked, totals, actor, notes), _most(session, area, asked, notes)]


def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """Members by grade on the sheet that rules in ``month``, as computed now; none without a scheme."""
    asked = _sheet(session, area, MonthSpan(month, month))
    if asked.publication is None:
        return []
    members, scored, average = sheets.overview(session, area.id, asked.scheme_id, asked.period)
    rows: list[tuple[str, int]] = [*_grades(session, area.id, asked)]
    if members > scored:
        rows.append((gettext("no points in this period"), members - scored))
    definition = gettext(
        "Party members of the area by grade on the sheet of %(period)s (%(scheme)s), as computed now.",
        period=asked.period,
        scheme=asked.publication.scheme.title,
    )
    notes = [waiting_note(waiting_in(session, NAME, area.id))]
    if average is not None:
        points = f"{average // POINT}.{average % POINT:02d}"
        notes.insert(0, gettext("%(average)s points on average.", average=points))
    return [
        ReportSection(
            gettext("Points of Party members"),
            make_table(
                (TableColumn(gettext("Grade")), TableColumn(gettext("Members"), "count")),
                rows,
                (gettext("Total"), members),
            ),
            definition,
            "\n".join(note for note in notes if note),
            gettext("Points"),
            "points.view",
        )
    ]


def _sheet(session: Session, area: Area, period: MonthSpan) -> AskedSheet:
    day = min(period.last_day, current_site().today())
    return asked_sheet(rules_of(session, area.id), "", day)


def _graded(area_id: int, asked: AskedSheet) -> ColumnElement[bool]:
    return and_(
        Person.area_id.in_(subtree(area_id)),
        PointsResult.scheme == asked.scheme_id,
        PointsResult.period == asked.period,
        PointsResult.status == sheets.GRADED,
    )


def _totals(session: Session, area_id: int, asked: AskedSheet) -> dict[int, int]:
    """Hundredths -> members with that total; totals below zero count as zero."""
    rows = session.execute(
        select(PointsResult.total, func.count())
        .join(Person, Person.id == PointsResult.person_id)
        .where(_graded(area_id, asked), PointsResult.total.is_not(None))
        .group_by(PointsResult.total)
    )
    found: dict[int, int] = {}
    for total, count in rows:
        value = max(int(total or 0), 0)
        found[value] = found.get(value, 0) + int(count)
    return found


def _grades(session: Session, area_id: int, asked: AskedSheet) -> list[tuple[str, int]]:
    """Grades with their members, the highest totals first."""
    rows = session.execute(
        select(PointsResult.grade, func.count(), func.max(PointsResult.total).label("best"))
        .join(Person, Person.id == PointsResult.person_id)
        .where(_graded(area_id, asked))
        .group_by(PointsResult.grade)
    ).all()
    ordered = sorted(rows, key=lambda row: -(row[2] or 0))
    return [(grade or gettext("without a grade"), int(count)) for grade, count, _best in ordered]


def _spread(
    session: Session,
    area: Area,
    asked: AskedSheet,
    totals: dict[int, int],
    actor: Actor,
    notes: tuple[str, ...],
) -> Figure:
    own = None
    if actor.person_id is not None:
        query = select(PointsResult.total).join(Person, Person.id == PointsResult.person_id)
        own = session.scalar(
            query.where(_graded(area.id, asked), PointsResult.person_id == kept(actor.person_id))
        )
    about = About(
        "points-spread",
        gettext("How points spread"),
        gettext(
            "Party members by their points on the sheet of %(period)s, from the first number up to below the second; "
            "less than nothing counts as nothing.",
            period=asked.period,
        ),
        asked.period,
        summary=gettext("%(members)s members have points.", members=f"{sum(totals.values()):,}"),
        notes=notes,
    )
    return distribution_figure(
        about,
        gettext("Points"),
        gettext("Members"),
        buckets(totals, bucket_edges(totals, POINT)),
        unit=POINT,
        own=max(own, 0) if own is not None else None,
        own_text=gettext("you"),
    )


def _most(session: Session, area: Area, asked: AskedSheet, notes: tuple[str, ...]) -> Figure:
    rows = session.execute(
        select(Person.name, PointsResult.total)
        .join(Person, Person.id == PointsResult.person_id)
        .where(_graded(area.id, asked), PointsResult.total.is_not(None))
        .order_by(PointsResult.total.desc(), Person.sort_key, Person.id)
        .limit(TOP)
    ).all()
    values = [int(total or 0) for _name, total in rows]
    lines = [
        (1 + sum(other > value for other in values), row[0], value)
        for row, value in zip(rows, values, strict=True)
    ]
    about = About(
        "points-top",
        gettext("Most points"),
        gettext(
            "The first %(top)s on the sheet of %(period)s, for staff only.", top=TOP, period=asked.period
        ),
        asked.period,
        notes=notes,
        permission="points.view",
    )
    return ranking_figure(about, gettext("Rank"), gettext("Name"), gettext("Points"), lines, "hundredths")
