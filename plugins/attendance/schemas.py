"""What the operations on attendance lists take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields


class AttendancePairOut(RestSchema):
    """When somebody came and left, once."""

    row = fields.Integer(required=True)
    pair = fields.Integer(required=True)
    came_at = rest_fields.Instant(required=True, allow_none=True)
    left_at = rest_fields.Instant(required=True, allow_none=True)
    state = fields.String(
        required=True, metadata={"description": "absent, present, inside, complete or no_start"}
    )
    method = fields.String(
        required=True, metadata={"description": "how they came: tap, qr, code, kiosk, set, …"}
    )
    out_method = fields.String(required=True)
    verify = fields.Boolean(
        required=True, metadata={"description": "somebody still has to say that it is true"}
    )
    entry = fields.String(
        required=True, metadata={"description": "id of the entry that it became, or nothing"}
    )


class AttendanceRowOut(RestSchema):
    """Somebody on a list."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    walk_in = fields.Boolean(required=True)
    pairs = fields.List(fields.Nested(AttendancePairOut), required=True)


class AttendanceListOut(RestSchema):
    """A list and its numbers."""

    id = fields.String(required=True)
    activity = fields.String(required=True)
    title = fields.String(required=True)
    date = fields.Date(required=True)
    people = fields.Integer(required=True)
    came = fields.Integer(required=True)
    recorded = fields.Boolean(required=True)


AttendanceListsPage = rest_fields.page_of(AttendanceListOut)


class AttendanceSheetOut(AttendanceListOut):
    """A list with its rows."""

    rows = fields.List(fields.Nested(AttendanceRowOut), required=True)


class AttendanceOpenIn(RestSchema):
    """The planned activity whose list is opened."""

    activity = rest_fields.public_id(required=True)


class AttendancePeopleIn(RestSchema):
    """Who is put on a list."""

    people = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, 500))


class AttendanceAddedOut(RestSchema):
    """How many are new, and who may not take part."""

    added = fields.Integer(required=True)
    refused = fields.List(fields.String(), required=True, metadata={"description": "reasons, one for each"})


class AttendanceTapIn(RestSchema):
    """One stamp by the clock of the site."""

    person = rest_fields.public_id(required=True)
    act = rest_fields.one_of(("in", "out"), required=True)


class ForgottenOut(RestSchema):
    """A stamp that is missing hours after the end."""

    list = fields.String(required=True)
    title = fields.String(required=True)
    date = fields.Date(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    came_at = rest_fields.Instant(required=True, allow_none=True)
    left_at = rest_fields.Instant(required=True, allow_none=True)
    recorded = fields.Boolean(required=True)


ForgottenPage = rest_fields.page_of(ForgottenOut)
