"""``pointsys points sheets``: list, compute, prove the chain, and compute confirmed sheets again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    cli_text,
    current_site,
    emit,
    json_option,
    operator,
    print_table,
    progress,
    read_scope,
    site_command,
    unit_of_work,
)

from ..cli_area import area_of
from .wording import STATE_TITLES

AREA = N_("Code of the area; the whole site if left out.")


@click.group(
    "sheets", help=N_("Points sheets: list, compute, and prove that confirmed ones are as they were.")
)
def commands() -> None:
    """Sheets."""


@commands.command("list", help=N_("The sheets of an area and below."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@json_option
@site_command
def list_all(code: str, as_json: bool) -> int:
    """One line a sheet, the newest cut first."""
    from .reading import list_sheets

    with read_scope() as session:
        area = area_of(session, code)
        rows, _total = list_sheets(session, area.id)
        found = [
            {
                "id": row.sheet.public_id, "area": row.area, "branch": row.sheet.branch, "label": row.sheet.label,
                "period": row.sheet.period, "cut": row.sheet.cut.isoformat(), "no": row.sheet.no,
                "state": row.state, "members": row.sheet.line_count, "sha256": row.sheet.sha256,
            }
            for row in rows
        ]  # fmt: skip
    if as_json:
        emit({"sheets": found})
        return 0
    print_table(
        [
            [
                str(row["label"]),
                str(row["area"]),
                str(row["branch"]),
                str(row["no"]),
                cli_text(STATE_TITLES[str(row["state"])]),
                str(row["members"]),
                str(row["sha256"])[:16],
            ]
            for row in found
        ],
        [
            gettext("Sheet"),
            gettext("Area"),
            gettext("Party branch"),
            gettext("Number"),
            gettext("State"),
            gettext("Members"),
            gettext("Check number"),
        ],
    )
    return 0


@commands.command(
    "compute", help=N_("Freeze the sheet of a quarter, or of a month where a scheme counts by it.")
)
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--cut", required=True, help=N_("The quarter as 2026-Q1, or the month as 2026-03."))
@click.option("--branch", default="", help=N_("Name of a Party branch; everybody if left out."))
@json_option
@site_command
def compute(code: str, cut: str, branch: str, as_json: bool) -> int:
    """Compute as the operator; publishing and confirming stay with people who sign in."""
    from ..schemes import rules_of
    from . import services
    from .calendar import cut_of

    with unit_of_work() as session:
        area = area_of(session, code)
        found = cut_of(rules_of(session, area.id), cut.strip(), current_site().today())
        sheet = services.compute(session, area, found, branch, operator())
        result: Mapping[str, Any] = {
            "id": sheet.public_id, "label": sheet.label, "no": sheet.no, "members": sheet.line_count,
            "sha256": sheet.sha256,
        }  # fmt: skip
    if as_json:
        emit(result)
    else:
        click.echo(gettext("%(label)s, number %(no)s: %(members)s members, %(sha256)s", **result))
    return 0


@commands.command("verify", help=N_("Follow the chain of confirmed sheets, and say what does not fit."))
@click.option("--area", "code", help=AREA)
@json_option
@site_command
def verify(code: str | None, as_json: bool) -> int:
    """Exit code 1 when a link, a text, lines, a state or a notice does not fit."""
    from . import chain

    with read_scope() as session:
        found = chain.verify(session, area_of(session, code) if code else None)
    if as_json:
        emit(
            {"links": found.links, "sheets": found.sheets, "faults": [vars(fault) for fault in found.faults]}
        )
        return 1 if found.faults else 0
    for fault in found.faults:
        click.echo(
            gettext(
                "%(area)s, sheet %(sheet)s: %(what)s does not fit",
                area=fault.area,
                sheet=fault.sheet,
                what=fault.what,
            )
        )
    click.echo(
        gettext(
            "%(links)s links of %(sheets)s sheets looked at; %(faults)s faults.",
            links=found.links, sheets=found.sheets, faults=len(found.faults),
        )
    )  # fmt: skip
    return 1 if found.faults else 0


@commands.command(
    "rebuild", help=N_("Compute published and confirmed sheets again from the facts known then.")
)
@click.option("--check", is_flag=True, required=True, help=N_("Only compare; nothing is ever changed."))
@click.option("--area", "code", help=AREA)
@json_option
@site_command
def rebuild(check: bool, code: str | None, as_json: bool) -> int:
    """Exit code 1 when a sheet does not come out equal to the byte."""
    from . import chain

    results = []
    with read_scope() as session:
        sheets = chain.sheets_to_prove(session, area_of(session, code) if code else None)
        with progress(gettext("Computing"), len(sheets)) as update:
            for number, sheet in enumerate(sheets, start=1):
                results.append(chain.rebuild(session, sheet))
                update(number)
    unequal = [result for result in results if not result.equal]
    if as_json:
        emit({"sheets": [vars(result) for result in results], "unequal": len(unequal)})
        return 1 if unequal else 0
    for result in unequal:
        click.echo(
            gettext(
                "%(label)s, sheet %(sheet)s: %(count)s lines differ",
                label=result.label, sheet=result.sheet, count=len(result.differ),
            )
        )  # fmt: skip
    click.echo(
        gettext(
            "%(sheets)s sheets computed again, %(equal)s equal to the byte.",
            sheets=len(results), equal=len(results) - len(unequal),
        )
    )  # fmt: skip
    return 1 if unequal else 0
