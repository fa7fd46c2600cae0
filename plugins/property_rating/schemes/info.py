"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views",),
    rest=("rest",),
    commands="cli",
    menu=(MenuItem(N_("Rating schemes"), "property_schemes.index", "property.view", "card-text"),),
    events={"property.scheme_published": N_("Rating scheme published")},
    held=(
        plain(
            "property_scheme_version", "id public_id area_id scheme_id no kind title text sha256 published_at"
        ),
        held("property_scheme_version", "published_by", HELD_ACTS, LABEL),
    ),
)
