"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_MEMBERSHIP, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .jobs import JOBS

PART = Part(
    views=("views", "views_unit", "views_liaisons"),
    rest=("rest", "rest_liaisons"),
    personal=True,
    menu=(
        MenuItem(N_("Letters to units"), "points_letters.index", "points.letters", "file-earmark-text"),
        MenuItem(N_("Liaisons of units"), "points_liaisons.index", "points.letters", "person-badge"),
    ),
    own_pages=(MenuItem(N_("My unit's members"), "points_unit.index", "points.unit", "building"),),
    events={
        "points.letter_sent": N_("Letter sent to a unit"),
        "points.letter_acknowledged": N_("Letter acknowledged by a unit"),
        "points.liaison_linked": N_("Account linked to a unit"),
        "points.liaison_ended": N_("Link of an account to a unit ended"),
    },
    jobs=JOBS,
    held=(
        held("points_liaison", "account_id unit_id area_id from_on to_on linked_at ended_at", HELD_ACTS),
        held("points_liaison", "linked_by ended_by", HELD_ACTS, LABEL),
        plain("points_liaison", "id public_id"),
        held(
            "points_letter",
            "kind ref area_id unit_id person_id document_id period sent_at state",
            HELD_MEMBERSHIP,
        ),
        held("points_letter", "sent_by", HELD_ACTS, LABEL),
        held("points_letter", "sent_by_account", HELD_ACTS),
        plain("points_letter", "id public_id"),
        held("points_letter_event", "letter_id state at", HELD_MEMBERSHIP),
        held("points_letter_event", "note", HELD_MEMBERSHIP, CLEARED),
        held("points_letter_event", "actor", HELD_ACTS, LABEL),
        held("points_letter_event", "account_id", HELD_ACTS),
        plain("points_letter_event", "id"),
    ),
)
