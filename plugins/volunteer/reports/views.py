"""The report of an area: a month, quarter or year by area, team, project, alliance or month, and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListArgs,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_area,
    current_site,
    export_asked,
    list_args,
    read_scope,
    send_list,
    show,
    waiting_in,
)

from ..hours import FIRST_YEAR, months_of, periods_of
from ..month_report import by_month
from ..pages import waiting_note
from ..queries import NAME
from .choices import CLASSES, find_project, find_team, projects, teams
from .figures import ALLIANCE, AREA, GROUPS, MONTH, PROJECT, TEAM, Asked, Report, Row, report
from .periods import Period, parse_report_period

blueprint = Blueprint("volunteer_reports", __name__, template_folder="../templates")

View = Response | tuple[str, int]
FILTERS = ("period", "by", "klass", "team", "project")
_YEARS, _MONTHS = 3, 12
NAMES = {
    AREA: N_("Area"),
    TEAM: N_("Team"),
    PROJECT: N_("Project"),
    ALLIANCE: N_("Alliance"),
    MONTH: N_("Month"),
}
REST = {TEAM: N_("For no team"), PROJECT: N_("For no project"), ALLIANCE: N_("For no alliance")}
HINTS = {
    AREA: N_("Somebody who moved within the period is counted in both areas, and once in the total."),
    TEAM: N_("Somebody who served in two teams is counted in both, and once in the total."),
    PROJECT: N_("Somebody who served in two projects is counted in both, and once in the total."),
    ALLIANCE: N_("A team in two alliances counts in both for the days that it was in them."),
    MONTH: N_("Somebody who served in several months is counted in each, and once in the total."),
}


@dataclass(frozen=True)
class Question:
    """What the address asks for, as far as it can be read; ``refused`` says what could not."""

    asked: Asked
    refused: Problem | None = None


def question(session: Session, area_id: int, args: ListArgs) -> Question:
    """The report that a page's filters ask for; what cannot be read is left out and named."""
    refused: Problem | None = None
    month = periods_of(current_site().today())[2]
    try:
        period = parse_report_period(args["period"] or month)
    except Problem as problem:
        period, refused = parse_report_period(month), problem
    team = project = None
    try:
        team = find_team(session, area_id, args["team"]).id if args["team"] else None
        project = find_project(session, area_id, args["project"]).id if args["project"] else None
    except Problem as problem:
        refused = problem
    by = args["by"] if args["by"] in GROUPS else AREA
    klass = args["klass"] if args["klass"] in CLASSES else ""
    return Question(Asked(period, by, klass, team, project), refused)


COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Code"), lambda row: row.code),
    ListColumn(N_("Registered"), lambda row: row.line.registered, "count"),
    ListColumn(N_("Active"), lambda row: row.line.active, "count"),
    ListColumn(N_("Person-times"), lambda row: row.line.entries, "count"),
    ListColumn(N_("Minutes"), lambda row: row.line.minutes, "count"),
    ListColumn(N_("Hours"), lambda row: row.line.minutes, "hours"),
)


@blueprint.get("/a/<code>/volunteer/report")
@area_scope("volunteer.view")
def index(code: str) -> View:
    """Registered and active apart, people and person-times apart, by whatever is asked; and the year by month."""
    area, today = current_area(), current_site().today()
    args = list_args(*FILTERS)
    with read_scope() as session:
        wanted = question(session, area.id, args)
        asked = wanted.asked
        found = report(session, area.id, asked)
        if export_asked():
            rows = all_rows(found, asked.by, area.name)
            return send_list(N_("Hours report"), COLUMNS, lambda page, size: Paged.whole(rows))
        year = int(asked.period.name[:4])
        return show(
            "volunteer/report.html",
            args=args,
            asked=asked,
            period=asked.period,
            report=found,
            rest_name=rest_name(asked.by, area.name),
            months=_months(session, area.id, asked, year),
            year=year,
            this_year=today.year,
            first_year=FIRST_YEAR,
            groups=GROUPS,
            name_title=NAMES[asked.by],
            hint=HINTS[asked.by],
            periods=offered_periods(today, asked.period),
            classes=CLASSES,
            teams=teams(session, area.id),
            projects=projects(session, area.id),
            refused=wanted.refused,
            waiting=waiting_note(waiting_in(session, NAME, area.id)),
            page=Paged.whole(found.rows),
        )


def _months(session: Session, area_id: int, asked: Asked, year: int) -> Mapping[str, Any]:
    """The months of the year with service, and the year; nothing where the report is about less than everything."""
    if not asked.plain or asked.by != AREA:
        return {}
    return by_month(session, area_id, [str(year), *months_of(year)])


def rest_name(by: str, area: str) -> str:
    """What the row of all that belongs to no part is called."""
    return str(gettext("%(area)s itself", area=area)) if by == AREA else str(gettext(REST.get(by, "")))


def all_rows(found: Report, by: str, area: str) -> list[Row]:
    """The rows, what belongs to none, and the total."""
    rest = [Row(rest_name(by, area), found.rest)] if found.rest.people else []
    return [*found.rows, *rest, Row(str(gettext("Total")), found.total)]


def offered_periods(today: date, chosen: Period) -> Sequence[Period]:
    """The last twelve months, the quarters and halves of this year and the last, some years, and the chosen one."""
    names = [f"{year}" for year in range(today.year, today.year - _YEARS, -1)]
    for year in (today.year, today.year - 1):
        names += [f"{year}-H{n}" for n in (2, 1)] + [f"{year}-Q{n}" for n in (4, 3, 2, 1)]
    names = [name for name in names if parse_report_period(name).first <= today]
    number = today.year * 12 + today.month - 1
    names += [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number, number - _MONTHS, -1)]
    return [parse_report_period(name) for name in dict.fromkeys([chosen.name, *names])]
