"""What the operations on the shop's items take and give; points are texts with two decimals."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .schemas import ItemOut
from .shop import MOST_STOCK, STATES

_TITLE, _DETAIL = 60, 200
_NO_LIMIT = {"description": "null: no limit"}


class ShopItemOut(ItemOut):
    """An item of an area's shop, on offer or not."""

    area = fields.String(required=True, metadata={"description": "name of the area"})
    offered = fields.Boolean(required=True)


ShopItemsPage = rest_fields.page_of(ShopItemOut)


class ShopItemsArgs(rest_fields.SearchArgs):
    """Which items."""

    state = rest_fields.one_of(("", *STATES), load_default="")


class ShopItemIn(RestSchema):
    """A new item."""

    title = rest_fields.text(_TITLE, least=1, required=True)
    detail = rest_fields.text(_DETAIL, load_default="")
    points = rest_fields.Hundredths(required=True)
    stock = rest_fields.number(0, MOST_STOCK, load_default=None, allow_none=True, metadata=_NO_LIMIT)
    offered = rest_fields.flag(load_default=True)


class ShopItemPatch(RestSchema):
    """What is changed of an item; what is left out stays."""

    title = rest_fields.text(_TITLE, least=1)
    detail = rest_fields.text(_DETAIL)
    points = rest_fields.Hundredths()
    stock = rest_fields.number(0, MOST_STOCK, allow_none=True, metadata=_NO_LIMIT)
    offered = rest_fields.flag()
