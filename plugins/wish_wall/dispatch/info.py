"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import (
    CLEARED,
    HELD_ACTS,
    HELD_RECORD,
    LABEL,
    N_,
    MenuItem,
    Part,
    Periodic,
    held,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models


def _remind(now: datetime) -> None:
    from . import reminders

    reminders.remind(now)


PART = Part(
    views=("views", "views_organisations", "views_unit"),
    rest=("rest", "rest_organisations", "rest_rules"),
    menu=(
        MenuItem(
            N_("Wishes sent to units"),
            "wishes_dispatch.index",
            "wishes.dispatch",
            "box-arrow-right",
            also=("wishes_organisations",),
        ),
    ),
    own_pages=(MenuItem(N_("My unit's wishes"), "wishes_unit.index", "wishes.unit", "building"),),
    personal=True,
    pages=True,
    events={
        "wishes.organisation_added": N_("Unit for wishes added"),
        "wishes.organisation_changed": N_("Unit for wishes changed"),
        "wishes.organisation_closed": N_("Unit for wishes closed"),
        "wishes.liaison_linked": N_("Account linked to a unit for wishes"),
        "wishes.liaison_ended": N_("Link of an account to a unit for wishes ended"),
        "wishes.members_added": N_("People added to a unit for wishes"),
        "wishes.member_ended": N_("Somebody taken off a unit for wishes"),
        "wishes.route_changed": N_("Rule for sending wishes changed"),
    },
    jobs=(Periodic("wishes.remind_units", N_("Reminders of wishes sent to units"), _remind, at="08:00"),),
    held=(
        plain("wishes_organisation", "id public_id area_id name kind closed_at created_at"),
        held("wishes_organisation", "created_by", HELD_ACTS, LABEL),
        held("wishes_liaison", "account_id organisation_id from_on to_on linked_at ended_at", HELD_ACTS),
        held("wishes_liaison", "linked_by ended_by", HELD_ACTS, LABEL),
        plain("wishes_liaison", "id public_id"),
        held("wishes_organisation_member", "organisation_id person_id added_at ended_at", HELD_RECORD),
        held("wishes_organisation_member", "added_by", HELD_ACTS, LABEL),
        plain("wishes_organisation_member", "id public_id"),
        plain("wishes_route", "area_id category organisation_id days"),
        held("wishes_dispatch", "request answer", HELD_RECORD, CLEARED),
        held(
            "wishes_dispatch",
            "wish_id organisation_id state due_on sent_at reminded_on reminders ended_at",
            HELD_RECORD,
        ),
        held("wishes_dispatch", "sent_by", HELD_ACTS, LABEL),
        held("wishes_dispatch", "sent_by_account", HELD_ACTS),
        plain("wishes_dispatch", "id public_id"),
        held("wishes_dispatch_step", "dispatch_id action at", HELD_RECORD),
        held("wishes_dispatch_step", "note", HELD_RECORD, CLEARED),
        held("wishes_dispatch_step", "actor", HELD_ACTS, LABEL),
        held("wishes_dispatch_step", "account_id", HELD_ACTS),
        plain("wishes_dispatch_step", "id"),
    ),
)
