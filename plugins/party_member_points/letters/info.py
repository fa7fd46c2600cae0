"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, HELD_MEMBERSHIP, LABEL, held, plain

from ..part import Part

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
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
        held("points_letter_event", "letter_id state note at", HELD_MEMBERSHIP),
        held("points_letter_event", "actor", HELD_ACTS, LABEL),
        held("points_letter_event", "account_id", HELD_ACTS),
        plain("points_letter_event", "id"),
    ),
)
