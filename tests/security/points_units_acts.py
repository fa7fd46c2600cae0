"""What is sent about letters, liaisons, the shop and redemptions."""

from __future__ import annotations

from sqlalchemy import select, update

from pointsys.core.accounts.models import Account
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.letters.models import PointsLiaison
from pointsys.plugins.party_member_points.models import PointsHomeUnit
from tests.security.act import Act, Things
from tests.security.conftest import Populated


def unlinked(populated: Populated, act: Act) -> Things:
    """The liaison's links are ended; the unit's name and the account, to link them anew."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        link = session.scalars(
            select(PointsLiaison).where(
                PointsLiaison.public_id == populated.realm.things[act.place]["liaison_link"]
            )
        ).one()
        unit = session.get_one(PointsHomeUnit, link.unit_id).name
        account = session.get_one(Account, populated.realm.accounts["liaison"]).public_id
        session.execute(update(PointsLiaison).values(to_on=link.from_on))
    return {"unit_name": unit, "liaison_account": account}


_ITEM = {"title": "毛巾", "points": "5", "stock": "3", "offered": "y"}
_RULES = {"on": "y", "expiry": "none", "years": "1", "once_per": "", "min_balance": "0"}

ACTS = (
    Act("points_letters.send", "points.letter_sent", {"result": "{letter_result}", "line": "{letter_line}"}),
    Act("points_letters.pdf_later", "job.queued"),
    Act("points_rest_letters.send", "points.letter_sent", {"result": "{letter_result}", "people": ["{person}"]}),
    Act("points_unit.confirm", "points.letter_acknowledged", {"note": "收到"}, role="liaison"),
    Act("points_rest_letters.confirm", "points.letter_acknowledged", {"note": "收到"}, role="liaison"),
    Act(
        "points_liaisons.link", "points.liaison_linked", {"unit": "{unit_name}", "account": "{liaison_account}"},
        before=unlinked, own=("unit", "account"),
    ),
    Act("points_liaisons.end", "points.liaison_ended"),
    Act(
        "points_rest_liaisons.link", "points.liaison_linked",
        {"unit": "{unit_name}", "account": "{liaison_account}"}, before=unlinked, own=("unit", "account"),
    ),
    Act("points_rest_liaisons.end", "points.liaison_ended"),
    Act("points_shop.new", "points.item_added", _ITEM),
    Act("points_shop.edit", "points.item_changed", _ITEM),
    Act("points_shop.rules", "setting.changed", _RULES),
    Act("points_rest_shop.add", "points.item_added", {"title": "毛巾", "points": "5", "stock": 3}),
    Act("points_rest_shop.change", "points.item_changed", {"offered": False}, verb="PATCH"),
    Act("points_wallet.redeem", "points.redeemed", {"item": "{shop_item}", "count": "1"}, own=("item",)),
    Act("points_wallet.void", "points.redemption_voided", {"reason": "拿错"}),
    Act("points_rest_wallet.redeem", "points.redeemed", {"item": "{shop_item}"}, own=("item",)),
    Act("points_rest_wallet.void", "points.redemption_voided", {"reason": "拿错"}),
)  # fmt: skip
