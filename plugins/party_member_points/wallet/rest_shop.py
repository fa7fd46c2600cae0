"""REST of the shop's items for those who keep it: list, add, change, take off offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    require_again,
    rest_fields,
)

from . import shop
from .folding import printed
from .models import PointsShopItem
from .schemas_shop import ShopItemIn, ShopItemOut, ShopItemPatch, ShopItemsArgs, ShopItemsPage

blueprint = RestBlueprint("points_rest_shop", __name__, description="Items of the points shop")

PERMISSION = "points.wallet"
ITEMS = "/areas/<code>/points/shop-items"
ONE = f"{ITEMS}/<item>"


@blueprint.read(ITEMS, permission=PERMISSION, query=ShopItemsArgs, answer=ShopItemsPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Items of an area and below, those on offer first"""
    rows = shop.items_below(session, current_area().id, args["q"], args["state"])
    first = rest_fields.offset(args)
    items = [_out(item, area) for item, area in rows[first : first + args["size"]]]
    return rest_fields.paged(items, len(rows), args)


def _out(item: PointsShopItem, area: str) -> dict[str, Any]:
    return {
        "id": item.public_id, "title": item.title, "detail": item.detail, "points": printed(item.points),
        "stock": item.stock, "area": area, "offered": item.offered,
    }  # fmt: skip


def _here(session: Session, item: str) -> PointsShopItem:
    found = shop.item_below(session, current_area().id, item)
    if found is None:
        missing()
    return found


def _shown(session: Session, item: PointsShopItem) -> dict[str, Any]:
    return _out(item, session.get_one(Area, item.area_id).name)


@blueprint.create(ITEMS, permission=PERMISSION, body=ShopItemIn, answer=ShopItemOut)
def add(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Add an item to the shop"""
    area = session.get_one(Area, current_area().id)
    return _shown(session, shop.add_item(session, area, shop.ItemData(**given), current_actor()))


@blueprint.read(ONE, permission=PERMISSION, answer=ShopItemOut)
def one(session: Session, args: dict[str, Any], code: str, item: str) -> Mapping[str, Any]:
    """One item"""
    return _shown(session, _here(session, item))


def _loaded(session: Session, code: str, item: str) -> dict[str, Any]:
    return _shown(session, _here(session, item))


@blueprint.change(ONE, permission=PERMISSION, body=ShopItemPatch, answer=ShopItemOut, load=_loaded)
def change(session: Session, found: dict[str, Any], given: dict[str, Any]) -> Mapping[str, Any]:
    """Change an item, or take it off offer; redemptions keep what stood on them"""
    item = _here(session, found["id"])
    require_again(session, PERMISSION, item.area_id)
    kept = {name: getattr(item, name) for name in ("title", "detail", "points", "stock", "offered")}
    shop.change_item(
        session, item, shop.ItemData(**{**kept, **given}), current_actor(), seen_stock=found["stock"]
    )
    return _shown(session, item)
