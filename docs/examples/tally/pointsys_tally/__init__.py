"""How often each person took part in activities of the kinds that their locality chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Card,
    MenuItem,
    Permission,
    Person,
    PluginInfo,
    Setting,
    hookimpl,
)

# The table belongs to the site as soon as the plugin is found.
from . import models as models

if TYPE_CHECKING:
    import click
    from flask import Flask

PLUGIN = PluginInfo(
    name="tally",
    slug="tally",
    title=N_("Participation count"),
    version="1.0.0",
    summary=N_("Counts how often people took part in activities of chosen kinds."),
    permissions=(
        Permission(
            "tally.view",
            N_("See how often people of the area took part"),
            ("subdistrict_office", "community_worker"),
        ),
    ),
    settings=(Setting("tally.kinds", N_("Kinds of activity that count"), ["volunteer_service"]),),
)


@hookimpl
def derive(session: Session, people: Sequence[int]) -> None:
    """The counts, from the log."""
    from . import services

    services.derive(session, people)


@hookimpl
def merge_people(session: Session, kept: int, merged: int) -> None:
    """Two rows became one human being, or one became two: count both anew."""
    from . import services

    services.derive(session, services.kept_ids(session, (kept, merged)))


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own count, on one's own first page."""
    from . import services

    return [services.card_of(session, person)]


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """A link in the area's menu, for those who may see the page."""
    return [MenuItem(N_("Participation count"), "tally.people", "tally.view", "list")]


@hookimpl
def register_blueprints(app: Flask) -> None:
    """The area's page."""
    from .views import blueprint

    app.register_blueprint(blueprint)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """``pointsys tally kinds``."""
    from .cli import commands

    cli.add_command(commands)
