"""What the REST operations of results take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .models import STATES

ACTS = ("close", "back", "withdraw", "confirm", "reopen")


class ResultOut(RestSchema):
    """One result as a whole."""

    id = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area that it is of"})
    scheme = fields.String(required=True, metadata={"description": "title of the scheme"})
    period = fields.String(required=True)
    no = fields.Integer(required=True, metadata={"description": "counts the results of one period"})
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    members = fields.Integer(required=True)
    decided = fields.Integer(required=True)
    sha256 = fields.String(required=True, metadata={"description": "of the snapshot, empty until confirmed"})
    notice = fields.String(required=True, metadata={"description": "id of the notice, empty until public"})


ResultsPage = rest_fields.page_of(ResultOut)


class GradeLineOut(RestSchema):
    """One member of a result."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    branch = fields.String(required=True)
    total = fields.String(required=True)
    categories = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    minutes = fields.Integer(required=True, metadata={"description": "of credited service in the period"})
    activities = fields.Integer(required=True)
    scored = fields.String(required=True, metadata={"description": "grade by points"})
    proposed = fields.String(required=True, metadata={"description": "after the quota"})
    tie = fields.Boolean(required=True, metadata={"description": "was in a tie across the quota's line"})
    gates = fields.List(fields.String(), required=True, metadata={"description": "conditions not met"})
    vetoed = fields.Boolean(required=True)
    choices = fields.List(
        fields.String(), required=True, metadata={"description": "grades that can be decided"}
    )
    grade = fields.String(required=True, metadata={"description": "empty until decided"})
    reason = fields.String(required=True)


class LinesArgs(rest_fields.SearchArgs):
    """Which members."""

    branch = rest_fields.text(100, load_default="", metadata={"description": "name of a Party branch"})
    group = rest_fields.one_of(("", "undecided", "tie", "held", "moved"), load_default="")


LinesPage = rest_fields.page_of(
    GradeLineOut,
    state=fields.String(required=True),
    period=fields.String(required=True),
    quota_limit=fields.Integer(required=True, allow_none=True),
    grades=fields.List(fields.String(), required=True, metadata={"description": "best first"}),
)


class AnnualComputeIn(RestSchema):
    """Which period to compute."""

    period = rest_fields.text(10, required=True, metadata={"description": "such as 2025"})
    quota = rest_fields.text(
        20, load_default=None, allow_none=True,
        metadata={"description": "such as 1/3 or 30%, empty for none; the area's usual one if left out"},
    )  # fmt: skip


class StepIn(RestSchema):
    """One decision."""

    person = rest_fields.text(40, required=True, metadata={"description": "id of the person"})
    grade = rest_fields.text(60, required=True)
    reason = rest_fields.text(500, load_default="", metadata={"description": "needed if not as proposed"})


class AnnualDecideIn(RestSchema):
    """Decisions on some members, and with ``rest`` everybody else as proposed."""

    steps = fields.List(fields.Nested(StepIn), load_default=list, validate=rest_fields.count(0, 500))
    rest = rest_fields.flag(load_default=False)


class AnnualPublishIn(RestSchema):
    """For how many working days."""

    days = rest_fields.number(
        1, 60, load_default=None, allow_none=True, metadata={"description": "the usual ones if left out"}
    )


class ActIn(RestSchema):
    """What is done with the result as a whole."""

    act = rest_fields.one_of(
        ACTS, required=True,
        metadata={"description": "close ends deciding, back goes one step back, withdraw takes the notice down"},
    )  # fmt: skip
    reference = rest_fields.text(
        100, load_default="", metadata={"description": "meeting or minutes, for close and reopen"}
    )
    reason = rest_fields.text(500, load_default="", metadata={"description": "for back, withdraw and reopen"})
    why = rest_fields.one_of(
        ("mistake", "objection", "other"), load_default="other", metadata={"description": "for withdraw"}
    )
