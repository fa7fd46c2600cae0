"""Attendance lists: who is expected, who came and when, on a phone or on paper; closing a list records it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Card, MenuItem, Permission, PluginInfo, hookimpl

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

if TYPE_CHECKING:
    from flask import Flask

PLUGIN = PluginInfo(
    name="attendance",
    slug="attendance",
    title=N_("Attendance"),
    version="0.1.0",
    order=5,
    summary=N_(
        "Lists of who is expected, tapped on a phone or keyed in from the signed sheet, and recorded at once."
    ),
    permissions=(
        Permission(
            "attendance.keep",
            N_("Keep attendance lists of the area"),
            ("subdistrict_office", "community_worker", "grid_worker"),
        ),
    ),
    sources={"attendance": N_("attendance list")},
    events={
        "attendance.opened": N_("Attendance list opened"),
        "attendance.added": N_("People put on an attendance list"),
        "attendance.marked": N_("Attendance marked"),
        "attendance.keyed": N_("Attendance keyed in from paper"),
        "attendance.closed": N_("Attendance list closed and recorded"),
        "attendance.settled": N_("Missing sign-out supplied"),
    },
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Lists, one list, and its paper."""
    from . import views, views_paper

    app.register_blueprint(views.blueprint)
    app.register_blueprint(views_paper.blueprint)


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """The area's attendance lists."""
    return (MenuItem(N_("Attendance"), "attendance.index", "attendance.keep", "clipboard-check"),)


@hookimpl
def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    """Lists still open, and people of whom nobody noted when they left."""
    from . import pages

    return pages.dashboard_cards(session, area)
