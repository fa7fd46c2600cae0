"""Volunteer hours in the month report of an area: against earlier months, and by the areas below."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    ReportSection,
    TableColumn,
    add_months,
    change_tenths,
    make_table,
    waiting_in,
)

from . import queries
from .charts import NOTHING
from .pages import period_text, waiting_note
from .queries import NAME, ReportLine


def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """The month against two others, and its areas."""
    note = waiting_note(waiting_in(session, NAME, area.id))
    return [_against(session, area, month, note), _by_area(session, area, month, note)]


def _against(session: Session, area: Area, month: str, note: str) -> ReportSection:
    before, year_ago = add_months(month, -1), add_months(month, -12)
    found = queries.by_month(session, area.id, [month, before, year_ago])
    rows = []
    for name in (month, before, year_ago):
        line = found.get(name, NOTHING)
        now = found.get(month, NOTHING)
        change = None if name == month else change_tenths(now.minutes, line.minutes)
        rows.append((period_text(name), line.people, line.entries, line.minutes, change))
    columns = (
        TableColumn(gettext("Month")),
        *_figures(),
        TableColumn(gettext("Change of hours since"), "percent"),
    )
    return ReportSection(
        gettext("Volunteer hours"),
        make_table(columns, rows),
        gettext("Credited hours of the people who belong to the area; people count once, person-times each time."),
        note,
        gettext("Volunteer hours"),
        "volunteer.view",
    )  # fmt: skip


def _by_area(session: Session, area: Area, month: str, note: str) -> ReportSection:
    report = queries.area_report(session, area.id, month)
    rows = [(child.name, *_values(line)) for child, line in report.parts]
    if report.direct.people:
        rows.append((gettext("%(area)s itself", area=area.name), *_values(report.direct)))
    return ReportSection(
        gettext("Volunteer hours by area"),
        make_table(
            (TableColumn(gettext("Area")), *_figures()), rows, (gettext("Total"), *_values(report.total))
        ),
        gettext("Somebody who moved within the period is counted in both areas, and once in the total."),
        note,
        gettext("Hours by area"),
        "volunteer.view",
    )


def _figures() -> tuple[TableColumn, ...]:
    return (
        TableColumn(gettext("Number of people"), "count"),
        TableColumn(gettext("Person-times"), "count"),
        TableColumn(gettext("Hours"), "hours"),
    )


def _values(line: ReportLine) -> tuple[int, int, int]:
    return line.people, line.entries, line.minutes
