"""Micro-wishes: somebody says what would help, somebody else brings it, and the activity log says who did."""

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
    CalendarItem,
    Card,
    CountedCards,
    DemoDay,
    Figure,
    KindInfo,
    MenuItem,
    MonthSpan,
    Panel,
    Permission,
    Person,
    PluginInfo,
    PublicBlock,
    ReportSection,
    RestApi,
    held,
    hookimpl,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .models import NAME
from .parts import PARTS

if TYPE_CHECKING:
    from flask import Flask

_STAFF = ("subdistrict_office", "community_worker")
_DECIDING = (*_STAFF, "party_committee")
_READING = (*_DECIDING, "grid_worker", "branch_secretary")


def _tell_demo(session: Session, told: DemoDay) -> None:
    from . import demo

    demo.tell(session, told)


PLUGIN = PluginInfo(
    name=NAME,
    slug="wishes",
    title=N_("Micro-wishes"),
    version="0.1.0",
    order=30,
    summary=N_(
        "A wall of small wishes: asked for by residents, checked by the office, claimed and brought by neighbours."
    ),
    activity_kinds=(KindInfo("wish", "微心愿", service=True),),
    permissions=(
        Permission("wishes.view", N_("See wishes of the area, with who asked"), _READING),
        Permission("wishes.ask", N_("Make a wish of one's own"), (*_READING, "member", "resident")),
        Permission("wishes.behalf", N_("Make a wish for somebody who agreed"), (*_STAFF, "grid_worker")),
        Permission(
            "wishes.claim",
            N_("Claim wishes and bring them"),
            (*_READING, "member", "resident", "unit_liaison"),
        ),
        Permission(
            "wishes.review",
            N_("Decide on wishes and claims, confirm what was brought"),
            _STAFF,
        ),
        Permission("wishes.campaign", N_("Run rounds of wishes and take in sheets"), _STAFF),
        Permission("wishes.dispatch", N_("Keep units and send wishes to them"), _STAFF),
        Permission(
            "wishes.unit",
            N_("Claim wishes for one's own unit, answer what was sent to it"),
            ("unit_liaison",),
        ),
    ),
    demo=_tell_demo,
    notices=PARTS.listed("notices"),
    events=PARTS.joined("events"),
    settings=PARTS.listed("settings"),
    jobs=PARTS.listed("jobs"),
    own_pages=PARTS.listed("own_pages"),
    import_columns=PARTS.listed("import_columns"),
    objection_subjects=PARTS.listed("objection_subjects"),
    sources=PARTS.joined("sources"),
    sealed_columns=PARTS.listed("sealed_columns"),
    person_fields=PARTS.joined("person_fields"),
    held=(
        plain("wishes_household", "id public_id area_id created_at"),
        held("wishes_household", "created_by", HELD_ACTS, LABEL),
        held("wishes_household_member", "household_id person_id added_at ended_at", HELD_RECORD),
        held("wishes_household_member", "added_by", HELD_ACTS, LABEL),
        plain("wishes_household_member", "id"),
        held(
            "wishes_wish",
            "person_id household_id campaign_id category amount slots taken state priority channel hidden year number "
            "submitted_at reviewed_at published_at frozen_at expires_at ended_at consent_at",
            HELD_RECORD,
        ),
        held("wishes_wish", "title public_text private_text consent_note", HELD_RECORD, CLEARED),
        held("wishes_wish", "submitted_by reviewed_by", HELD_ACTS, LABEL),
        held("wishes_wish", "submitted_by_account reviewed_by_account", HELD_ACTS),
        plain("wishes_wish", "id public_id area_id"),
        held(
            "wishes_claim",
            "wish_id person_id organisation_id assigned qty state claimed_at contact_due reminded_at contacted_at "
            "deliver_due delivered_at "
            "confirmed_at ended_at rating minutes",
            HELD_RECORD,
        ),
        held("wishes_claim", "delivery_note thanks end_reason", HELD_RECORD, CLEARED),
        held("wishes_claim", "claimed_by confirmed_by", HELD_ACTS, LABEL),
        held("wishes_claim", "claimed_by_account confirmed_by_account", HELD_ACTS),
        plain("wishes_claim", "id public_id"),
        held(
            "wishes_claim_member",
            "claim_id wish_id person_id place live agreed_at left_at entry_id",
            HELD_RECORD,
        ),
        plain("wishes_claim_member", "id"),
        held("wishes_event", "wish_id claim_id action before after at", HELD_RECORD),
        held("wishes_event", "reason", HELD_RECORD, CLEARED),
        held("wishes_event", "actor", HELD_ACTS, LABEL),
        held("wishes_event", "account_id", HELD_ACTS),
        plain("wishes_event", "id"),
        *PARTS.listed("held"),
    ),
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Pages of an area, one's own, and public ones."""
    for blueprint in PARTS.blueprints("views"):
        app.register_blueprint(blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    """Wishes, and everything that is done with them."""
    for blueprint in PARTS.blueprints("rest"):
        api.register_blueprint(blueprint)


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """The pages of the parts."""
    return PARTS.listed("menu")


@hookimpl
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    """What waits in the parts."""
    return PARTS.counted_cards(area)


@hookimpl
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """A person's wishes and claims, for staff."""
    return PARTS.gathered("person_panels", session, person, area, actor)


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own wishes and claims."""
    return PARTS.gathered("member_cards", session, person)


@hookimpl
def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """The month's wishes by kind and area."""
    from .wall import statistics

    return statistics.report_sections(session, area, month)


@hookimpl
def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """Wishes by month, kind and area, and how long they waited."""
    from .wall import statistics

    return statistics.figures(session, area, period, actor)


@hookimpl
def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    """Until when somebody gets in touch, brings a wish, or answers for their unit."""
    from . import calendar

    return calendar.own_calendar(session, person, since)


@hookimpl
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The first wishes of the wall."""
    return PARTS.gathered("public_blocks", session, area)


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """What the parts hold of the person."""
    return PARTS.export_person(session, person, rows)


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go; what was done stays."""
    PARTS.erase_person(session, person, rows)
