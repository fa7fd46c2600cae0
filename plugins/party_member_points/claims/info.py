"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .objecting import SUBJECT

PART = Part(
    personal=True,
    views=("views", "views_own"),
    rest=("rest",),
    menu=(MenuItem(N_("Claims"), "points_claims.index", "points.verify", "bookmark-star"),),
    events={
        "points.claim_drafted": N_("Claim written"),
        "points.claim_changed": N_("Claim changed"),
        "points.claim_discarded": N_("Draft of a claim thrown away"),
        "points.claim_submitted": N_("Claim handed in"),
        "points.claim_verified": N_("Claim verified"),
        "points.claim_confirmed": N_("Claim confirmed"),
        "points.claim_returned": N_("Claim returned"),
        "points.claim_rejected": N_("Claim rejected"),
        "points.claim_withdrawn": N_("Claim taken back"),
        "points.claim_voided": N_("What a claim became was voided"),
    },
    objection_subjects=(SUBJECT,),
    sources={"claim": N_("claimed by the member")},
    held=(
        held(
            "points_claim",
            "person_id state item kind_id on_date starts_at quantity points created_at submitted_at verified_at "
            "decided_at entry_id award_id",
            HELD_RECORD,
        ),
        held("points_claim", "attrs title words late_reason content_key", HELD_RECORD, CLEARED),
        held("points_claim", "created_by verified_by decided_by", HELD_ACTS, LABEL),
        held("points_claim", "created_by_account verified_by_account decided_by_account", HELD_ACTS),
        plain("points_claim", "id public_id area_id"),
        held("points_claim_event", "claim_id outcome digest at", HELD_RECORD),
        held("points_claim_event", "reason", HELD_RECORD, CLEARED),
        held("points_claim_event", "actor", HELD_ACTS, LABEL),
        held("points_claim_event", "account_id", HELD_ACTS),
        plain("points_claim_event", "id"),
    ),
)
