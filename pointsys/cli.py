"""``pointsys``: the command line. What each command does is in ``pointsys.commands``."""

from __future__ import annotations

import gc

import click

import pointsys
from pointsys.commands.frame import PointsysGroup
from pointsys.kit.problems import N_

COMMANDS = {
    "demo": "pointsys.commands.demo:demo",
    "init": "pointsys.commands.init:init",
    "serve": "pointsys.commands.serve:serve",
    "import": "pointsys.commands.imports:imports",
    "account": "pointsys.commands.account:account",
    "plugin": "pointsys.commands.plugin:plugin",
    "replay": "pointsys.commands.replay:replay",
    "jobs": "pointsys.commands.jobs:jobs",
    "calendar": "pointsys.commands.calendar:calendar",
    "db": "pointsys.commands.db:database",
    "backup": "pointsys.commands.backup:backup",
    "restore": "pointsys.commands.backup:restore",
    "key": "pointsys.commands.key:key",
    "audit": "pointsys.commands.audit:audit",
    "doctor": "pointsys.commands.doctor:doctor",
}


@click.group(
    cls=PointsysGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=N_("Volunteer hours and Party members' points, derived from one activity log."),
)
@click.version_option(
    pointsys.__version__,
    prog_name="pointsys",
    message="%(prog)s %(version)s",
    help=N_("Show the version and exit."),
)
@click.option("--debug", is_flag=True, help=N_("Show where a failure comes from."))
def cli(debug: bool) -> None:
    """The root of all commands."""


def main() -> None:
    """The entry point of the installed command."""
    # A command makes much that stays and little that goes round in circles: looking for that costs a tenth of a start.
    gc.set_threshold(50_000, 20, 20)
    cli.main()
