"""What the operations on rating schemes take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .reading import LARGEST
from .scheme import KINDS


class RatingSchemeOut(RestSchema):
    """A published version of a rating scheme."""

    id = fields.String(required=True)
    scheme = fields.String(
        required=True, metadata={"description": "id of the scheme, the same in all versions"}
    )
    no = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    sha256 = fields.String(required=True)
    published_at = fields.DateTime(required=True)
    in_force = fields.Boolean(required=True)


class SchemeTextOut(RatingSchemeOut):
    """A version with its text."""

    text = fields.String(required=True, metadata={"description": "TOML"})


SchemesPage = rest_fields.page_of(RatingSchemeOut)


class SchemesArgs(rest_fields.SearchArgs):
    """Which versions."""

    kind = rest_fields.one_of(("", *KINDS), load_default="")
    all = fields.Boolean(load_default=False, metadata={"description": "replaced versions too"})


class SchemeIn(RestSchema):
    """A scheme as text."""

    text = rest_fields.text(
        LARGEST, least=1, required=True, metadata={"description": "TOML, one table [scheme.x]"}
    )


class RemarkOut(RestSchema):
    """What the linter says."""

    severity = fields.String(required=True)
    code = fields.String(required=True)
    place = fields.String(required=True)
    message = fields.String(required=True)


class RatingLintOut(RestSchema):
    """Whether a text could be published, and all remarks."""

    ok = fields.Boolean(required=True)
    remarks = fields.List(fields.Nested(RemarkOut), required=True)
