"""The month report of an area: made from the log at a click, printed on A4 or taken away as sheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import figures
from pointsys.core.areas.models import Area
from pointsys.core.documents.participation import issuer
from pointsys.core.pages import ReportSection
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.months import add_months, month_of, parse_month
from pointsys.kit.problems import Problem
from pointsys.web import report_tables, slots
from pointsys.web.access import area_scope, current_area
from pointsys.web.downloads import as_sheet, cut_off, send_sheets
from pointsys.web.frame import show
from pointsys.web.menu import note_failures
from pointsys.web.report_tables import Compared
from pointsys.web.slots import Slot
from pointsys.web.words import month_words

blueprint = Blueprint("report", __name__)
blueprint.add_app_template_filter(month_words, "month_words")

View = tuple[str, int]

# In the first days of a month, the report that is wanted is the last month's.
LAST_MONTH_UNTIL = 10


@dataclass(frozen=True)
class Report:
    """A finished report: the core's sections, the plugins' slots with theirs, and the unit that signs it.

    ``codes`` are those of the areas below, in the order of their rows.
    """

    months: Compared
    sections: list[ReportSection]
    codes: list[str]
    slots: list[Slot]
    unit: dict[str, str]
    at: datetime


@blueprint.get("/a/<code>/report")
@area_scope("log.view")
def start(code: str) -> View:
    """The report that is due: last month's in the first days of a month, else this month's."""
    today = current_site().today()
    this_month = month_of(today)
    return _page(code, add_months(this_month, -1) if today.day <= LAST_MONTH_UNTIL else this_month)


@blueprint.get("/a/<code>/report/<month>")
@area_scope("log.view")
def month(code: str, month: str) -> View:
    """The report of a month."""
    return _page(code, _asked(month))


def _page(code: str, asked: str) -> View:
    this_month = month_of(current_site().today())
    with read_scope() as session:
        report = _report(session, current_area(), asked)
        return show(
            "report/month.html",
            report=report,
            slots=report.slots,
            month=asked,
            before=report.months.before,
            after=add_months(asked, 1) if asked < this_month else "",
            unfinished=asked >= this_month,
            area_links=[url_for("report.month", code=below, month=asked) for below in report.codes],
            as_of=cut_off(report.at),
        )


@blueprint.get("/a/<code>/report/<month>/sheets.xlsx")
@area_scope("log.view")
def export(code: str, month: str) -> Response:
    """The same report as a workbook with a sheet for each section."""
    asked = _asked(month)
    area = current_area()
    with read_scope() as session:
        report = _report(session, area, asked)
    note_failures()
    title = gettext("%(area)s: report of %(month)s", area=area.name, month=month_words(asked))
    parts = [*report.sections, *(section for slot in report.slots for section in slot.parts)]
    sheets = [
        as_sheet(
            part.sheet or part.title,
            part.table,
            [
                line
                for line in (title, part.title, part.definition, *part.note.split("\n"), cut_off(report.at))
                if line
            ],
            _signatures(report.unit) if place == 0 else (),
        )
        for place, part in enumerate(parts)
    ]
    return send_sheets(f"{area.name}-{gettext('month report')}-{asked}", sheets)


def _asked(month: str) -> str:
    try:
        return parse_month(month)
    except Problem:
        abort(404)


def _report(session: Session, area: Area, month: str) -> Report:
    months = Compared.of(month)
    found = figures.overview(session, area.id, months.all)
    sections = [report_tables.key_figures(found, months)]
    if found.children:
        sections.append(report_tables.areas_below(area, found, months))
    sections += [
        report_tables.kinds(session, area, months),
        report_tables.activities(session, area, month),
    ]
    return Report(
        months,
        sections,
        [child.code for child in found.children],
        slots.report_sections(session, month),
        issuer(session, area),
        current_site().now(),
    )


def _signatures(unit: dict[str, str]) -> list[str]:
    return [
        gettext("Unit (seal): %(unit)s", unit=unit["seal"]),
        gettext("Prepared by:"),
        gettext("Head of unit:"),
        gettext("Date:"),
    ]
