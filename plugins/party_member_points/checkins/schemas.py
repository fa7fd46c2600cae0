"""What the REST operations of check-ins take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .posts import POSTS
from .services import KINDS, STATES


class CheckinOut(RestSchema):
    """One request."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "checkin, transfer or leave"})
    status = fields.String(
        required=True, metadata={"description": "submitted, confirmed, returned or withdrawn"}
    )
    area = fields.String(required=True, metadata={"description": "name of the community that answers"})
    from_area = fields.String(required=True, metadata={"description": "where a transfer comes from"})
    on = rest_fields.Day(required=True, attribute="on_date")
    branch = fields.String(required=True)
    from_branch = fields.String(required=True)
    home_unit = fields.String(required=True)
    post = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "member, staff or unit"})
    asked_at = rest_fields.Instant(required=True)


class CheckinsArgs(rest_fields.SearchArgs):
    """Which requests."""

    status = rest_fields.one_of(("", *STATES), load_default="")
    kind = rest_fields.one_of(("", *KINDS), load_default="")
    unit = rest_fields.text(100, load_default="", metadata={"description": "name of a home unit"})


CheckinsPage = rest_fields.page_of(CheckinOut)


class AskIn(RestSchema):
    """What is asked for somebody; names are empty for none."""

    person = rest_fields.text(40, required=True, metadata={"description": "id of the person"})
    kind = rest_fields.one_of(tuple(KINDS), required=True)
    area = rest_fields.text(
        20, load_default="", metadata={"description": "code of the community; the person's own one if empty"}
    )
    on = rest_fields.Day(required=True)
    branch = rest_fields.text(100, load_default="")
    home_unit = rest_fields.text(100, load_default="")
    post = rest_fields.one_of(("", *POSTS), load_default="")
    political_status = rest_fields.one_of(("member", "probationary"), load_default="member")
    note = rest_fields.text(500, load_default="")


class AnswerIn(RestSchema):
    """Yes or no; names that are left out stay as asked."""

    outcome = rest_fields.one_of(("confirmed", "returned"), required=True)
    reason = rest_fields.text(500, load_default="", metadata={"description": "needed to return it"})
    branch = rest_fields.text(100, load_default=None, allow_none=True)
    home_unit = rest_fields.text(100, load_default=None, allow_none=True)


class UnitOut(RestSchema):
    """A home unit as the area sees it."""

    name = fields.String(required=True)
    members = fields.Integer(required=True)
    left = fields.Integer(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "requests that wait for an answer"})
    newest = rest_fields.Day(required=True, allow_none=True)


UnitsPage = rest_fields.page_of(UnitOut)
