"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, held, plain

from ..part import Part

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    held=(
        plain("volunteer_series", "year last"),
        held(
            "volunteer_profile",
            "person_id volunteer_no state way applied_at registered_on changed_at",
            HELD_RECORD,
        ),
        held("volunteer_profile", "words reason", HELD_RECORD, CLEARED),
        held("volunteer_profile", "changed_by", HELD_ACTS, LABEL),
        held("volunteer_external_id", "person_id system value recorded_at", HELD_RECORD, CLEARED),
        held("volunteer_external_id", "recorded_by", HELD_ACTS, LABEL),
        plain("volunteer_external_id", "id"),
        held("volunteer_guardian", "person_id guardian_id relation recorded_at ended_at", HELD_RECORD),
        held("volunteer_guardian", "seen", HELD_RECORD, CLEARED),
        held("volunteer_guardian", "recorded_by ended_by", HELD_ACTS, LABEL),
        plain("volunteer_guardian", "id public_id"),
        held("volunteer_consent", "guardian_row_id from_on to_on method given_at withdrawn_at", HELD_RECORD),
        held("volunteer_consent", "evidence", HELD_RECORD, CLEARED),
        held("volunteer_consent", "recorded_by withdrawn_by", HELD_ACTS, LABEL),
        plain("volunteer_consent", "id public_id"),
        held("volunteer_insurance", "person_id activity_id from_on to_on recorded_at ended_at", HELD_RECORD),
        held("volunteer_insurance", "policy_no insurer", HELD_RECORD, CLEARED),
        held("volunteer_insurance", "recorded_by", HELD_ACTS, LABEL),
        plain("volunteer_insurance", "id public_id"),
        held(
            "volunteer_training",
            "person_id title qualification minutes on_date valid_until recorded_at voided_at",
            HELD_RECORD,
        ),
        held("volunteer_training", "certificate_no", HELD_RECORD, CLEARED),
        held("volunteer_training", "recorded_by", HELD_ACTS, LABEL),
        plain("volunteer_training", "id public_id"),
    ),
)
