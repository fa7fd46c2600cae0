"""``pointsys volunteer``: an area's hours and its reports, as a table or as one JSON object.

The parts of the plugin add commands of their own to the group.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import click
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    emit,
    enabled_in,
    find_area,
    format_hours,
    json_option,
    print_table,
    read_scope,
    site_command,
    waiting_in,
)

from . import queries
from .hours import FIRST_YEAR, LAST_YEAR, make_span, parse_day, parse_month
from .pages import waiting_note
from .queries import NAME, PersonHours, ReportLine
from .reports.choices import find_project, find_team
from .reports.figures import AREA, CREDIT, GROUPS, MONTH, PROJECT, TEAM, Asked, Report, Row, people_sums
from .reports.figures import report as area_figures
from .reports.periods import Period, parse_report_period

AREA_OPTION = click.option("--area", "code", required=True, help=N_("Code of the area."))
TEAM_OPTION = click.option(
    "--team", default="", help=N_("Only this team and the teams below it: id or name.")
)
PROJECT_OPTION = click.option("--project", default="", help=N_("Only this project: its code."))
CREDIT_OPTION = click.option(
    "--credit-only", is_flag=True, help=N_("Only hours that check-in and check-out have timed.")
)


@click.group("volunteer", help=N_("Volunteer hours of an area."))
def commands() -> None:
    """Hours and reports."""


@commands.command("hours", help=N_("Hours of everybody in an area and below, most first."))
@AREA_OPTION
@click.option("--from", "first", default="", help=N_("First day, as 2026-03-01."))
@click.option("--to", "last", default="", help=N_("Last day, as 2026-03-31."))
@TEAM_OPTION
@PROJECT_OPTION
@CREDIT_OPTION
@json_option
@site_command
def hours(
    code: str, first: str, last: str, team: str, project: str, credit_only: bool, as_json: bool
) -> None:
    """Print who served how long; minutes are split at local midnight when a range of days is given."""
    start, end = parse_day(first, "from"), parse_day(last, "to")
    span = make_span(start, end)
    with read_scope() as session:
        area = find_here(session, code)
        only = None
        if team or project or credit_only:
            # The period of the question plays no part: the days do.
            wanted = asked_of(session, area, parse_report_period(str(FIRST_YEAR)), team, project, credit_only)
            days = start or date(FIRST_YEAR, 1, 1), end or date(LAST_YEAR, 12, 31)
            only = people_sums(area.id, wanted, *days)
        page = queries.hours_page(session, area.id, span, only=only)
    rows = sorted(page.rows, key=lambda row: (-row.minutes, row.name, row.public_id))
    note_waiting(page.waiting)
    if as_json:
        emit(
            {
                "people": page.people,
                "entries": page.total.entries,
                "minutes": page.total.minutes,
                "hours": format_hours(page.total.minutes),
                "rows": [_row(row) for row in rows],
            }
        )
        return
    print_table(
        [[row.name, str(row.entries), str(row.minutes), format_hours(row.minutes)] for row in rows],
        [gettext("Name"), gettext("Person-times"), gettext("Minutes"), gettext("Hours")],
    )
    click.echo(
        gettext(
            "%(people)d people, %(entries)d person-times, %(hours)s hours",
            people=page.people,
            entries=page.total.entries,
            hours=format_hours(page.total.minutes),
        )
    )


@commands.command("report", help=N_("A month, quarter or year of an area: people, person-times and hours."))
@AREA_OPTION
@click.option("--month", default="", help=N_("The month, as 2026-03."))
@click.option("--period", default="", help=N_("Instead of a month: 2026, 2026-H1, 2026-Q2 or 2026-03."))
@click.option("--by", type=click.Choice(list(GROUPS)), default=AREA, help=N_("What the rows are."))
@TEAM_OPTION
@PROJECT_OPTION
@CREDIT_OPTION
@json_option
@site_command
def report(
    code: str, month: str, period: str, by: str, team: str, project: str, credit_only: bool, as_json: bool
) -> None:
    """Print a report; somebody who moved within it, or served in two teams, is in two rows and once in the total."""
    asked_for = _period(month, period)
    with read_scope() as session:
        area = find_here(session, code)
        wanted = asked_of(session, area, asked_for, team, project, credit_only, by)
        found = area_figures(session, area.id, wanted)
        waiting = waiting_in(session, NAME, area.id)
        rows = [*found.rows, *_rest(area, by, found)]
    note_waiting(waiting)
    if as_json:
        emit(
            {
                **({"month": asked_for.name} if month else {"period": asked_for.name, "by": by}),
                **_figures(found.total),
                "rows": [{**_named(by, row), **_figures(row.line)} for row in rows],
            }
        )
        return
    print_table(
        _cells([*rows, Row(gettext("Total"), found.total)]),
        [
            gettext("Code"), gettext("Name"), gettext("Registered"), gettext("Active"), gettext("Person-times"),
            gettext("Hours"),
        ],
    )  # fmt: skip


def _period(month: str, period: str) -> Period:
    if bool(month) == bool(period):
        raise Problem("no_period", N_("Give either --month or --period."), field="month")
    return parse_report_period(parse_month(month) if month else period)


def asked_of(
    session: Session, area: Area, period: Period, team: str, project: str, credit_only: bool, by: str = AREA
) -> Asked:
    """What the options ask for; raises Problem unknown_team or unknown_project."""
    return Asked(
        period,
        by,
        CREDIT if credit_only else "",
        find_team(session, area.id, team).id if team else None,
        find_project(session, area.id, project).id if project else None,
    )


def _rest(area: Area, by: str, found: Report) -> list[Row]:
    """The row of what belongs to no part, where there is any."""
    if not found.rest.entries and not found.rest.minutes:
        return []
    names = {AREA: area.name, TEAM: gettext("No team"), PROJECT: gettext("No project")}
    code = area.code if by == AREA else ""
    return [Row(str(names.get(by, gettext("No alliance"))), found.rest, code)]


def _named(by: str, row: Row) -> dict[str, object]:
    """The key that names a row: an area by its code, a team by its id, a project by its code, a month."""
    if by == MONTH:
        return {"month": row.code}
    if by == AREA:
        return {"area": {"code": row.code, "name": row.name}}
    if not row.public_id:
        return {by: None}
    more = {"code": row.code} if by == PROJECT else {}
    return {by: {"id": row.public_id, "name": row.name, **more}}


def _row(row: PersonHours) -> dict[str, object]:
    person = {"id": row.public_id, "name": row.name}
    return {"person": person, "minutes": row.minutes, "hours": format_hours(row.minutes)}


def _figures(line: ReportLine) -> dict[str, object]:
    return {
        "people": line.people,
        "active": line.active,
        "registered": line.registered,
        "person_times": line.entries,
        "minutes": line.minutes,
        "hours": format_hours(line.minutes),
    }


def _cells(rows: Iterable[Row]) -> list[list[str]]:
    return [
        [
            row.code,
            row.name,
            "–" if row.line.registered is None else str(row.line.registered),
            str(row.line.active),
            str(row.line.entries),
            format_hours(row.line.minutes),
        ]
        for row in rows
    ]


def find_here(session: Session, code: str) -> Area:
    """The area of a command, where the plugin is on; raises Problem unknown_area or plugin_off."""
    area = find_area(session, code.strip())
    if area is None:
        raise Problem("unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code)
    if NAME not in enabled_in(session, area.id):
        raise Problem(
            "plugin_off",
            N_(
                "Volunteer hours are switched off in %(area)s. Switch them on: "
                "pointsys plugin enable volunteer --area %(code)s"
            ),
            field="area",
            area=area.name,
            code=area.code,
        )
    return area


def note_waiting(waiting: int) -> None:
    """Say on standard error that a figure is not complete; the result itself stays what it is."""
    if waiting:
        click.echo(waiting_note(waiting), err=True)
