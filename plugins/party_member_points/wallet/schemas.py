"""What the operations on wallets take and give; points are texts with two decimals."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .services import MAX_REASON, MOST_AT_ONCE


class LotOut(RestSchema):
    """Points that can be spent until a day."""

    points = fields.String(required=True)
    last_on = rest_fields.Day(required=True, allow_none=True)


class MoveOut(RestSchema):
    """What went in or out."""

    kind = fields.String(required=True, metadata={"description": "earn, redeem, reverse, void or expire"})
    points = fields.String(required=True)
    on = rest_fields.Day(required=True)
    title = fields.String(required=True)
    count = fields.Integer(required=True)
    undone = fields.Boolean(required=True)


class WalletOut(RestSchema):
    """A member's wallet."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    balance = fields.String(required=True, metadata={"description": "below zero in debt"})
    debt = fields.String(required=True)
    lots = fields.List(fields.Nested(LotOut), required=True)
    moves = fields.List(fields.Nested(MoveOut), required=True)


class ItemOut(RestSchema):
    """Something that is given for points."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    points = fields.String(required=True)
    stock = fields.Integer(required=True, allow_none=True, metadata={"description": "null: no limit"})


class ShopOut(RestSchema):
    """What can be redeemed in an area."""

    items = fields.List(fields.Nested(ItemOut), required=True)


class RedeemIn(RestSchema):
    """What is given."""

    item = rest_fields.public_id(required=True)
    count = rest_fields.number(1, MOST_AT_ONCE, load_default=1)


class RedemptionOut(RestSchema):
    """A redemption."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    count = fields.Integer(required=True)
    points = fields.String(required=True)
    at = rest_fields.Instant(required=True)
    state = fields.String(required=True, metadata={"description": "given or voided"})


class RedemptionsArgs(rest_fields.SearchArgs):
    """Which redemptions."""

    state = rest_fields.one_of(("", "given", "voided"), load_default="")


RedemptionsPage = rest_fields.page_of(RedemptionOut)


class VoidIn(RestSchema):
    """Why a redemption is taken back."""

    reason = rest_fields.text(MAX_REASON, required=True)
