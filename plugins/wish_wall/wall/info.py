"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import N_, MenuItem, Part

PART = Part(
    views=("views", "views_figures", "views_own", "views_public"),
    rest=("rest",),
    pages=True,
    menu=(
        MenuItem(
            N_("Micro-wishes"),
            "wishes_wall.board",
            "wishes.view",
            "heart",
            ("wishes_wall_figures", "wishes_reviewing", "wishes_asking", "wishes_claims"),
        ),
    ),
)
