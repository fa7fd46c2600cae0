"""``pointsys points annual``: the results of an area, and whether confirmed ones are as they were confirmed."""

from __future__ import annotations

import click
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    cli_text,
    emit,
    json_option,
    print_table,
    read_scope,
    site_command,
)

from ..cli_area import area_of
from .wording import STATE_TITLES


@click.group("annual", help=N_("Annual grades: list them, and prove that confirmed ones are as they were."))
def commands() -> None:
    """Results."""


@commands.command("list", help=N_("The annual grades of an area and below, the newest period first."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@json_option
@site_command
def list_all(code: str, as_json: bool) -> int:
    """One line a result."""
    from .queries import results

    with read_scope() as session:
        area = area_of(session, code)
        rows, _total = results(session, area.id, limit=1000, offset=0)
    if as_json:
        names = ("area", "period", "no", "state", "members", "decided", "sha256")
        emit({"results": [{"id": row.public_id, **{n: getattr(row, n) for n in names}} for row in rows]})
        return 0
    heads = (N_("Area"), N_("Period"), N_("No."), N_("State"), N_("Members"))
    print_table(
        [
            [row.area, row.period, str(row.no), cli_text(STATE_TITLES[row.state]), str(row.members)]
            for row in rows
        ],
        [cli_text(head) for head in heads],
    )
    return 0


@commands.command("verify", help=N_("Compare confirmed annual grades with their snapshots and hashes."))
@click.option("--area", "code", help=N_("Code of the area; the whole site if left out."))
@json_option
@site_command
def verify(code: str | None, as_json: bool) -> int:
    """Exit code 1 when a text, the chain or lines do not fit."""
    from .publishing import verify as look

    with read_scope() as session:
        count, broken = look(session, area_of(session, code) if code else None)
    if as_json:
        emit({"results": count, "faults": [vars(fault) for fault in broken]})
        return 1 if broken else 0
    for fault in broken:
        click.echo(
            gettext(
                "%(period)s no. %(no)s: %(what)s does not fit",
                period=fault.period,
                no=fault.no,
                what=fault.what,
            )
        )
    click.echo(gettext("%(count)s results looked at; %(faults)s faults.", count=count, faults=len(broken)))
    return 1 if broken else 0
