"""What the REST operations of sheets take and give; points are texts with two decimals, gains too."""

from __future__ import annotations

from marshmallow import fields, validate

from pointsys.plugin import RestSchema, rest_fields

from .wording import STATE_TITLES


class SheetOut(RestSchema):
    """A sheet without its lines."""

    id = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area"})
    branch = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "such as 2026-Q1"})
    period = fields.String(required=True)
    cut = rest_fields.Day(required=True)
    no = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(sorted(STATE_TITLES)))
    members = fields.Integer(required=True)
    waiting = fields.Integer(
        required=True, metadata={"description": "entries that were not decided on when it was computed"}
    )
    open_objections = fields.Integer(required=True)
    notice = fields.String(required=True, metadata={"description": "id of the notice, empty before"})
    objections_until = rest_fields.Day(required=True, allow_none=True)
    sha256 = fields.String(required=True)


class LineOut(RestSchema):
    """One member's line."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    total = fields.String(required=True)
    gain = fields.String(required=True)
    grade = fields.String(required=True)
    categories = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    row = fields.Integer(required=True, metadata={"description": "row on the notice, 0 for none"})
    objected = fields.Boolean(required=True, metadata={"description": "an objection is open"})


class SheetsArgs(rest_fields.PageArgs):
    """Which sheets."""

    state = rest_fields.text(
        20, load_default="", metadata={"description": "computed, public, confirmed, reopened or replaced"}
    )


SheetsPage = rest_fields.page_of(SheetOut)
LinesPage = rest_fields.page_of(
    LineOut,
    sheet=fields.Nested(SheetOut, required=True),
    later=fields.Integer(
        required=True, metadata={"description": "entries and awards that came after it was computed"}
    ),
)


class SheetComputeIn(RestSchema):
    """Which sheet to freeze."""

    cut = rest_fields.text(20, required=True, metadata={"description": "2026-Q1, or 2026-03"})
    branch = rest_fields.text(100, load_default="", metadata={"description": "name of a Party branch"})


class SheetPublishIn(RestSchema):
    """How long it is up."""

    days = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 60),
        metadata={"description": "working days; 0 for what the area or the scheme says"},
    )
    replacing = rest_fields.text(
        500, load_default="", metadata={"description": "why it takes the place of a notice that is up"}
    )


class ReopenIn(RestSchema):
    """The decision."""

    reason = rest_fields.text(500, required=True)


class NothingIn(RestSchema):
    """Nothing more to say."""


class ProofOut(RestSchema):
    """The chain of the area and below."""

    links = fields.Integer(required=True)
    sheets = fields.Integer(required=True)
    faults = fields.List(
        fields.Dict(keys=fields.String(), values=fields.Raw()),
        required=True,
        metadata={"description": "area, sheet, chain_no, and what does not fit"},
    )
