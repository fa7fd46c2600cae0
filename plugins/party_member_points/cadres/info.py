"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_terms", "views_liaison"),
    rest=("rest",),
    personal=True,
    menu=(MenuItem(N_("Seconded cadres"), "points_cadres.index", "points.cadres", "person-badge"),),
    events={
        "points.cadre_post_added": N_("Post for a seconded cadre added"),
        "points.cadre_post_changed": N_("Post for a seconded cadre changed"),
        "points.cadre_post_ended": N_("Post for a seconded cadre ended"),
        "points.cadre_assigned": N_("Seconded cadre put on a post"),
        "points.cadre_ended": N_("Seconded cadre left a post"),
        "points.cadre_noted": N_("Note in the ledger of a seconded cadre"),
        "points.cadre_note_voided": N_("Note in the ledger of a seconded cadre voided"),
        "points.cadre_status_computed": N_("Status of a seconded cadre computed"),
        "points.cadre_status_reviewed": N_("Status of a seconded cadre reviewed"),
        "points.cadre_status_sent": N_("Status of a seconded cadre sent to the unit"),
    },
    held=(
        plain("points_cadre_post", "id public_id area_id title duties closed_on created_at"),
        held("points_cadre_post", "created_by", HELD_ACTS, LABEL),
        held("points_cadre_term", "person_id post_id unit_id from_on to_on recorded_at", HELD_RECORD),
        held("points_cadre_term", "recorded_by", HELD_ACTS, LABEL),
        plain("points_cadre_term", "id public_id"),
        held("points_cadre_note", "term_id on_date kind minutes recorded_at", HELD_RECORD),
        held("points_cadre_note", "text", HELD_RECORD, CLEARED),
        held("points_cadre_note", "recorded_by", HELD_ACTS, LABEL),
        held("points_cadre_note", "recorded_by_account", HELD_ACTS),
        plain("points_cadre_note", "id public_id"),
        held("points_cadre_void", "reason", HELD_RECORD, CLEARED),
        held("points_cadre_void", "actor", HELD_ACTS, LABEL),
        held("points_cadre_void", "account_id", HELD_ACTS),
        plain("points_cadre_void", "note_id at"),
        held(
            "points_cadre_status",
            "term_id period no figures state computed_at reviewed_at letter_id",
            HELD_RECORD,
        ),
        held("points_cadre_status", "review", HELD_RECORD, CLEARED),
        held("points_cadre_status", "computed_by reviewed_by", HELD_ACTS, LABEL),
        held("points_cadre_status", "computed_by_account reviewed_by_account", HELD_ACTS),
        plain("points_cadre_status", "id public_id"),
    ),
)
