"""What this part adds to the plugin: deciding on what came in, and referrals."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    pages=True,
    views=("views",),
    rest=("rest",),
    held=(
        held("wishes_referral", "wish_id state created_at answered_at", HELD_RECORD),
        held("wishes_referral", "reason answer", HELD_RECORD, CLEARED),
        held("wishes_referral", "created_by answered_by", HELD_ACTS, LABEL),
        plain("wishes_referral", "id public_id area_id year number"),
    ),
)
