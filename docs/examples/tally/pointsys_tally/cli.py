"""``pointsys tally``."""

from __future__ import annotations

import click

from pointsys.plugin import N_, Problem, drain, find_area, operator, site_command, unit_of_work

from . import services


@click.group("tally", help=N_("Participation counts."))
def commands() -> None:
    """Commands of this plugin."""


@commands.command(help=N_("Choose the kinds of activity that count in an area."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.argument("kind", nargs=-1, required=True)
@site_command
def kinds(code: str, kind: tuple[str, ...]) -> None:
    """Set the kinds and count anew."""
    with unit_of_work(drain=False) as session:
        area = find_area(session, code)
        if area is None:
            raise Problem("unknown_area", N_("There is no area with the code %(code)s."), code=code)
        services.choose_kinds(session, area, kind, operator())
    drain()
