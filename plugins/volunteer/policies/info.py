"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_rules"),
    rest=("rest",),
    personal=True,
    commands="cli",
    menu=(
        MenuItem(
            N_("Approvals and rules"), "volunteer_policies.index", "volunteer.approve", "clipboard-check"
        ),
    ),
    events={
        "volunteer.hours_approved": N_("Hours above the day's limit approved"),
        "volunteer.hours_rejected": N_("Hours above the day's limit rejected"),
        "volunteer.policy_published": N_("Rules of volunteer hours published"),
    },
    held=(
        plain("volunteer_policy", "id area_id version valid_from title data reason published_at"),
        held("volunteer_policy", "published_by", HELD_ACTS, LABEL),
        held("volunteer_approval", "entry_id outcome level minutes at", HELD_RECORD),
        held("volunteer_approval", "reason", HELD_RECORD, CLEARED),
        held("volunteer_approval", "actor", HELD_ACTS, LABEL),
        held("volunteer_approval", "account_id", HELD_ACTS),
        plain("volunteer_approval", "id"),
        held("volunteer_split", "entry_id local_date person_id minutes", HELD_RECORD),
        held("volunteer_ledger", "entry_id person_id delta minutes kind rule_version at", HELD_RECORD),
        plain("volunteer_ledger", "id"),
    ),
)
