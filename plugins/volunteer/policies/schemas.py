"""What the REST operations on policies and approvals take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .approvals import DECIDED, MAX_REASON, OUTCOMES, SORTS, WAITS
from .crediting import DISTRICT, STREET


class HoursPolicyArgs(RestSchema):
    """For service on which day."""

    on = rest_fields.Day(load_default=None, allow_none=False, metadata={"description": "today if left out"})


class HoursPolicyOut(RestSchema):
    """What rules service in an area on a day."""

    version = fields.String(required=True, metadata={"description": "as credits name it: P0, or v and ids"})
    rules = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "every rule by name, as in a policy file"},
    )


class ApprovalsArgs(rest_fields.SearchArgs):
    """Which hours above the day's limit."""

    state = rest_fields.one_of((WAITS, DECIDED), load_default=WAITS)
    level = rest_fields.one_of(("", STREET, DISTRICT), load_default="")
    sort = rest_fields.one_of(SORTS, load_default="date")


class ApprovalOut(RestSchema):
    """One service above the day's limit."""

    entry = fields.String(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    date = rest_fields.Day(required=True)
    minutes = fields.Integer(required=True, metadata={"description": "what it is worth once it is approved"})
    day_minutes = fields.Integer(required=True, metadata={"description": "of the person in the whole day"})
    state = fields.String(required=True)
    level = fields.String(required=True)


ApprovalsPage = rest_fields.page_of(ApprovalOut)


class ApprovalIn(RestSchema):
    """A decision on some services."""

    entries = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, 200))
    outcome = rest_fields.one_of(OUTCOMES, required=True)
    reason = rest_fields.text(MAX_REASON, load_default="", metadata={"description": "needed to reject"})


class ApprovalDone(RestSchema):
    """What became of it."""

    decided = fields.Integer(required=True)
