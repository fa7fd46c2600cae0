"""What the REST operations take and give; points are texts with two decimals, as the scheme's arithmetic gives them."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields


class ScoreOut(RestSchema):
    """One line of an area's sheet."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    total = fields.String(required=True)
    grade = fields.String(required=True)
    categories = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    rank = fields.Integer(required=True, metadata={"description": "equal totals share it"})
    waiting = fields.Boolean(
        required=True, metadata={"description": "the log has changed since this was computed"}
    )


class ScoresArgs(rest_fields.SearchArgs):
    """Which sheet."""

    period = rest_fields.text(
        20, load_default="", metadata={"description": "such as 2026; the present one if empty"}
    )
    branch = rest_fields.text(100, load_default="", metadata={"description": "name of a Party branch"})


ScoresPage = rest_fields.page_of(
    ScoreOut,
    scheme=fields.String(required=True, metadata={"description": "empty where no scheme rules"}),
    period=fields.String(required=True),
    waiting=fields.Integer(required=True, metadata={"description": "people who are not computed yet"}),
)


class PeriodArgs(RestSchema):
    """Which period."""

    period = rest_fields.text(20, load_default="", metadata={"description": "the newest one if empty"})


class ScoreArgs(PeriodArgs):
    """Which period, or a past day."""

    on = rest_fields.Day(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "a past day: the score of its period as it stood then; period is passed over"
        },
    )


class GroupsArgs(PeriodArgs):
    """Which groups."""

    by = rest_fields.one_of(("branch", "community", "unit"), load_default="branch")


class GroupOut(RestSchema):
    """One branch, community or home unit."""

    name = fields.String(required=True)
    rank = fields.Integer(
        required=True, allow_none=True, metadata={"description": "by the average; null below five members"}
    )
    average = fields.String(required=True, allow_none=True)
    members = fields.Integer(
        required=True, allow_none=True, metadata={"description": "members with points; null below five"}
    )


class GroupsOut(RestSchema):
    """Groups, the best average first."""

    scheme = fields.String(required=True, metadata={"description": "empty where no scheme rules"})
    period = fields.String(required=True)
    items = fields.List(fields.Nested(GroupOut), required=True)


class MonthOut(RestSchema):
    """The total at the end of a month by what is known now."""

    month = fields.String(required=True)
    total = fields.String(required=True)
    gain = fields.String(
        required=True, metadata={"description": "since the month before; empty for the first"}
    )
    grade = fields.String(required=True)


class IdeaOut(RestSchema):
    """What one more entry of an item would bring today."""

    title = fields.String(required=True)
    amount = fields.String(required=True)
    gain = fields.String(required=True, metadata={"description": "empty when a limit or cap keeps it away"})
    grade = fields.String(
        required=True, metadata={"description": "the grade that it would reach, if it rises"}
    )


class OutlookOut(RestSchema):
    """A member's present period over time."""

    id = fields.String(required=True)
    period = fields.String(required=True)
    months = fields.List(fields.Nested(MonthOut), required=True)
    ideas = fields.List(fields.Nested(IdeaOut), required=True)


class CategoryOut(RestSchema):
    """One category against its cap."""

    title = fields.String(required=True)
    points = fields.String(required=True)
    cap = fields.String(required=True, allow_none=True)
    notes = fields.List(fields.String(), required=True)


class EntryScoreOut(RestSchema):
    """One entry of the period, what it brought and why not more."""

    date = rest_fields.Day(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    item = fields.String(required=True)
    quantity = fields.String(required=True)
    value = fields.String(required=True, metadata={"description": "before limits and caps"})
    credited = fields.String(required=True, metadata={"description": "after them"})
    state = fields.String(required=True, metadata={"description": "counted, cut, waiting or ignored"})
    why = fields.String(required=True)


class DerivedOut(RestSchema):
    """Points that no single entry carries."""

    title = fields.String(required=True)
    points = fields.String(required=True)
    why = fields.String(required=True)


class ExplainedOut(RestSchema):
    """A person's score of a period with its reasons, in the language asked for."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    checkin_on = rest_fields.Day(required=True)
    branch = fields.String(required=True)
    scheme = fields.String(required=True)
    period = fields.String(required=True)
    periods = fields.List(fields.String(), required=True, metadata={"description": "those that are scored"})
    status = fields.String(required=True)
    total = fields.String(required=True)
    grade = fields.String(required=True)
    waiting = fields.Boolean(required=True)
    categories = fields.List(fields.Nested(CategoryOut), required=True)
    derived = fields.List(fields.Nested(DerivedOut), required=True)
    entries = fields.List(fields.Nested(EntryScoreOut), required=True)
