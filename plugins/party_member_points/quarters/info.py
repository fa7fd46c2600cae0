"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, HELD_MEMBERSHIP, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .objecting import SUBJECT

PART = Part(
    views=("views", "views_own"),
    rest=("rest",),
    personal=True,
    menu=(MenuItem(N_("Points sheets"), "points_sheets.index", "points.view", "calendar-event"),),
    notices=(MenuItem(N_("Publish points"), "points_sheets.index", "publicity.publish", "flag"),),
    events={
        "points.sheet_computed": N_("Points sheet computed"),
        "points.sheet_published": N_("Points sheet published"),
        "points.sheet_discarded": N_("Points sheet set aside"),
        "points.sheet_confirmed": N_("Points sheet confirmed"),
        "points.sheet_reopened": N_("Points sheet reopened"),
    },
    objection_subjects=(SUBJECT,),
    held=(
        plain(
            "points_sheet",
            "id public_id area_id branch scheme_id publication_id period cut label no since_id line_count waiting "
            "text basis sha256 computed_at computed_by_account state publicity_id",
        ),
        held("points_sheet", "computed_by", HELD_ACTS, LABEL),
        held(
            "points_sheet_line",
            "person_id total total_text gain credited grade categories digest place",
            HELD_MEMBERSHIP,
        ),
        plain("points_sheet_line", "sheet_id"),
        plain(
            "points_sheet_event",
            "id sheet_id area_id outcome reason ref account_id role at chain_no prev_sha256 sha256",
        ),
        held("points_sheet_event", "actor", HELD_ACTS, LABEL),
    ),
)
