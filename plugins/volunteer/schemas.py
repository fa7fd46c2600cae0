"""What the REST operations take and give; minutes are whole numbers, hours a text rounded from them."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields


class PersonHoursOut(RestSchema):
    """One line of an area's list."""

    id = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    minutes = fields.Integer(required=True)
    hours = fields.String(required=True)
    entries = fields.Integer(required=True)
    rank = fields.Integer(required=True, metadata={"description": "equal minutes share it"})
    waiting = fields.Boolean(
        required=True, metadata={"description": "the log has changed since this was computed"}
    )


class HoursArgs(rest_fields.SearchArgs):
    """Which hours: of a period, or of a range of days."""

    period = rest_fields.text(10, load_default="all", metadata={"description": "all, 2026 or 2026-03"})
    from_on = rest_fields.Day(
        load_default=None, allow_none=False, data_key="from", metadata={"description": "instead of a period"}
    )
    to_on = rest_fields.Day(load_default=None, allow_none=False, data_key="to")


HoursPage = rest_fields.page_of(
    PersonHoursOut,
    minutes=fields.Integer(required=True, metadata={"description": "of the whole list"}),
    entries=fields.Integer(required=True, metadata={"description": "person-times of the whole list"}),
    waiting=fields.Integer(required=True, metadata={"description": "people who are not computed yet"}),
)


class TallyOut(RestSchema):
    """A period's sum over all areas."""

    period = fields.String(required=True)
    minutes = fields.Integer(required=True)
    hours = fields.String(required=True)
    entries = fields.Integer(required=True)


class ServiceOut(RestSchema):
    """One service entry; what was done elsewhere shows title, date and organiser like everything else."""

    title = fields.String(required=True)
    kind = fields.String(required=True)
    organiser = fields.String(required=True)
    date = rest_fields.Day(required=True)
    starts_at = rest_fields.Instant(required=True, allow_none=True)
    ends_at = rest_fields.Instant(required=True, allow_none=True)
    status = fields.String(required=True)
    minutes = fields.Integer(required=True, allow_none=True, metadata={"description": "null: not computed"})
    flags = fields.List(fields.String(), required=True)


class OwnHoursOut(RestSchema):
    """A person's hours and a page of what they come from, newest first."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    waiting = fields.Boolean(required=True)
    tallies = fields.List(fields.Nested(TallyOut), required=True)
    items = fields.List(fields.Nested(ServiceOut), required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True)
