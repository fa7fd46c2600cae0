"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .objecting import SUBJECT

PART = Part(
    views=("views", "views_own", "views_sessions"),
    rest=("rest",),
    menu=(
        MenuItem(N_("Awards and deductions"), "points_awards.index", "points.view", "award"),
        MenuItem(N_("Sessions"), "points_sessions.index", "points.view", "people"),
    ),
    personal=True,
    objection_subjects=(SUBJECT,),
    events={
        "points.award_proposed": N_("Award, deduction or veto proposed"),
        "points.award_decided": N_("Award, deduction or veto: told, verified, decided on or voided"),
        "points.session_recorded": N_("Session recorded"),
        "points.session_said": N_("Attendance of a session recorded"),
        "points.session_decided": N_("Attendance of a session confirmed or voided"),
    },
    held=(
        held(
            "points_award",
            "person_id item kind on_date qty points attrs key source source_ref accepted_late adjusting recorded_at "
            "status",
            HELD_RECORD,
        ),
        held("points_award", "title reason evidence", HELD_RECORD, CLEARED),
        held("points_award", "recorded_by", HELD_ACTS, LABEL),
        held("points_award", "recorded_by_account", HELD_ACTS),
        plain("points_award", "id public_id area_id"),
        held("points_award_decision", "award_id outcome how on_date at", HELD_RECORD),
        held("points_award_decision", "reason", HELD_RECORD, CLEARED),
        held("points_award_decision", "actor", HELD_ACTS, LABEL),
        held("points_award_decision", "account_id", HELD_ACTS),
        plain("points_award_decision", "id"),
        plain(
            "points_session",
            "id public_id area_id branch_id kind item title on_date activity_id recorded_at state",
        ),
        held("points_session", "recorded_by", HELD_ACTS, LABEL),
        held("points_session", "recorded_by_account", HELD_ACTS),
        held("points_session_word", "person_id session_id word at", HELD_RECORD),
        held("points_session_word", "reason", HELD_RECORD, CLEARED),
        held("points_session_word", "actor", HELD_ACTS, LABEL),
        held("points_session_word", "account_id", HELD_ACTS),
        plain("points_session_word", "id"),
    ),
)
