"""Attendance lists: who is expected, who came and when, by oneself, on a phone or on paper; closing one records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
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
    CountedCards,
    DeviceUse,
    MenuItem,
    Periodic,
    Permission,
    Person,
    PluginInfo,
    Setting,
    held,
    hookimpl,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from . import review, saying
from .marks import BACKFILL_DAYS, REVIEW_HOURS, SOURCE, SOURCE_LATE, SOURCE_SET

if TYPE_CHECKING:
    from flask import Flask

    from pointsys.plugin import RestApi

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
    settings=(
        Setting(saying.BACKFILL, N_("Days after an activity in which times can be supplied"), BACKFILL_DAYS),
        Setting(
            review.HOURS, N_("Hours after the planned end until a missing stamp is looked at"), REVIEW_HOURS
        ),
    ),
    sources={
        SOURCE: N_("attendance, by the clock"),
        SOURCE_SET: N_("attendance, as noted"),
        SOURCE_LATE: N_("attendance, supplied later"),
    },
    timed_sources=(SOURCE,),
    waiting_sources=(SOURCE_LATE,),
    jobs=(
        Periodic(
            "attendance.review", N_("Stamps that were forgotten"), review.find_forgotten, every_minutes=30
        ),
    ),
    events={
        "attendance.opened": N_("Attendance list opened"),
        "attendance.added": N_("People put on an attendance list"),
        "attendance.marked": N_("Attendance marked"),
        "attendance.checked": N_("Signed in or out by oneself"),
        "attendance.keyed": N_("Attendance keyed in from paper"),
        "attendance.closed": N_("Attendance list closed and recorded"),
        "attendance.settled": N_("Missing sign-out supplied"),
        "attendance.review_due": N_("Forgotten stamps found"),
        "attendance.codes_renewed": N_("Codes of an attendance list renewed"),
        "attendance.keepers_named": N_("Keepers of an attendance list named"),
        "attendance.keeper_dismissed": N_("Keeper of an attendance list dismissed"),
        "attendance.kiosk_opened": N_("Device at the door opened"),
        "attendance.kiosk_ended": N_("Device at the door ended"),
    },
    held=(
        plain("attendance_sheet", "id public_id activity_id area_id salt opened_at closed_at"),
        held("attendance_sheet", "opened_by closed_by", HELD_ACTS, LABEL),
        held(
            "attendance_mark",
            "person_id role due_from due_to in_at out_at present walk_in method out_method raw_in raw_out verify "
            "device out_device review_at late reason",
            HELD_RECORD,
            CLEARED,
        ),
        held("attendance_mark", "changed_by", HELD_ACTS, LABEL),
        plain("attendance_mark", "id sheet_id row_no pair entry_id changed_at"),
        held("attendance_keeper", "person_id", HELD_ACTS, CLEARED),
        held("attendance_keeper", "named_by", HELD_ACTS, LABEL),
        plain("attendance_keeper", "id sheet_id named_at"),
        held("attendance_kiosk", "opened_by", HELD_ACTS, LABEL),
        plain("attendance_kiosk", "id public_id sheet_id key opened_at expires_at ended_at browser"),
    ),
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Lists, one list and its paper, the pages on the phone, and the device at the door."""
    from . import views, views_paper
    from .kiosk import views as kiosk
    from .scan import views as scan
    from .scan import views_own

    for module in (views, views_paper, scan, views_own, kiosk):
        app.register_blueprint(module.blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    """Lists, stamps and what was forgotten, for programs."""
    from . import rest

    api.register_blueprint(rest.blueprint)


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """The area's attendance lists."""
    also = ("attendance_paper",)
    return (MenuItem(N_("Attendance"), "attendance.index", "attendance.keep", "clipboard-check", also),)


@hookimpl
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    """Lists that wait to be recorded, and forgotten stamps."""
    from . import pages

    return [pages.counted_cards(area)]


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """The way to one's own check-ins."""
    from . import pages

    return pages.member_cards(session, person)


@hookimpl
def devices_used(session: Session, area: Area, first: date, last: date) -> Sequence[DeviceUse]:
    """Which phones people signed in and out with by themselves."""
    from . import devices

    return devices.used(session, area, first, last)


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
