"""What the REST operations on claims take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .models import STATES
from .rules import BY_STAFF, MOST_REASON, MOST_WORDS


class ClaimIn(RestSchema):
    """A claim of one's own; it is handed in at once. Which fields it needs is a matter of its item."""

    item = rest_fields.text(
        100, least=1, required=True, metadata={"description": "id of an item of the scheme"}
    )
    date = rest_fields.Day(required=True)
    title = rest_fields.text(200, least=1, required=True)
    words = rest_fields.text(MOST_WORDS, load_default="")
    kind = rest_fields.text(
        60, load_default="", metadata={"description": "code of the kind of activity, for items of the log"}
    )
    starts_at = rest_fields.Instant(load_default=None, allow_none=True)
    quantity = rest_fields.Hundredths(
        load_default=None, allow_none=True, metadata={"description": "hours or an amount, such as 2.5"}
    )
    points = rest_fields.Hundredths(
        load_default=None,
        allow_none=True,
        metadata={"description": "asked for, where the scheme leaves them open"},
    )
    attrs = fields.Dict(
        keys=rest_fields.text(40, least=1), values=rest_fields.text(60), load_default=dict,
        metadata={"description": "such as the level of an honour"},
    )  # fmt: skip
    late_reason = rest_fields.text(200, load_default="")


class ClaimStepOut(RestSchema):
    """One step of a claim."""

    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = rest_fields.Instant(required=True)


class ClaimOut(RestSchema):
    """A claim and where it stands."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the member"})
    name = fields.String(required=True)
    branch = fields.String(required=True)
    item = fields.String(required=True)
    kind = fields.String(required=True)
    date = rest_fields.Day(required=True)
    starts_at = rest_fields.Instant(required=True, allow_none=True)
    quantity = fields.String(required=True, allow_none=True)
    points = fields.String(required=True, allow_none=True)
    attrs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    title = fields.String(required=True)
    words = fields.String(required=True)
    late_reason = fields.String(required=True)
    photos = fields.Integer(required=True)
    state = fields.String(required=True)
    submitted_at = rest_fields.Instant(required=True, allow_none=True)
    expected = fields.String(
        required=True,
        metadata={"description": "points it would bring; empty once decided, or where none are"},
    )
    ignored = fields.String(
        required=True, metadata={"description": "why it would bring none; empty if it would"}
    )


class ClaimDetail(ClaimOut):
    """A claim with all that became of it."""

    path = fields.List(fields.Nested(ClaimStepOut), required=True)


class ClaimsArgs(rest_fields.SearchArgs):
    """Which claims."""

    state = rest_fields.one_of(
        ("", "waits", *STATES),
        load_default="",
        metadata={"description": "waits: to be verified or confirmed"},
    )
    item = rest_fields.text(100, load_default="")
    branch = rest_fields.text(100, load_default="", metadata={"description": "name of a Party branch"})
    from_on = rest_fields.Day(load_default=None, allow_none=True)
    to_on = rest_fields.Day(load_default=None, allow_none=True)


ClaimsPage = rest_fields.page_of(ClaimOut)


class OwnClaims(RestSchema):
    """One's own claims, the newest first."""

    items = fields.List(fields.Nested(ClaimOut), required=True)


class ClaimDecisionIn(RestSchema):
    """One step for some claims, all of them or none."""

    claims = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, 200))
    outcome = rest_fields.one_of(BY_STAFF, required=True)
    reason = rest_fields.text(MOST_REASON, load_default="")
    accept_late = rest_fields.flag(load_default=False)


class ClaimsDecided(RestSchema):
    """How many changed."""

    changed = fields.Integer(required=True)
