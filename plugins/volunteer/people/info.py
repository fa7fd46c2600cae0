"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .roster import COLUMNS

PART = Part(
    views=("views", "views_acts", "views_own"),
    rest=("rest",),
    personal=True,
    import_columns=COLUMNS,
    pages=True,
    menu=(MenuItem(N_("Volunteers"), "volunteer_people.index", "volunteer.people", "people"),),
    events={
        "volunteer.applied": N_("Applied to be a volunteer"),
        "volunteer.registered": N_("Volunteer registered"),
        "volunteer.suspended": N_("Volunteer suspended"),
        "volunteer.resumed": N_("Suspension of a volunteer lifted"),
        "volunteer.withdrawn": N_("Volunteer withdrawn"),
        "volunteer.external_id_set": N_("Volunteer's number elsewhere recorded"),
        "volunteer.guardian_added": N_("Guardian of a volunteer recorded"),
        "volunteer.guardian_ended": N_("Guardian of a volunteer ended"),
        "volunteer.consent_given": N_("Guardian's consent given"),
        "volunteer.consent_withdrawn": N_("Guardian's consent withdrawn"),
        "volunteer.insurance_added": N_("Volunteer's insurance recorded"),
        "volunteer.insurance_ended": N_("Volunteer's insurance taken back"),
        "volunteer.training_added": N_("Volunteer's training recorded"),
        "volunteer.training_voided": N_("Volunteer's training taken back"),
    },
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
