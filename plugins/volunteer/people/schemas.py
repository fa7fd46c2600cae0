"""What the REST operations of volunteers take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .services import STATES


class VolunteerOut(RestSchema):
    """A volunteer or applicant."""

    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    area = fields.String(required=True)
    number = fields.String(required=True, metadata={"description": "volunteer number; empty for applicants"})
    state = fields.String(required=True)
    registered_on = rest_fields.Day(required=True, allow_none=True)


class VolunteersArgs(rest_fields.SearchArgs):
    """Which volunteers; without a state all but the withdrawn."""

    state = rest_fields.one_of(("", *STATES), load_default="")


VolunteersPage = rest_fields.page_of(VolunteerOut)


class VolunteersIn(RestSchema):
    """People to register."""

    people = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, 200))


class VolunteerRefusedOut(RestSchema):
    """Somebody who was not registered, and why."""

    person = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "machine code of the reason"})


class VolunteersRegistered(RestSchema):
    """What a registration did."""

    registered = fields.List(fields.String(), required=True, metadata={"description": "ids of people"})
    refused = fields.List(fields.Nested(VolunteerRefusedOut), required=True)


class StandingIn(RestSchema):
    """Another standing of a volunteer."""

    act = rest_fields.one_of(("refuse", "suspend", "resume", "withdraw"), required=True)
    reason = rest_fields.text(200, load_default="")


class VolunteerTrainingIn(RestSchema):
    """A training that somebody passed."""

    title = rest_fields.text(100, least=1, required=True)
    on_date = rest_fields.Day(required=True)
    minutes = rest_fields.number(1, 60_000, required=True)
    qualification = rest_fields.text(60, load_default="")
    valid_until = rest_fields.Day(load_default=None, allow_none=True)
    certificate_no = rest_fields.text(60, load_default="")


class VolunteerInsuranceIn(RestSchema):
    """An accident policy of a person."""

    policy_no = rest_fields.text(60, least=1, required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True)
    insurer = rest_fields.text(60, load_default="")


class VolunteerPaperOut(RestSchema):
    """What was recorded."""

    id = fields.String(required=True)
