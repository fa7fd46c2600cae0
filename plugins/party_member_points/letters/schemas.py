"""What the operations on letters take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .reading import KINDS, STATES
from .sending import MOST_WORDS


class LetterOut(RestSchema):
    """A letter to a unit."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    area = fields.String(required=True)
    period = fields.String(required=True)
    sent_at = rest_fields.Instant(required=True)
    state = fields.String(required=True, metadata={"description": "sent, acknowledged, replaced or revoked"})


LettersPage = rest_fields.page_of(LetterOut)


class LettersArgs(rest_fields.SearchArgs):
    """Which letters."""

    unit = rest_fields.text(100, load_default="")
    period = rest_fields.text(20, load_default="")
    state = rest_fields.one_of(("", *STATES), load_default="")
    kind = rest_fields.one_of(("", *KINDS), load_default="")


class LetterSendIn(RestSchema):
    """The confirmed result, and whose letters are written."""

    result = rest_fields.public_id(required=True, metadata={"description": "id of a confirmed result"})
    people = fields.List(
        rest_fields.public_id(),
        required=True,
        validate=rest_fields.count(1, 200),
        metadata={
            "description": "ids of people; those who have their letter, or no home unit, are passed over"
        },
    )


class SentOut(RestSchema):
    """How many letters went out."""

    letters = fields.Integer(required=True)


class AcknowledgeIn(RestSchema):
    """What the unit says to it."""

    note = rest_fields.text(MOST_WORDS, load_default="")
