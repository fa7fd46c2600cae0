"""What the operations on one's own sheets, awards and objections take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

MOST_WORDS = 1_000
SUBJECTS = ("sheet", "award", "claim", "entry", "notice")


class OwnLineOut(RestSchema):
    """One's own line of a sheet; points are texts with two decimals."""

    sheet = fields.String(required=True, metadata={"description": "id of the sheet"})
    place = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "such as 2026-Q1"})
    state = fields.String(required=True)
    total = fields.String(required=True)
    gain = fields.String(required=True)
    grade = fields.String(required=True)
    objections_until = rest_fields.Day(required=True, allow_none=True)
    may_object = fields.Boolean(required=True)


class OwnLinesOut(RestSchema):
    """One's own lines, the newest sheet first."""

    items = fields.List(fields.Nested(OwnLineOut), required=True)


class OwnAwardOut(RestSchema):
    """Something that was proposed about oneself."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "earn, deduct or veto"})
    item = fields.String(required=True, metadata={"description": "id of the item in the scheme"})
    title = fields.String(required=True)
    on = rest_fields.Day(required=True, attribute="on_date")
    points = fields.String(required=True)
    reason = fields.String(required=True)
    status = fields.String(required=True)
    may_object = fields.Boolean(required=True)


class OwnAwardsOut(RestSchema):
    """Awards, deductions and vetoes about oneself, the newest first."""

    items = fields.List(fields.Nested(OwnAwardOut), required=True)


class OwnObjectionOut(RestSchema):
    """An objection of one's own with its clock and, once there is one, the answer."""

    id = fields.String(required=True)
    subject_type = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "open, answered or withdrawn"})
    raised_at = rest_fields.Instant(required=True)
    due_on = rest_fields.Day(required=True)
    outcome = fields.String(required=True, metadata={"description": "of the answer, blank before it"})
    answer = fields.String(required=True)


class OwnObjectionsOut(RestSchema):
    """One's own objections, the newest first."""

    items = fields.List(fields.Nested(OwnObjectionOut), required=True)


class OwnObjectionIn(RestSchema):
    """What is objected to, and why."""

    subject = rest_fields.one_of(SUBJECTS, required=True)
    id = rest_fields.public_id(
        required=True,
        metadata={
            "description": "id of a sheet with one's own line, an award, a claim, an entry or a notice"
        },
    )
    text = rest_fields.text(MOST_WORDS, required=True)
