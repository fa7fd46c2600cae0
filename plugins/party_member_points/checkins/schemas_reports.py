"""What the operations on units' lists of members take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .reports import MOST_ROWS, OUTCOMES, STATES

_CELL = 200


class UnitRowIn(RestSchema):
    """Somebody whom a unit names; the words are those that sheets use."""

    name = rest_fields.text(_CELL, required=True)
    phone = rest_fields.text(_CELL, load_default="")
    id_number = rest_fields.text(_CELL, load_default="")
    political_status = rest_fields.text(_CELL, load_default="", metadata={"description": "such as 中共党员"})
    branch = rest_fields.text(_CELL, load_default="")
    post = rest_fields.text(_CELL, load_default="", metadata={"description": "such as 组织委员"})
    checkin_on = rest_fields.text(_CELL, load_default="", metadata={"description": "such as 2026-03-07"})


class UnitListIn(RestSchema):
    """A unit's list of members."""

    unit = rest_fields.text(100, least=1, required=True, metadata={"description": "name of the unit"})
    rows = fields.List(fields.Nested(UnitRowIn), required=True, validate=rest_fields.count(1, MOST_ROWS))


class UnitRowOut(RestSchema):
    """What a row comes to, as things stand now."""

    number = fields.Integer(required=True)
    name = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"description": ", ".join(OUTCOMES)})
    person = fields.String(required=True, metadata={"description": "id of the person, empty for a new one"})
    before = fields.String(required=True, metadata={"description": "the unit by our record"})
    why = fields.String(required=True, metadata={"description": "why it is unclear"})


class UnitListOut(RestSchema):
    """A list without its rows."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    people = fields.Integer(required=True, attribute="rows")
    created_at = rest_fields.Instant(required=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "rows by outcome: now, or as it was when the list was applied"},
    )


class UnitListDetail(UnitListOut):
    """The same row by row; none any more once the list is applied or dropped."""

    rows = fields.List(fields.Nested(UnitRowOut), required=True, attribute="verdicts")


class UnitListsOut(RestSchema):
    """Lists that units handed in, the newest first."""

    items = fields.List(fields.Nested(UnitListOut), required=True)
