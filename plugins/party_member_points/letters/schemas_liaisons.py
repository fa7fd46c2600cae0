"""What the operations on liaisons of units take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .liaisons import LINK_STATES


class LiaisonOut(RestSchema):
    """An account that stands for a unit."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area"})
    login = fields.String(required=True, metadata={"description": "empty where the account is gone"})
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)


LiaisonsPage = rest_fields.page_of(LiaisonOut)


class LiaisonsArgs(rest_fields.SearchArgs):
    """Which links."""

    state = rest_fields.one_of(("", *LINK_STATES), load_default="")


class LiaisonAccountOut(RestSchema):
    """An account with the role of a liaison."""

    id = fields.String(required=True, attribute="public_id")
    login = fields.String(required=True)


class LiaisonChoicesOut(RestSchema):
    """What a new link may name."""

    units = fields.List(fields.String(), required=True)
    accounts = fields.List(fields.Nested(LiaisonAccountOut), required=True)


class LiaisonIn(RestSchema):
    """Who stands for which unit from today on."""

    unit = rest_fields.text(100, least=1, required=True, metadata={"description": "name of the unit"})
    account = rest_fields.public_id(required=True, metadata={"description": "id of the account"})
