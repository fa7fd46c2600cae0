"""What the operations on rounds take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .models import CAMPAIGN_STATES, COLOURS
from .services import MOST_ABOUT, MOST_TITLE


class CampaignOut(RestSchema):
    """A round with a theme, and how many of its wishes of the area are where."""

    id = fields.String(required=True, attribute="public_id")
    title = fields.String(required=True)
    about = fields.String(required=True)
    colour = fields.String(required=True)
    opens_on = rest_fields.Day(required=True)
    closes_on = rest_fields.Day(required=True)
    state = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area"})
    collected = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    claimed = fields.Integer(required=True)
    realized = fields.Integer(required=True)
    expired = fields.Integer(required=True)


CampaignsPage = rest_fields.page_of(CampaignOut)


class CampaignsArgs(rest_fields.SearchArgs):
    """Which of them."""

    state = rest_fields.one_of(("", *CAMPAIGN_STATES), load_default="")


class CampaignIn(RestSchema):
    """A new round; both days inside."""

    title = rest_fields.text(MOST_TITLE, least=1, required=True)
    opens_on = rest_fields.Day(required=True)
    closes_on = rest_fields.Day(required=True)
    about = rest_fields.text(MOST_ABOUT, load_default="")
    colour = rest_fields.one_of(COLOURS, load_default=COLOURS[0])


class CampaignNothingIn(RestSchema):
    """The act says everything."""


class CarryIn(RestSchema):
    """The round that takes the unclaimed wishes."""

    into = rest_fields.public_id(required=True)


class CarriedOut(RestSchema):
    """How many wishes were taken over."""

    wishes = fields.Integer(required=True)
