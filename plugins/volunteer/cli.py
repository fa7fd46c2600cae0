"""``pointsys volunteer``: an area's hours and its monthly report, as a table or as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable

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
from .hours import make_span, parse_day, parse_month
from .pages import waiting_note
from .queries import NAME, PersonHours, ReportLine


@click.group("volunteer", help=N_("Volunteer hours of an area."))
def commands() -> None:
    """Hours and reports."""


@commands.command("hours", help=N_("Hours of everybody in an area and below, most first."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--from", "first", default="", help=N_("First day, as 2026-03-01."))
@click.option("--to", "last", default="", help=N_("Last day, as 2026-03-31."))
@json_option
@site_command
def hours(code: str, first: str, last: str, as_json: bool) -> None:
    """Print who served how long; minutes are split at local midnight when a range of days is given."""
    span = make_span(parse_day(first, "from"), parse_day(last, "to"))
    with read_scope() as session:
        area = _area(session, code)
        page = queries.hours_page(session, area.id, span)
    rows = sorted(page.rows, key=lambda row: (-row.minutes, row.name, row.public_id))
    _note_waiting(page.waiting)
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


@commands.command("report", help=N_("A month of an area: people, person-times and hours by the areas below."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--month", required=True, help=N_("The month, as 2026-03."))
@json_option
@site_command
def report(code: str, month: str, as_json: bool) -> None:
    """Print a month's report; somebody who moved within it is in two rows and once in the total."""
    period = parse_month(month)
    with read_scope() as session:
        area = _area(session, code)
        found = queries.area_report(session, area.id, period)
        waiting = waiting_in(session, NAME, area.id)
        lines = [(child.code, child.name, line) for child, line in found.parts]
        if found.direct.entries or found.direct.minutes:
            lines.append((area.code, area.name, found.direct))
    _note_waiting(waiting)
    if as_json:
        rows = [{"area": {"code": code, "name": name}, **_figures(line)} for code, name, line in lines]
        emit({"month": period, **_figures(found.total), "rows": rows})
        return
    print_table(
        _cells([*lines, ("", gettext("Total"), found.total)]),
        [
            gettext("Code"),
            gettext("Area"),
            gettext("Number of people"),
            gettext("Person-times"),
            gettext("Hours"),
        ],
    )


def _row(row: PersonHours) -> dict[str, object]:
    person = {"id": row.public_id, "name": row.name}
    return {"person": person, "minutes": row.minutes, "hours": format_hours(row.minutes)}


def _figures(line: ReportLine) -> dict[str, object]:
    return {
        "people": line.people,
        "person_times": line.entries,
        "minutes": line.minutes,
        "hours": format_hours(line.minutes),
    }


def _cells(lines: Iterable[tuple[str, str, ReportLine]]) -> list[list[str]]:
    return [
        [code, name, str(line.people), str(line.entries), format_hours(line.minutes)]
        for code, name, line in lines
    ]


def _area(session: Session, code: str) -> Area:
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


def _note_waiting(waiting: int) -> None:
    """Say on standard error that a figure is not complete; the result itself stays what it is."""
    if waiting:
        click.echo(waiting_note(waiting), err=True)
