"""What the REST operations on making wishes take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..events import MOST_REASON
from .checking import MOST_NOTE, MOST_TEXT, MOST_TITLE


class WishIn(RestSchema):
    """A wish of one's own, or with ``person`` and ``consent`` somebody else's."""

    category = rest_fields.text(
        20, load_default="", metadata={"description": "item, service, skill or company"}
    )
    title = rest_fields.text(MOST_TITLE, load_default="")
    public_text = rest_fields.text(
        MOST_TEXT,
        load_default="",
        metadata={"description": "what is wished for; shown on the wall once it is checked"},
    )
    private_text = rest_fields.text(
        MOST_TEXT,
        load_default="",
        metadata={"description": "how to reach the wisher; for the office and claimers"},
    )
    # Whatever these are, the service says whether they make sense.
    amount = fields.Raw(
        load_default=None,
        allow_none=True,
        metadata={"description": 'about what it costs in yuan, as 80 or "59.90"'},
    )
    slots = fields.Raw(load_default=1, metadata={"description": "places for helpers, 1 to 10"})
    hidden = rest_fields.flag(load_default=False, metadata={"description": "keep it off the public wall"})
    person = rest_fields.text(
        16, load_default="", metadata={"description": "id of who wishes; without it oneself"}
    )
    consent = rest_fields.text(
        MOST_NOTE, load_default="", metadata={"description": "how they agreed; needed with a person"}
    )


class WishWithdrawIn(RestSchema):
    """Why; needed of staff."""

    reason = rest_fields.text(MOST_REASON, load_default="")


class ReferralOut(RestSchema):
    """What a wish that was passed on became."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "open or answered"})
    answer = fields.String(required=True)


class WishOut(RestSchema):
    """A wish, as far as the reader may know it: who wishes and how to reach them is null for everybody else."""

    id = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": 'its name in public, such as "2026-0012"'})
    area = fields.String(required=True)
    category = fields.String(required=True)
    title = fields.String(required=True)
    public_text = fields.String(required=True)
    amount = fields.String(required=True, metadata={"description": "in yuan"})
    slots = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    state = fields.String(required=True)
    priority = fields.Integer(required=True)
    hidden = fields.Boolean(required=True)
    submitted_at = rest_fields.Instant(required=True)
    published_at = rest_fields.Instant(required=True, allow_none=True)
    expires_at = rest_fields.Instant(required=True, allow_none=True)
    mine = fields.Boolean(required=True)
    person = fields.String(required=True, allow_none=True, metadata={"description": "id of who wishes"})
    name = fields.String(required=True, allow_none=True)
    private_text = fields.String(required=True, allow_none=True)
    referral = fields.Nested(ReferralOut, required=True, allow_none=True)
