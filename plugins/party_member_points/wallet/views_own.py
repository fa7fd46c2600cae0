"""One's own wallet, on a phone: what can be redeemed until when, what there is for it, and everything that moved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from pointsys.plugin import list_args, missing, own_person, read_scope, show, signed_in

from ..models import PointsMember
from . import services, shop
from .rules import rule_of

blueprint = Blueprint("points_own_wallet", __name__)

MOVES = 20


@blueprint.get("/me/points/wallet")
@signed_in
def index() -> Any:
    """The balance, its lots with their last days, the shop, and the history."""
    args = list_args("all")
    with read_scope() as session:
        person = own_person(session)
        if person is None or session.get(PointsMember, person.id) is None:
            missing()
        wallet = services.wallets_of(session, [person.id])[person.id]
        moves = wallet.moves if args["all"] else wallet.moves[:MOVES]
        return show(
            "points/wallet_mine.html",
            wallet=wallet,
            moves=moves,
            more=len(wallet.moves) - len(moves),
            items=shop.items_for(session, person.area_id),
            rule=rule_of(session, person.area_id),
        )
