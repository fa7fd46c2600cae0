"""What the REST operations on claims take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .services import MOST_END, MOST_THANKS, MOST_WORDS


class WishClaimIn(RestSchema):
    """A claim: for oneself, with a team, or in the name of an organisation that one stands for."""

    # Whatever it is, the service says whether it is a number that makes sense.
    qty = fields.Raw(load_default=1, metadata={"description": "places, a whole number of at least 1"})
    team = fields.List(
        rest_fields.public_id(),
        load_default=list,
        metadata={"description": "ids of those who come along; of an organisation those who take part"},
    )
    organisation = rest_fields.text(16, load_default="", metadata={"description": "id of an organisation"})


class WhichClaim(RestSchema):
    """Which claim of the wish; needed only where more than one fits."""

    claim = rest_fields.text(16, load_default="", metadata={"description": "id of a claim of the wish"})


class DeliverIn(WhichClaim):
    """That it was brought."""

    proof = rest_fields.text(MOST_WORDS, load_default="", metadata={"description": "what was brought"})
    team = fields.List(
        rest_fields.public_id(),
        load_default=None,
        allow_none=True,
        metadata={
            "description": "of an organisation: ids of those who took part, instead of those named before"
        },
    )


class WishReasonIn(WhichClaim):
    """A reason."""

    reason = rest_fields.text(MOST_END, load_default="")


class ConfirmIn(WhichClaim):
    """That it arrived."""

    rating = fields.Raw(load_default=None, metadata={"description": "stars, 1 to 5"})
    thanks = rest_fields.text(MOST_THANKS, load_default="")
    minutes = fields.Raw(
        load_default=None, allow_none=True, metadata={"description": "how long it took, if that is known"}
    )


class AssignIn(RestSchema):
    """The unit that gets the wish."""

    organisation = rest_fields.text(16, load_default="", metadata={"description": "id of an organisation"})


class WishNothingIn(RestSchema):
    """Nothing has to be said."""


class WishClaimOut(RestSchema):
    """A claim and where it stands; ``wisher`` and ``private_text`` for those who agreed to bring it while it lives."""

    id = fields.String(required=True)
    wish = fields.String(required=True, metadata={"description": "id of the wish"})
    wish_state = fields.String(required=True)
    qty = fields.Integer(required=True)
    state = fields.String(required=True)
    assigned = fields.Boolean(required=True)
    organisation = fields.String(required=True, metadata={"description": "its name, empty for people"})
    people = fields.List(
        fields.String(), required=True, metadata={"description": "ids of the team, in its order"}
    )
    named = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "ids of those of them who have not answered yet"},
    )
    claimed_at = rest_fields.Instant(required=True)
    contact_due = rest_fields.Instant(required=True)
    contacted_at = rest_fields.Instant(required=True, allow_none=True)
    deliver_due = rest_fields.Instant(
        required=True,
        allow_none=True,
        metadata={"description": "by when it should be brought, once there was a contact"},
    )
    delivered_at = rest_fields.Instant(required=True, allow_none=True)
    confirmed_at = rest_fields.Instant(required=True, allow_none=True)
    rating = fields.Integer(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    wisher = fields.String(required=True, metadata={"description": "the name, empty once the claim ended"})
    private_text = fields.String(required=True, metadata={"description": "how to reach them, likewise"})


class WishStateOut(RestSchema):
    """A wish after an act of the office."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True)
    priority = fields.Integer(required=True)
    places = fields.Integer(required=True)
    taken = fields.Integer(required=True)


class WishOwnClaims(RestSchema):
    """One's own claims, open ones first."""

    items = fields.List(fields.Nested(WishClaimOut), required=True)
