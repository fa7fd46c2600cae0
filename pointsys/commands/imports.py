"""``pointsys import``: rosters and activity sheets from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pointsys.commands.console import Steps, emit, json_option
from pointsys.commands.frame import FAILED, REFUSED, find_or_refuse, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_

if TYPE_CHECKING:
    from collections.abc import Callable

    from pointsys.core.areas.models import Area
    from pointsys.core.imports.report import ImportReport

_PHASES = {
    "checking": N_("Checking rows"),
    "staging": N_("Keeping rows"),
    "applying": N_("Importing"),
    "deriving": N_("Computing"),
}
_SHOWN_ERRORS = 50


@click.group(help=N_("Import a roster or activity sheets: .xlsx, .xls, .ods, .csv."))
def imports() -> None:
    """Commands that import."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--area", "code", required=True, help=N_("Code of the area.")),
        click.option("--sheet", help=N_("Name of the sheet, where a workbook has several.")),
        click.option("--dry-run", is_flag=True, help=N_("Check and count, but change nothing.")),
        click.option("--skip-errors", is_flag=True, help=N_("Import the good rows and leave out those at fault.")),
        json_option,
    )):  # fmt: skip
        function = option(function)
    return function


@imports.command(help=N_("Import a roster of people."))
@_options
@site_command
def people(**options: Any) -> int:
    """Rows become people, or complete those who are there."""
    return _import("people", **options)


@imports.command(
    name="activity-log", help=N_("Import what people did; the entries are confirmed by the operator.")
)
@_options
@click.option(
    "--accept-late", metavar="REASON", help=N_("Count entries that come after their period's deadline.")
)
@click.option(
    "--kind", "default_kind", default="", help=N_("Kind of activity, where the sheet has no such column.")
)
@site_command
def activity_log(**options: Any) -> int:
    """Rows become entries; the same file twice creates nothing."""
    return _import("activity_log", **options)


def _import(kind: str, file: Path, code: str, as_json: bool, **options: Any) -> int:
    from pointsys.core.actors import operator
    from pointsys.core.imports.runner import import_file

    area = _area(code)
    with Steps(_PHASES) as steps:
        report = import_file(kind, file, file.name, area, operator(), progress=steps, **options)
    if as_json:
        emit(report.as_json())
    else:
        _tell(report, options["dry_run"])
    if report.refused and not options["dry_run"]:
        click.echo(
            _("Nothing was imported. Correct the rows at fault, or leave them out with --skip-errors."),
            err=True,
        )
        return REFUSED
    for plugin in report.derive_failed:
        text = N_("%(plugin)s could not compute its results; they are tried again by: pointsys replay")
        click.echo(_(text, plugin=_(plugin)), err=True)
    return FAILED if report.derive_failed else 0


def _area(code: str) -> Area:
    from pointsys.core.unit_of_work import read_scope

    with read_scope() as session:
        area = find_or_refuse(session, code)
        session.expunge(area)
    return area


def _tell(report: ImportReport, dry_run: bool) -> None:
    from pointsys.core.imports.report import sentence

    counts = report.outcome.counts
    if dry_run:
        click.echo(_("A trial run: nothing was changed."))
    text = N_(
        "New %(created)s, updated %(updated)s, unchanged %(unchanged)s, repeated %(duplicate)s, at fault %(error)s."
    )
    click.echo(_(text, **counts))
    if report.outcome.new_areas:
        click.echo(_("New grids: %(names)s", names="、".join(report.outcome.new_areas)))
    if report.outcome.new_kinds:
        click.echo(_("New kinds, worth nothing yet: %(names)s", names="、".join(report.outcome.new_kinds)))
    for note in report.errors[:_SHOWN_ERRORS]:
        text = N_("Row %(row)s, %(column)s: %(message)s")
        click.echo(
            _(text, row=note.row, column=note.fault.column or "-", message=sentence(note.fault)), err=True
        )
    if len(report.errors) > _SHOWN_ERRORS:
        text = N_("... and %(count)s more; --json lists them all.")
        click.echo(_(text, count=len(report.errors) - _SHOWN_ERRORS), err=True)
