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
from .rules import DEFAULT, SETTING

PART = Part(
    views=("views", "views_shop", "views_own"),
    rest=("rest", "rest_shop"),
    personal=True,
    menu=(
        MenuItem(N_("Redeem points"), "points_wallet.index", "points.wallet", "bookmark-star"),
        MenuItem(N_("Points shop"), "points_shop.index", "points.wallet", "list-check"),
    ),
    events={
        "points.redeemed": N_("Points redeemed"),
        "points.redemption_voided": N_("Redemption taken back"),
        "points.item_added": N_("Item added to the points shop"),
        "points.item_changed": N_("Item of the points shop changed"),
        "points.wallet_settled": N_("Points of a sheet paid into wallets"),
        "points.wallet_reversed": N_("Points of a sheet taken out of wallets again"),
    },
    settings=(Setting(SETTING, N_("Rules of the wallet"), DEFAULT),),
    held=(
        held("points_wallet", "person_id opened_at", HELD_MEMBERSHIP),
        plain("points_shop_item", "id public_id area_id title detail points stock offered changed_at"),
        held(
            "points_wallet_op",
            "person_id area_id type points at earned_on last_on ref item_id title count undone_id",
            HELD_MEMBERSHIP,
        ),
        held("points_wallet_op", "reason", HELD_MEMBERSHIP, CLEARED),
        held("points_wallet_op", "recorded_by", HELD_ACTS, LABEL),
        held("points_wallet_op", "recorded_by_account", HELD_ACTS),
        plain("points_wallet_op", "id public_id key"),
    ),
)
