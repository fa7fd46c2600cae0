"""``pointsys points``."""

from __future__ import annotations

import click


@click.group("points")
def commands() -> None:
    """Points."""
