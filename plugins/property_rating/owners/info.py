"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views",),
    personal=True,
    pages=True,
    menu=(MenuItem(N_("Owners"), "property_owners.index", "property.owners", "house"),),
    events={
        "property.owner_proven": N_("Owner of a dwelling noted"),
        "property.voter_named": N_("Another owner named who votes"),
        "property.owner_ended": N_("Owner of a dwelling taken off"),
    },
    held=(
        held(
            "property_owner_proof",
            "person_id dwelling_id votes method checked_on checked_at ended_on",
            HELD_RECORD,
        ),
        held("property_owner_proof", "checked_by", HELD_ACTS, LABEL),
        plain("property_owner_proof", "id public_id import_id"),
    ),
)
