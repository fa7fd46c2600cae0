"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import N_, MenuItem, Part

PART = Part(
    views=("views", "views_public"),
    pages=True,
    menu=(MenuItem(N_("Property ratings"), "property_results.index", "property.view", "star"),),
)
