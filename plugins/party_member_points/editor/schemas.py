"""What the REST operations on schemes and their drafts take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..schemes import LARGEST
from .models import STATES
from .services import LONGEST_REASON

FORMATS = ("toml", "json")


class FindingOut(RestSchema):
    """A remark of the linter, in the language asked for."""

    code = fields.String(required=True)
    place = fields.String(required=True, metadata={"description": "the path of the key"})
    line = fields.Integer(required=True, allow_none=True)
    message = fields.String(required=True)
    error = fields.Boolean(required=True, metadata={"description": "false for a warning"})


class LintIn(RestSchema):
    """A scheme file."""

    text = rest_fields.text(LARGEST, least=1, required=True)
    format = rest_fields.one_of(FORMATS, load_default="toml")


class LintOut(RestSchema):
    """What there is to say about a file."""

    ok = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)


class SchemeOut(RestSchema):
    """A published scheme."""

    id = fields.String(required=True)
    scheme = fields.String(required=True)
    title = fields.String(required=True)
    effective_from = rest_fields.Day(required=True)
    published_at = rest_fields.Instant(required=True)
    sha256 = fields.String(required=True)


class SchemesOut(RestSchema):
    """What was published for an area or, where nothing was, for the nearest one above; the newest first."""

    items = fields.List(fields.Nested(SchemeOut), required=True)


class SchemeDetail(SchemeOut):
    """A published scheme with its file."""

    format = fields.String(required=True)
    text = fields.String(required=True)


class DraftOut(RestSchema):
    """A draft in a list."""

    id = fields.String(required=True)
    scheme = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    effective_from = rest_fields.Day(required=True, allow_none=True)
    sha256 = fields.String(required=True)


class DraftsArgs(rest_fields.PageArgs):
    """Which drafts."""

    state = rest_fields.one_of(("", *STATES), load_default="")


DraftsPage = rest_fields.page_of(DraftOut)


class SchemeChangeOut(RestSchema):
    """One rule that differs from what is published."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "empty where the whole rule is new or gone"})
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)


class DraftStepOut(RestSchema):
    """One step of a draft."""

    act = fields.String(required=True)
    by = fields.String(required=True)
    at = rest_fields.Instant(required=True)
    reason = fields.String(required=True)
    sha256 = fields.String(required=True)


class DraftDetail(DraftOut):
    """A draft with its text, what the linter says, what it changes, and its steps."""

    text = fields.String(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)
    changes = fields.List(fields.Nested(SchemeChangeOut), required=True)
    steps = fields.List(fields.Nested(DraftStepOut), required=True)


class DraftPatch(RestSchema):
    """Another text for a draft."""

    text = rest_fields.text(LARGEST, least=1, required=True)


class DraftStepIn(RestSchema):
    """A step of whoever writes it; ``from`` is needed to submit."""

    step = rest_fields.one_of(("submit", "take_back", "withdraw"), required=True)
    first_day = rest_fields.Day(load_default=None, allow_none=True, data_key="from")
    reason = rest_fields.text(LONGEST_REASON, load_default="")


class DraftDecisionIn(RestSchema):
    """What another person decides."""

    decision = rest_fields.one_of(("approve", "return", "publish"), required=True)
    reason = rest_fields.text(LONGEST_REASON, load_default="")


class TrialIn(RestSchema):
    """On which data a draft is tried."""

    period = rest_fields.text(20, least=1, required=True)
    whole = rest_fields.flag(load_default=True)


class TrialLineOut(RestSchema):
    """One member whose total or grade a draft changes."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    total_before = fields.String(required=True)
    total_after = fields.String(required=True)
    grade_before = fields.String(required=True)
    grade_after = fields.String(required=True)
    why = fields.List(fields.String(), required=True)


class TrialOut(RestSchema):
    """A dry run; ``done`` is false while the job is at work."""

    done = fields.Boolean(required=True)
    fresh = fields.Boolean(required=True, metadata={"description": "the draft has the same text still"})
    period = fields.String(required=True)
    whole = fields.Boolean(required=True)
    people = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    regraded = fields.Integer(required=True)


class TrialDetail(TrialOut):
    """A dry run with one page of those who change."""

    items = fields.List(fields.Nested(TrialLineOut), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
