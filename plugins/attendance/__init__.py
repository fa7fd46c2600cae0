"""Attendance lists: who is expected, who came and when, on a phone or on paper; closing a list records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pointsys.plugin import (
    CLEARED,
    HELD_ACTS,
    HELD_RECORD,
    LABEL,
    N_,
    Actor,
    Area,
    Card,
    MenuItem,
    Permission,
    PluginInfo,
    held,
    hookimpl,
    plain,
)

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
    held=(
        plain("attendance_sheet", "id public_id activity_id area_id opened_at closed_at"),
        held("attendance_sheet", "opened_by closed_by", HELD_ACTS, LABEL),
        held("attendance_mark", "person_id in_at out_at present walk_in method", HELD_RECORD, CLEARED),
        held("attendance_mark", "changed_by", HELD_ACTS, LABEL),
        plain("attendance_mark", "id sheet_id row_no pair entry_id changed_at"),
    ),
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


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """Marks that never came into the log go; what did is told by the log."""
    from . import personal

    personal.erase(session, rows)


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """When the person came and left, as it was marked."""
    from . import personal

    return personal.export(session, rows)
