"""What the REST operations of reception days take and give."""

from __future__ import annotations

from datetime import time

from marshmallow import ValidationError, fields

from pointsys.plugin import N_, RestSchema, rest_fields

from . import models, queries

NO_CLOCK = N_("Write a time of the day as 09:30.")


class Clock(fields.String):
    """A local time of the day as "09:30"."""

    sentence = NO_CLOCK

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:
        try:
            return time.fromisoformat(str(value)[:8]).strftime("%H:%M")
        except ValueError:
            raise ValidationError(NO_CLOCK) from None

    def _serialize(self, value: object, attr: str | None, obj: object, **kwargs: object) -> str | None:
        return value.strftime("%H:%M") if isinstance(value, time) else None


class ReceptionOut(RestSchema):
    """A reception day of an estate's manager."""

    id = fields.String(required=True, attribute="public_id")
    on_date = rest_fields.Day(required=True)
    starts = Clock(required=True)
    ends = Clock(required=True)
    place = fields.String(required=True)
    manager = fields.String(required=True)
    estate = fields.String(required=True, attribute="estate_public_id")
    estate_name = fields.String(required=True, attribute="estate")
    company_name = fields.String(required=True, attribute="company")
    items = fields.Integer(required=True, metadata={"description": "how many were noted"})
    state = fields.String(required=True)
    called_off_reason = fields.String(required=True)


class ReceptionsArgs(rest_fields.SearchArgs):
    """Which reception days."""

    state = rest_fields.one_of(("", *queries.DAY_STATES), load_default="")
    first = rest_fields.Day(load_default=None)
    last = rest_fields.Day(load_default=None)


ReceptionsPage = rest_fields.page_of(ReceptionOut)


class ReceptionIn(RestSchema):
    """A new reception day; it is public at once."""

    estate = rest_fields.public_id(required=True)
    on_date = rest_fields.Day(required=True)
    starts = Clock(required=True)
    ends = Clock(required=True)
    place = rest_fields.text(100, least=1, required=True)
    manager = rest_fields.text(40, least=1, required=True)


class ReceptionReasonIn(RestSchema):
    """Why a day is called off."""

    reason = rest_fields.text(200, load_default="")


class ReceptionItemOut(RestSchema):
    """What somebody brought to a reception, and what became of it."""

    id = fields.String(required=True, attribute="public_id")
    no = fields.Integer(required=True)
    text = fields.String(required=True)
    promised_on = rest_fields.Day(required=True)
    state = fields.String(required=True)
    revisit = fields.String(required=True, metadata={"description": "confirmed, denied or empty"})
    overdue = fields.Boolean(required=True)
    handled_on = rest_fields.Day(required=True, allow_none=True)
    revisited_on = rest_fields.Day(required=True, allow_none=True)
    reception = fields.String(required=True)
    estate = fields.String(required=True, attribute="estate_public_id")
    estate_name = fields.String(required=True, attribute="estate")
    company_name = fields.String(required=True, attribute="company")
    person = fields.String(required=True, allow_none=True, attribute="person_public_id")


class ItemsArgs(rest_fields.SearchArgs):
    """Which items."""

    state = rest_fields.one_of(("", *queries.ITEM_STATES), load_default="")
    reception = rest_fields.text(40, load_default="", metadata={"description": "id of a reception day"})
    estate = rest_fields.text(40, load_default="", metadata={"description": "id of an estate"})


ItemsPage = rest_fields.page_of(ReceptionItemOut)


class ReceptionItemIn(RestSchema):
    """What somebody brought; ``person`` only where somebody on record wants an answer."""

    text = rest_fields.text(500, least=1, required=True)
    promised_on = rest_fields.Day(required=True)
    person = rest_fields.text(40, load_default="", metadata={"description": "id of a person, or empty"})


class HandleIn(RestSchema):
    """Whether an item is solved or cannot be."""

    state = rest_fields.one_of((models.SOLVED, models.UNSOLVED), required=True)
    note = rest_fields.text(300, load_default="")


class RevisitIn(RestSchema):
    """What the resident said when asked again."""

    result = rest_fields.one_of((models.CONFIRMED, models.DENIED), required=True)
    note = rest_fields.text(300, load_default="")


class RatesArgs(rest_fields.PageArgs):
    """Which receptions: days, both inside; the last twelve months by default."""

    first = rest_fields.Day(load_default=None)
    last = rest_fields.Day(load_default=None)


class RateOut(RestSchema):
    """How much of what was brought to an estate's receptions was found solved when asked again."""

    estate = fields.String(required=True, attribute="estate_public_id")
    estate_name = fields.String(required=True, attribute="estate")
    company = fields.String(required=True, attribute="company_public_id")
    company_name = fields.String(required=True, attribute="company")
    receptions = fields.Integer(required=True)
    items = fields.Integer(required=True)
    solved = fields.Integer(required=True)
    percent = fields.Integer(required=True, allow_none=True, metadata={"description": "cut off"})
    overdue = fields.Integer(required=True)


RatesPage = rest_fields.page_of(RateOut)
