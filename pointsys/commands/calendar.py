"""``pointsys calendar``: the State Council's yearly notice of holidays and make-up days."""

from __future__ import annotations

from pathlib import Path

import click

from pointsys.commands.console import emit, json_option
from pointsys.commands.frame import site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_


@click.group(help=N_("Holidays and make-up working days."))
def calendar() -> None:
    """Commands about the calendar."""


@calendar.command(name="import", help=N_("Take a year's holidays from a CSV or TOML file."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@site_command
def import_file(file: Path, as_json: bool) -> None:
    """Each year of the file replaces what was known of that year."""
    from pointsys.core import audit
    from pointsys.core.actors import operator
    from pointsys.core.site import current_site
    from pointsys.core.unit_of_work import unit_of_work
    from pointsys.core.work_calendar import import_calendar

    years = sorted(import_calendar(current_site().home, file.read_bytes()))
    with unit_of_work(drain=False) as session:
        audit.write(
            session, operator(), "calendar.imported", "calendar", str(years[0]), after={"years": years}
        )
    if as_json:
        emit({"years": years})
    else:
        click.echo(_("Holidays of %(years)s are known now.", years=", ".join(map(str, years))))
