"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, LABEL, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    held=(
        plain(
            "property_round",
            "id public_id area_id scheme_version_id title period first_on last_on per organiser state opened_at "
            "collect_until computed_at round_no publicity_id final_at replaces_id created_at",
        ),
        held("property_round", "computed_by final_by created_by", HELD_ACTS, LABEL),
        held("property_round", "computed_by_account final_by_account created_by_account", HELD_ACTS),
        plain(
            "property_entrant",
            "id public_id round_id estate_id company_id households ballots status raw score stars list_place detail",
        ),
    ),
)
