"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import (
    CLEARED,
    EXPIRES,
    HELD_ACTS,
    HELD_MEMBERSHIP,
    LABEL,
    N_,
    MenuItem,
    Part,
    Periodic,
    SealedColumn,
    held,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models


def _drop_old(now: datetime) -> None:
    from . import reports

    reports.drop_old(now)


PART = Part(
    views=("views", "views_me", "views_units", "views_reports", "views_liaison"),
    rest=("rest", "rest_reports"),
    personal=True,
    menu=(
        MenuItem(
            N_("Check-ins"),
            "points_checkins.index",
            "points.view",
            "person-plus",
            also=("points_units", "points_reports"),
        ),
    ),
    events={
        "points.checkin_asked": N_("Check-in, transfer or leaving asked for"),
        "points.checkin_confirmed": N_("Check-in, transfer or leaving confirmed"),
        "points.checkin_returned": N_("Check-in, transfer or leaving returned"),
        "points.checkin_withdrawn": N_("Check-in, transfer or leaving withdrawn"),
        "points.unit_reported": N_("List of a unit taken in"),
        "points.unit_report_applied": N_("List of a unit applied"),
        "points.unit_report_dropped": N_("List of a unit dropped"),
    },
    person_fields={"points.post": "points.view"},
    held=(
        held(
            "points_checkin",
            "person_id area_id from_area_id kind on_date political_status from_branch branch home_unit post source "
            "status home_unit_id requested_at",
            HELD_MEMBERSHIP,
        ),
        held("points_checkin", "requested_by", HELD_ACTS, LABEL),
        held("points_checkin", "requested_by_account", HELD_ACTS),
        plain("points_checkin", "id public_id"),
        held("points_checkin_step", "note", HELD_MEMBERSHIP, CLEARED),
        held("points_checkin_step", "actor", HELD_ACTS, LABEL),
        held("points_checkin_step", "account_id", HELD_ACTS),
        plain("points_checkin_step", "id checkin_id outcome at"),
        held("points_unit_report", "rows_sealed", HELD_MEMBERSHIP, EXPIRES),
        held("points_unit_report", "created_by closed_by", HELD_ACTS, LABEL),
        held("points_unit_report", "created_by_account", HELD_ACTS),
        plain(
            "points_unit_report", "id public_id area_id unit file_name rows state counts created_at closed_at"
        ),
    ),
    jobs=(Periodic("points.unit_lists", N_("Lists of units that nobody applied"), _drop_old, at="00:40"),),
    sealed_columns=(
        SealedColumn("points_unit_report", "rows_sealed", "points_unit_report.rows", "public_id"),
    ),
)
