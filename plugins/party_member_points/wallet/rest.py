"""REST of wallets: a member's wallet, the shop, redeeming, and taking a redemption back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
    rest_person,
)

from . import reading, services, shop
from .folding import printed
from .reading import RedemptionLine
from .schemas import RedeemIn, RedemptionOut, RedemptionsArgs, RedemptionsPage, ShopOut, VoidIn, WalletOut

blueprint = RestBlueprint("points_rest_wallet", __name__, description="Redeemable points")


@blueprint.read("/areas/<code>/points/wallets/<person>", permission="points.wallet", answer=WalletOut)
def wallet(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """A member's redeemable points"""
    found = rest_person(session, person)
    held = services.wallets_of(session, [found.id])[found.id]
    return {
        "id": found.public_id,
        "name": found.name,
        "balance": printed(held.balance),
        "debt": printed(held.debt),
        "lots": [{"points": printed(lot.left), "last_on": lot.last_on} for lot in held.lots],
        "moves": [{**vars(move), "points": printed(move.points)} for move in held.moves],
    }


@blueprint.read("/areas/<code>/points/shop", permission="points.wallet", answer=ShopOut)
def items(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """What can be redeemed in an area"""
    return {
        "items": [
            {
                "id": item.public_id,
                "title": item.title,
                "detail": item.detail,
                "points": printed(item.points),
                "stock": item.stock,
            }
            for item in shop.items_for(session, current_area().id)
        ]
    }


def _out(line: RedemptionLine) -> dict[str, Any]:
    return {**vars(line), "id": line.public_id, "points": printed(line.points), "state": line.state}


@blueprint.read(
    "/areas/<code>/points/redemptions",
    permission="points.wallet",
    query=RedemptionsArgs,
    answer=RedemptionsPage,
)
def redemptions(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """What was given for points, the newest first"""
    rows, total = reading.redemptions(
        session,
        current_area().id,
        args["q"],
        args["state"],
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


@blueprint.create(
    "/areas/<code>/points/wallets/<person>/redeem",
    permission="points.wallet",
    body=RedeemIn,
    answer=RedemptionOut,
)
def redeem(session: Session, given: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """Give an item for points"""
    found, area = rest_person(session, person), session.merge(current_area(), load=False)
    item = shop.item_for(session, area.id, given["item"])
    if item is None:
        raise Problem("no_item", N_("Choose what is given."), field="item")
    made = services.redeem(session, area, found, item, given["count"], current_actor())
    return _out(reading.line_of(session, made))


@blueprint.create(
    "/areas/<code>/points/redemptions/<redemption>/void",
    permission="points.wallet",
    body=VoidIn,
    answer=RedemptionOut,
    status=200,
)
def void(session: Session, given: dict[str, Any], code: str, redemption: str) -> Mapping[str, Any]:
    """Take a redemption back; somebody other than who gave it does"""
    found = reading.redemption_below(session, current_area().id, redemption)
    if found is None:
        missing()
    services.void(session, found, given["reason"], current_actor())
    return _out(reading.line_of(session, found))
