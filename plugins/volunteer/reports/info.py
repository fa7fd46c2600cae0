"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, HELD_RECORD, LABEL, N_, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_export", "views_ranking", "views_signals", "views_calendar"),
    rest=("rest",),
    commands="cli",
    personal=True,
    events={
        "volunteer.ranking_left": N_("Rankings of hours left"),
        "volunteer.ranking_joined": N_("Shown on rankings of hours again"),
        "volunteer.team_feed_created": N_("Calendar address of a team made"),
        "volunteer.team_feed_revoked": N_("Calendar address of a team taken back"),
    },
    held=(
        held("volunteer_unranked", "person_id at", HELD_RECORD),
        plain("volunteer_team_feed", "token_hash team_id created_at revoked_at"),
        held("volunteer_team_feed", "created_by", HELD_ACTS, LABEL),
    ),
)
