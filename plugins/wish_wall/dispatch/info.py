"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, LABEL, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    held=(
        plain("wishes_organisation", "id public_id area_id name kind closed_at created_at"),
        held("wishes_organisation", "created_by", HELD_ACTS, LABEL),
    ),
)
