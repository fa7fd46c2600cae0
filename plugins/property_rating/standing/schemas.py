"""What the operations on credit files, lists and measures take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .models import MEASURES, STATES
from .reading import OVERDUE, SORTS


class StandingOut(RestSchema):
    """Score and grade on a day, exact decimals as text."""

    live = fields.List(
        fields.String(), required=True, metadata={"description": "ids of the items that count"}
    )
    good = fields.String(required=True)
    bad = fields.String(required=True)
    score = fields.String(required=True)
    grade = fields.String(required=True)


class CreditOut(RestSchema):
    """A company with its standing; none without a base or a credit scheme."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    uscc = fields.String(required=True)
    standing = fields.Nested(StandingOut, required=True, allow_none=True)


CreditPage = rest_fields.page_of(CreditOut)


class CreditArgs(rest_fields.SearchArgs):
    """Which companies, as of which day (today if left out)."""

    on = rest_fields.Day(load_default=None)
    sort = rest_fields.one_of(SORTS, load_default="name")


class OnArgs(RestSchema):
    """As of which day (today if left out)."""

    on = rest_fields.Day(load_default=None)


class CreditItemOut(RestSchema):
    """An item of a credit file; ``to_on`` is the first day without it."""

    id = fields.String(required=True)
    source = fields.String(required=True)
    title = fields.String(required=True)
    points = fields.String(required=True)
    serious = fields.Boolean(required=True)
    document_no = fields.String(required=True)
    estate = fields.String(required=True, metadata={"description": "name; empty for the whole company"})
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)
    counts = fields.Boolean(required=True)
    voided_at = fields.DateTime(required=True, allow_none=True)


class FileOut(CreditOut):
    """A credit file on a day."""

    on = rest_fields.Day(required=True)
    base = fields.String(required=True)
    items = fields.List(fields.Nested(CreditItemOut), required=True)


class CreditItemIn(RestSchema):
    """An item: good points are positive, bad ones negative; a base replaces the one before."""

    title = rest_fields.text(200, least=1, required=True)
    points = rest_fields.text(12, least=1, required=True, metadata={"description": "2 or -1.5"})
    estate = rest_fields.public_id(load_default=None, allow_none=True)
    document_no = rest_fields.text(60, load_default="")
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(load_default=None, allow_none=True)
    serious = fields.Boolean(load_default=False)
    base = fields.Boolean(load_default=False)


class CreditReasonIn(RestSchema):
    """Why."""

    reason = rest_fields.text(500, load_default="")


class PeriodIn(RestSchema):
    """A quarter that is over."""

    period = rest_fields.text(7, least=7, required=True, metadata={"description": "2026-Q3"})


class CountOut(RestSchema):
    """How many were new."""

    new = fields.Integer(required=True)


class ListingOut(RestSchema):
    """An estate on a list."""

    id = fields.String(required=True)
    colour = fields.String(required=True)
    estate = fields.String(required=True)
    company = fields.String(required=True)
    round = fields.String(required=True, metadata={"description": "id of the round"})
    period = fields.String(required=True)
    in_a_row = fields.Integer(required=True)
    listed_on = rest_fields.Day(required=True)
    rectify_by = rest_fields.Day(required=True, allow_none=True)
    rectified_on = rest_fields.Day(required=True, allow_none=True)
    ended_on = rest_fields.Day(required=True, allow_none=True)


ListingsPage = rest_fields.page_of(ListingOut)


class ListingsArgs(rest_fields.SearchArgs):
    """Which listings."""

    colour = rest_fields.one_of(("", "red", "black"), load_default="")
    ended = fields.Boolean(load_default=False)


class MeasureOut(RestSchema):
    """Something a company is asked to do."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    what = fields.String(required=True)
    company = fields.String(required=True)
    estate = fields.String(required=True)
    due_on = rest_fields.Day(required=True)
    state = fields.String(required=True)
    report = fields.String(required=True)
    finding = fields.String(required=True)
    reported_on = rest_fields.Day(required=True, allow_none=True)
    checked_on = rest_fields.Day(required=True, allow_none=True)


MeasuresPage = rest_fields.page_of(MeasureOut)


class MeasuresArgs(rest_fields.SearchArgs):
    """Which measures."""

    state = rest_fields.one_of(("", *STATES, OVERDUE), load_default="")


class MeasureIn(RestSchema):
    """What a company is to do by a day."""

    kind = rest_fields.one_of(MEASURES, required=True)
    what = rest_fields.text(500, least=1, required=True)
    due_on = rest_fields.Day(required=True)
    estate = rest_fields.public_id(load_default=None, allow_none=True)


class ReportIn(RestSchema):
    """What was done."""

    report = rest_fields.text(1000, least=1, required=True)


class CheckIn(RestSchema):
    """Whether it is done, and what was found."""

    done = fields.Boolean(required=True)
    finding = rest_fields.text(500, load_default="")
