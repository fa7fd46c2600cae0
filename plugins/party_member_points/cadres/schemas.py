"""What the REST operations of seconded cadres take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .services import KINDS


class PostOut(RestSchema):
    """A post and who holds it; empty texts for a vacancy."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    area = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    unit = fields.String(required=True, metadata={"description": "the unit that sends the cadre"})
    since = rest_fields.Day(required=True, allow_none=True)
    notes = fields.Integer(required=True, metadata={"description": "notes in the ledger that count"})


class PostsArgs(rest_fields.SearchArgs):
    """Which posts."""

    state = rest_fields.one_of(("", "filled", "vacant", "ended"), load_default="")


PostsPage = rest_fields.page_of(PostOut)


class PostIn(RestSchema):
    """A new post."""

    area = rest_fields.text(
        20, load_default="", metadata={"description": "code; the address's area if empty"}
    )
    title = rest_fields.text(60, least=1, required=True)
    duties = rest_fields.text(500, load_default="")


class TermIn(RestSchema):
    """Who holds a post."""

    person = rest_fields.public_id(required=True)
    unit = rest_fields.text(100, least=1, required=True)
    since = rest_fields.Day(required=True)


class CadreNoteIn(RestSchema):
    """A line of the ledger."""

    on = rest_fields.Day(required=True)
    kind = rest_fields.one_of(tuple(KINDS), required=True)
    minutes = rest_fields.number(0, 1440, load_default=0)
    text = rest_fields.text(500, least=1, required=True)


class CadreNoteOut(RestSchema):
    """A line of the ledger."""

    id = fields.String(required=True)
    on = rest_fields.Day(required=True)
    kind = fields.String(required=True)
    minutes = fields.Integer(required=True)
    text = fields.String(required=True)


class QuarterIn(RestSchema):
    """Which quarter of the cadre who holds or last held the post."""

    period = rest_fields.text(10, required=True, metadata={"description": "such as 2026-Q2"})


class ReviewIn(RestSchema):
    """What the reviewer says."""

    review = rest_fields.text(500, least=1, required=True)


class CadreSendIn(RestSchema):
    """Nothing more is to be said."""


class CadreStatusOut(RestSchema):
    """A quarter as it was frozen."""

    id = fields.String(required=True)
    period = fields.String(required=True)
    no = fields.Integer(required=True)
    state = fields.String(required=True)
    days = fields.Integer(required=True)
    notes = fields.Integer(required=True)
    activities = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    review = fields.String(required=True)
