"""What the operations on certificates take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import REVOKE_REASONS, RestSchema, rest_fields

from .reading import STATES, WAYS
from .services import MOST_HANDLER


class VolunteerCertificateOut(RestSchema):
    """A certificate of voluntary service; minutes are whole numbers, hours a text rounded from them."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"description": "issued (valid), stale, superseded or revoked"}
    )
    name = fields.String(required=True, metadata={"description": "the holder"})
    issuer = fields.String(required=True)
    from_on = rest_fields.Day(required=True, data_key="from")
    to_on = rest_fields.Day(required=True, data_key="to")
    minutes = fields.Integer(required=True)
    credit_minutes = fields.Integer(required=True, metadata={"description": "timed by the system"})
    hours = fields.String(required=True)
    entries = fields.Integer(required=True, metadata={"description": "times of service"})
    by_holder = fields.Boolean(required=True)
    issued_at = rest_fields.Instant(required=True)
    check = fields.String(
        required=True,
        metadata={"description": "path of the page that anybody checks it at; .json for programs"},
    )


VolunteerCertificatesPage = rest_fields.page_of(VolunteerCertificateOut)


class VolunteerCertificatesArgs(rest_fields.SearchArgs):
    """Which certificates."""

    state = rest_fields.one_of(("", *STATES), load_default="")
    team = rest_fields.text(40, load_default="", metadata={"description": "id of a team"})
    year = rest_fields.text(4, load_default="", metadata={"description": "year of issue"})
    way = rest_fields.one_of(("", *WAYS), load_default="")


class VolunteerCertificateIn(RestSchema):
    """Whose service of which days is certified, and by whom."""

    person = rest_fields.public_id(required=True, metadata={"description": "id of the person"})
    from_on = rest_fields.Day(required=True, allow_none=False, data_key="from")
    to_on = rest_fields.Day(required=True, allow_none=False, data_key="to")
    team = rest_fields.text(
        40,
        load_default="",
        metadata={"description": "id of an issuing team; without it the person's community"},
    )
    handler = rest_fields.text(
        MOST_HANDLER, load_default="", metadata={"description": "who handles it, on the paper"}
    )
    replaces = rest_fields.text(
        40, load_default="", metadata={"description": "id of the certificate that it takes the place of"}
    )


class VolunteerRevokeIn(RestSchema):
    """Why a certificate ends."""

    reason_class = rest_fields.one_of(
        tuple(REVOKE_REASONS), required=True, metadata={"description": "what anybody may read"}
    )
    reason = rest_fields.text(500, least=1, required=True, metadata={"description": "for the file"})
