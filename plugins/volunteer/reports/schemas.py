"""What the REST operations of reports take and give; minutes are whole numbers."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .choices import CLASSES
from .figures import AREA, GROUPS
from .signals import TITLES

_PERIOD = {"description": "2026, 2026-H1, 2026-Q2 or 2026-03"}


class VolunteerReportArgs(RestSchema):
    """Which report: a period, what the rows are, and what it is narrowed to."""

    period = rest_fields.text(7, required=True, metadata=_PERIOD)
    by = rest_fields.one_of(tuple(GROUPS), load_default=AREA)
    klass = rest_fields.one_of(
        ("", *CLASSES), load_default="", metadata={"description": "credit or honour hours only"}
    )
    team = rest_fields.text(
        60, load_default="", metadata={"description": "id or name, with the teams below it"}
    )
    project = rest_fields.text(30, load_default="", metadata={"description": "code"})


class VolunteerFiguresOut(RestSchema):
    """Figures of one row."""

    people = fields.Integer(required=True, metadata={"description": "different people with approved service"})
    active = fields.Integer(required=True, metadata={"description": "different people with minutes"})
    registered = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "null where nobody is registered, as in projects"},
    )
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    hours = fields.String(required=True)


class VolunteerReportRow(VolunteerFiguresOut):
    """One part of a report."""

    name = fields.String(required=True)
    code = fields.String(
        required=True, metadata={"description": "of an area or project, a month, a team's host"}
    )
    id = fields.String(required=True, metadata={"description": "of a team, project or alliance, else empty"})


class VolunteerReportOut(VolunteerFiguresOut):
    """A report: the total, its parts, and what belongs to none of them."""

    period = fields.String(required=True)
    by = fields.String(required=True)
    rest = fields.Nested(VolunteerFiguresOut, required=True)
    rows = fields.List(fields.Nested(VolunteerReportRow), required=True)
    waiting = fields.Integer(required=True, metadata={"description": "people who are not computed yet"})


class TeamRankingArgs(rest_fields.PageArgs):
    """Which ranking of teams."""

    period = rest_fields.text(7, required=True, metadata=_PERIOD)
    klass = rest_fields.one_of(("", *CLASSES), load_default="")


class TeamRankOut(RestSchema):
    """One team's place."""

    rank = fields.Integer(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    host = fields.String(required=True)
    members = fields.Integer(required=True)
    active = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    hours = fields.String(required=True)


TeamRankPage = rest_fields.page_of(TeamRankOut)


class SignalArgs(rest_fields.PageArgs):
    """Which week of signals."""

    week = rest_fields.Day(
        load_default=None,
        allow_none=False,
        metadata={"description": "a day of it; the last whole week if left out"},
    )


class SignalOut(RestSchema):
    """Something worth a look; nothing is blocked by it."""

    kind = rest_fields.one_of(tuple(TITLES), required=True)
    from_on = rest_fields.Day(required=True, data_key="from")
    to_on = rest_fields.Day(required=True, data_key="to")
    person_id = fields.String(required=True, allow_none=True)
    recorder = fields.String(required=True)
    device = fields.String(required=True, metadata={"description": "a mark that tells devices apart"})
    entries = fields.Integer(required=True)
    people = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


SignalPage = rest_fields.page_of(SignalOut, complete=fields.Boolean(required=True))
