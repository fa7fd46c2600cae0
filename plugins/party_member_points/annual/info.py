"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import (
    CLEARED,
    HELD_ACTS,
    HELD_MEMBERSHIP,
    LABEL,
    N_,
    MenuItem,
    Part,
    Setting,
    held,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_acts", "views_own"),
    rest=("rest",),
    menu=(MenuItem(N_("Annual grades"), "points_annual.index", "points.view", "award"),),
    events={
        "points.annual_computed": N_("Grades of a period computed"),
        "points.annual_proposed": N_("Grades of a period proposed"),
        "points.annual_steps": N_("Grades of members decided"),
        "points.annual_decided": N_("Grades of a period decided"),
        "points.annual_taken_back": N_("Grades of a period taken back"),
        "points.annual_published": N_("Grades of a period published"),
        "points.annual_confirmed": N_("Grades of a period confirmed"),
        "points.annual_reopened": N_("Grades of a period reopened"),
    },
    settings=(Setting("points.quota", N_("Share of members who may get the best grade"), ""),),
    personal=True,
    held=(
        plain(
            "points_annual",
            "id public_id area_id scheme_id publication_id period no state grades quota_ratio quota_limit "
            "publicity_id text sha256 prev_sha256 computed_at proposed_at decided_at confirmed_at",
        ),
        held("points_annual", "computed_by proposed_by decided_by confirmed_by", HELD_ACTS, LABEL),
        held(
            "points_annual",
            "computed_by_account proposed_by_account decided_by_account confirmed_by_account",
            HELD_ACTS,
        ),
        plain("points_annual_line", "id annual_id"),
        held(
            "points_annual_line",
            "person_id branch_id home_unit_id checkin_on total total_text categories minutes activities "
            "proposed_grade quota_grade needs_decision detail grade decided_at",
            HELD_MEMBERSHIP,
        ),
        held("points_annual_line", "step_reason", HELD_MEMBERSHIP, CLEARED),
        held("points_annual_line", "decided_by", HELD_ACTS, LABEL),
        held("points_annual_line", "decided_by_account", HELD_ACTS),
        plain("points_annual_event", "id annual_id what reference"),
        held("points_annual_event", "person_id grade", HELD_MEMBERSHIP),
        held("points_annual_event", "reason", HELD_MEMBERSHIP, CLEARED),
        held("points_annual_event", "actor", HELD_ACTS, LABEL),
        held("points_annual_event", "account_id role at", HELD_ACTS),
    ),
)
