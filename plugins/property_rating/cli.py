"""``pointsys property``: the arithmetic of schemes, without a database."""

from __future__ import annotations

import click

from pointsys.plugin import cli_text as _


@click.group("property", help=_("Rating of property companies: the arithmetic of schemes."))
def commands() -> None:
    """The parts add what they can do."""
