"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import (
    CLEARED,
    EXPIRES,
    HELD_ACTS,
    HELD_PASSING,
    HELD_RECORD,
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
    from . import kept

    kept.drop_old(now)


PART = Part(
    views=("views", "views_sheets"),
    rest=("rest", "rest_sheets"),
    menu=(
        MenuItem(
            N_("Rounds of wishes"),
            "wishes_campaigns.index",
            "wishes.campaign",
            "flag",
            also=("wishes_sheets",),
        ),
    ),
    personal=True,
    events={
        "wishes.campaign_added": N_("Round of wishes prepared"),
        "wishes.campaign_changed": N_("Round of wishes changed"),
        "wishes.campaign_started": N_("Round of wishes started"),
        "wishes.campaign_closed": N_("Round of wishes closed"),
        "wishes.campaign_carried": N_("Unclaimed wishes taken over into another round"),
        "wishes.sheet_taken": N_("Sheet of collected wishes brought"),
        "wishes.sheet_mapped": N_("Columns of a sheet of wishes said"),
        "wishes.sheet_applied": N_("Sheet of collected wishes taken in"),
        "wishes.sheet_dropped": N_("Sheet of collected wishes dropped"),
        "wishes.sheet_undone": N_("Sheet of collected wishes taken back"),
    },
    jobs=(Periodic("wishes.old_sheets", N_("Sheets of wishes that are a week old"), _drop_old, at="00:45"),),
    sealed_columns=(SealedColumn("wishes_sheet", "cells_sealed", "wishes_sheet.cells", "public_id"),),
    held=(
        plain(
            "wishes_campaign", "id public_id area_id title about colour opens_on closes_on state created_at"
        ),
        held("wishes_campaign", "created_by", HELD_ACTS, LABEL),
        held("wishes_sheet", "cells_sealed", HELD_PASSING, EXPIRES),
        held("wishes_sheet", "created_by closed_by", HELD_ACTS, LABEL),
        held("wishes_sheet", "created_by_account", HELD_ACTS),
        plain(
            "wishes_sheet",
            "id public_id area_id campaign_id batch_id file_name sha256 consent_on consent_note rows columns state "
            "counts created_at closed_at",
        ),
        held("wishes_sheet_line", "title_key", HELD_RECORD, CLEARED),
        held("wishes_sheet_line", "sheet_id row wish_id category", HELD_RECORD),
        plain("wishes_sheet_line", "id"),
    ),
)
