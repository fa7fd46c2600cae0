"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, held, plain

from ..part import Part

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    held=(
        plain("volunteer_alliance", "id public_id area_id name about closed_on created_at"),
        held("volunteer_alliance", "created_by", HELD_ACTS, LABEL),
        plain(
            "volunteer_team",
            "id public_id area_id host name parent_id about open_to_join issuer_eligible organisation state "
            "founded_on dissolved_on successor_id created_at",
        ),
        # Names that stand on the organisation's own papers.
        held("volunteer_team", "head handler contact", HELD_ACTS),
        held("volunteer_team", "created_by", HELD_ACTS, LABEL),
        plain("volunteer_alliance_team", "id alliance_id team_id from_on to_on"),
        held("volunteer_member", "team_id person_id role joined_on left_on recorded_at", HELD_RECORD),
        held("volunteer_member", "recorded_by", HELD_ACTS, LABEL),
        plain("volunteer_member", "id public_id"),
        held("volunteer_joining", "team_id person_id state asked_at decided_at", HELD_RECORD),
        held("volunteer_joining", "words answer", HELD_RECORD, CLEARED),
        held("volunteer_joining", "decided_by", HELD_ACTS, LABEL),
        plain("volunteer_joining", "id public_id"),
        plain(
            "volunteer_project",
            "id public_id code team_id title category about from_on to_on state created_at",
        ),
        held("volunteer_project", "created_by", HELD_ACTS, LABEL),
    ),
)
