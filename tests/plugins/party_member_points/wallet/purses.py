"""Short ways to fill wallets and shops."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points.wallet import services, settling, shop
from pointsys.plugins.party_member_points.wallet.folding import Wallet
from pointsys.plugins.party_member_points.wallet.models import PointsShopItem
from pointsys.plugins.party_member_points.wallet.rules import DEFAULT, SETTING
from tests.plugins.party_member_points.party import Party

KEEPER = Actor("keeper1", account_id=901)
DAY = date(2026, 3, 31)


def pay(party: Party, credits: dict[int, int], sheet: str = "sheet1", day: date = DAY) -> int:
    """Settle a sheet of 幸福社区."""
    with unit_of_work() as session:
        return int(settling.settle(session, sheet, party.areas["happy"], credits, day, SYSTEM))


def take_back(sheet: str = "sheet1") -> int:
    """Reverse a sheet."""
    with unit_of_work() as session:
        return int(settling.reverse(session, sheet, SYSTEM))


def rule(party: Party, **said: object) -> None:
    """Set rules of the wallet for the sub-district."""
    with unit_of_work() as session:
        set_setting(session, party.area(session, "street"), SETTING, {**DEFAULT, **said}, SYSTEM)


def stock(party: Party, points: int = 500, left: int | None = 10, title: str = "毛巾") -> str:
    """Put an item into the shop of 幸福社区; returns its outside id."""
    with unit_of_work() as session:
        data = shop.ItemData(title, "", points, left, True)
        return str(shop.add_item(session, party.area(session, "happy"), data, SYSTEM).public_id)


def item_of(session: Session, public_id: str) -> PointsShopItem:
    """An item by its outside id."""
    return session.scalars(select(PointsShopItem).where(PointsShopItem.public_id == public_id)).one()


def redeem(party: Party, person: int, item: str, count: int = 1, actor: Actor = KEEPER, key: str = "") -> str:
    """Redeem; returns the redemption's outside id."""
    with unit_of_work() as session:
        made = services.redeem(
            session, party.area(session, "happy"), session.get_one(Person, person), item_of(session, item),
            count, actor, key=key,
        )  # fmt: skip
        return str(made.public_id)


def wallet(person: int) -> Wallet:
    """Somebody's wallet."""
    with read_scope() as session:
        return services.wallets_of(session, [person])[person]


def left_of(item: str) -> int | None:
    """The stock of an item."""
    with read_scope() as session:
        left: int | None = item_of(session, item).stock
        return left
