"""What the REST operations of the wall take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..models import CATEGORIES, STATES
from . import staff


class WishLineOut(RestSchema):
    """A wish as the staff sees it."""

    id = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": 'its name in public, such as "2026-0012"'})
    category = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the wisher"})
    name = fields.String(required=True, metadata={"description": "name of the wisher"})
    area = fields.String(required=True, metadata={"description": "name of the area"})
    campaign = fields.String(required=True, metadata={"description": "title of its round, empty without one"})
    amount = fields.Integer(required=True, metadata={"description": "what it is worth, in fen"})
    slots = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    hidden = fields.Boolean(required=True, metadata={"description": "kept off the public wall"})
    priority = fields.Integer(required=True)
    submitted_at = rest_fields.Instant(required=True)
    published_at = rest_fields.Instant(required=True, allow_none=True)
    expires_at = rest_fields.Instant(required=True, allow_none=True)
    contact_due = rest_fields.Instant(
        required=True, allow_none=True, metadata={"description": "the nearest claim without a contact"}
    )


class WishesArgs(rest_fields.SearchArgs):
    """Which wishes."""

    state = rest_fields.one_of(("", *STATES), load_default="")
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")
    campaign = rest_fields.text(16, load_default="", metadata={"description": "id of a round"})
    first = rest_fields.Day(load_default=None, data_key="from", metadata={"description": "handed in from"})
    last = rest_fields.Day(load_default=None, data_key="to", metadata={"description": "to this day"})
    sort = rest_fields.one_of(staff.SORTS, load_default="-submitted")


WishLinesPage = rest_fields.page_of(WishLineOut)


class BoardArgs(RestSchema):
    """Which wishes, and how many of each column."""

    q = rest_fields.text(rest_fields.MAX_QUERY, load_default="")
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")
    campaign = rest_fields.text(16, load_default="", metadata={"description": "id of a round"})
    most = fields.Integer(load_default=50, validate=rest_fields.number(1, 200).validate)


class BoardColumnOut(RestSchema):
    """A column of the board, by what the office does next."""

    key = fields.String(required=True, metadata={"description": ", ".join(staff.COLUMNS)})
    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(WishLineOut), required=True)


class BoardOut(RestSchema):
    """The board."""

    columns = fields.List(fields.Nested(BoardColumnOut), required=True)


class StatisticsArgs(RestSchema):
    """Which days of handing in, both inside; the last twelve months without them."""

    first = rest_fields.Day(load_default=None, data_key="from")
    last = rest_fields.Day(load_default=None, data_key="to")


class WishTallyOut(RestSchema):
    """Figures of wishes; null where they are about fewer than five."""

    label = fields.String(required=True)
    collected = fields.Integer(required=True, allow_none=True)
    claimed = fields.Integer(required=True, allow_none=True)
    realised = fields.Integer(required=True, allow_none=True)
    median_wait = fields.Integer(
        required=True, allow_none=True, metadata={"description": "minutes from the wall to the first claim"}
    )


class StatisticsOut(RestSchema):
    """Figures of the wishes handed in within a period."""

    first = rest_fields.Day(required=True, data_key="from")
    last = rest_fields.Day(required=True, data_key="to")
    total = fields.Nested(WishTallyOut, required=True)
    categories = fields.List(fields.Nested(WishTallyOut), required=True)
    areas = fields.List(fields.Nested(WishTallyOut), required=True)
