"""What the REST operations of the record take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .commendations import LEVELS
from .deciding_stars import ACTS
from .evaluations import SIDE_TITLES
from .models import LEADER, RECIPIENT, STATES
from .stars import SORTS


class StarOut(RestSchema):
    """A star that somebody has reached, the best of its profile and period."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    profile = fields.String(required=True, metadata={"description": "such as national"})
    period = fields.String(required=True, metadata={"description": "all, a year, or the years of a cycle"})
    level = fields.Integer(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    needed_minutes = fields.Integer(required=True)
    minutes = fields.Integer(required=True, allow_none=True)
    reached_on = fields.Date(required=True)
    awarded_on = fields.Date(required=True, allow_none=True)


StarsPage = rest_fields.page_of(StarOut)


class StarsArgs(rest_fields.SearchArgs):
    """Which stars."""

    profile = rest_fields.text(40, load_default="")
    state = rest_fields.one_of(("", *STATES), load_default="")
    level = rest_fields.number(0, 10, load_default=0)
    sort = rest_fields.one_of(SORTS, load_default="-level")


class StarActIn(RestSchema):
    """What is decided on some stars."""

    act = rest_fields.one_of(
        tuple(ACTS),
        required=True,
        metadata={"description": "award an eligible star; keep or withdraw one under review"},
    )
    stars = fields.List(rest_fields.text(40), required=True, validate=rest_fields.count(1, 200))
    reason = rest_fields.text(500, load_default="", metadata={"description": "for keep and withdraw"})


class StarActOut(RestSchema):
    """What became of it."""

    done = fields.Integer(required=True)


class CommendationOut(RestSchema):
    """What somebody received."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    title = fields.String(required=True)
    level = fields.String(required=True, metadata={"description": ", ".join(LEVELS)})
    awarded_by = fields.String(required=True)
    awarded_on = fields.Date(required=True)
    document_no = fields.String(required=True)


CommendationsPage = rest_fields.page_of(CommendationOut)


class CommendationIn(RestSchema):
    """A commendation to be recorded."""

    person = rest_fields.text(40, required=True, metadata={"description": "id of the person"})
    title = rest_fields.text(100, required=True)
    level = rest_fields.one_of(tuple(LEVELS), required=True)
    awarded_by = rest_fields.text(100, required=True)
    awarded_on = fields.Date(required=True)
    document_no = rest_fields.text(60, load_default="")
    note = rest_fields.text(500, load_default="")


class EvaluationOut(RestSchema):
    """What one side said of a session."""

    id = fields.String(required=True)
    entry = fields.String(required=True, metadata={"description": "id of the entry"})
    person = fields.String(required=True, metadata={"description": "id of the volunteer"})
    side = fields.String(required=True, metadata={"description": ", ".join(SIDE_TITLES)})
    score = fields.Integer(required=True, metadata={"description": "1 to 5, 5 being very good"})
    words = fields.String(required=True)
    on = fields.Date(required=True, metadata={"description": "day of the session"})
    case = fields.String(required=True, metadata={"description": "state of the complaint, empty for none"})


EvaluationsPage = rest_fields.page_of(EvaluationOut)


class EvaluationsArgs(rest_fields.SearchArgs):
    """Which evaluations."""

    side = rest_fields.one_of(("", *SIDE_TITLES), load_default="")
    low = rest_fields.flag(load_default=False, metadata={"description": "1 and 2 only"})


class EvaluationIn(RestSchema):
    """What the organiser, or a recipient who told staff, says of a session."""

    entry = rest_fields.text(40, required=True, metadata={"description": "id of the entry"})
    side = rest_fields.one_of((LEADER, RECIPIENT), required=True)
    score = rest_fields.number(1, 5, required=True)
    words = rest_fields.text(500, load_default="")
    name = rest_fields.text(60, load_default="", metadata={"description": "of a recipient; masked at once"})
    complaint = rest_fields.flag(load_default=False)


class RecordOut(RestSchema):
    """The record of a volunteer in its five blocks."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    volunteer_no = fields.String(required=True, metadata={"description": "empty for who never registered"})
    teams = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    credit_minutes = fields.Integer(required=True)
    honour_minutes = fields.Integer(required=True)
    training_minutes = fields.Integer(required=True)
    trainings = fields.List(fields.String(), required=True)
    commendations = fields.List(fields.Nested(CommendationOut), required=True)
    stars = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "by profile"}
    )
    evaluations = fields.Integer(required=True, metadata={"description": "how many"})
    score = fields.String(required=True, metadata={"description": "mean with one decimal, empty for none"})
