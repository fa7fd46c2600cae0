"""What the REST operations of awards and sessions take and give; amounts are texts such as "2.5"."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .rules import KIND_TITLES, MOST_ATTRIBUTE, MOST_TEXT, STATUS_TITLES, WAYS


class AwardStepOut(RestSchema):
    """One step of an award."""

    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    how = fields.String(required=True, metadata={"description": "in what way the member was told"})
    on = rest_fields.Day(required=True, attribute="on_date", allow_none=True)
    at = rest_fields.Instant(required=True)
    by = fields.String(required=True, attribute="actor")


class AwardOut(RestSchema):
    """An award, a deduction or a veto."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "earn, deduct or veto"})
    item = fields.String(required=True, metadata={"description": "id of the item in the scheme"})
    title = fields.String(required=True)
    on = rest_fields.Day(required=True, attribute="on_date")
    amount = fields.String(required=True)
    points = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": ", ".join(STATUS_TITLES)})
    adjusting = fields.Boolean(required=True)
    recorded_at = rest_fields.Instant(required=True)
    recorded_by = fields.String(required=True)


class AwardFullOut(AwardOut):
    """The same with its reasons and its path."""

    reason = fields.String(required=True)
    evidence = fields.String(required=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    steps = fields.List(fields.Nested(AwardStepOut), required=True)


class AwardsArgs(rest_fields.SearchArgs):
    """Which awards."""

    status = rest_fields.one_of(("", *STATUS_TITLES), load_default="")
    kind = rest_fields.one_of(("", *KIND_TITLES), load_default="")
    item = rest_fields.text(100, load_default="")


AwardsPage = rest_fields.page_of(AwardOut)


class ProposeIn(RestSchema):
    """A proposal; what an item asks for is said by its scheme."""

    person = rest_fields.text(40, required=True, metadata={"description": "id of the person"})
    item = rest_fields.text(100, required=True)
    on = rest_fields.Day(required=True)
    reason = rest_fields.text(MOST_TEXT, required=True)
    evidence = rest_fields.text(MOST_TEXT, load_default="")
    title = rest_fields.text(100, load_default="")
    points = rest_fields.text(20, load_default="", metadata={"description": 'given by hand, such as "2.5"'})
    amount = rest_fields.text(20, load_default="", metadata={"description": 'a quantity, such as "3.25"'})
    attributes = fields.Dict(
        keys=rest_fields.text(60),
        values=rest_fields.text(MOST_ATTRIBUTE),
        load_default=dict,
        metadata={
            "description": 'such as {"level": "city", "matter": "2026"}; "true" and "false" are no texts'
        },
    )
    key = rest_fields.text(
        80, load_default="", metadata={"description": "the same key again is the same proposal"}
    )
    accepted_late = fields.Boolean(load_default=False)
    adjusting = fields.Boolean(load_default=False)


class TellIn(RestSchema):
    """How and when the member was told."""

    how = rest_fields.one_of(tuple(WAYS), required=True)
    on = rest_fields.Day(required=True)
    note = rest_fields.text(MOST_TEXT, load_default="")


class VerifyIn(RestSchema):
    """What whoever verifies found."""

    outcome = rest_fields.one_of(("verified", "rejected"), required=True)
    reason = rest_fields.text(MOST_TEXT, load_default="")


class AwardDecideIn(RestSchema):
    """What the committee decides."""

    outcome = rest_fields.one_of(("confirmed", "rejected", "voided"), required=True)
    reason = rest_fields.text(MOST_TEXT, load_default="")


class WithdrawIn(RestSchema):
    """Why it is taken back."""

    reason = rest_fields.text(MOST_TEXT, load_default="")


class SessionOut(RestSchema):
    """One session with its numbers."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    on = rest_fields.Day(required=True, attribute="on_date")
    area = fields.String(required=True)
    branch = fields.String(required=True)
    item = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "open, confirmed, changed or voided"})
    expected = fields.Integer(required=True)
    attended = fields.Integer(required=True)


class SessionsArgs(rest_fields.SearchArgs):
    """Which sessions."""

    state = rest_fields.one_of(("", "open", "confirmed", "changed", "voided"), load_default="")


SessionsPage = rest_fields.page_of(SessionOut)


class AttendeeOut(RestSchema):
    """One person of a session."""

    id = fields.String(required=True, attribute="public_id")
    name = fields.String(required=True)
    branch = fields.String(required=True)
    attendance = fields.String(
        required=True, attribute="state", metadata={"description": "attended, excused, absent or unexpected"}
    )
    reason = fields.String(required=True)


class AttendanceOut(RestSchema):
    """The sheet of a session."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    people = fields.List(fields.Nested(AttendeeOut), required=True)


class SessionIn(RestSchema):
    """A session; its members on that day are expected."""

    title = rest_fields.text(100, required=True)
    on = rest_fields.Day(required=True)
    item = rest_fields.text(100, required=True, metadata={"description": "what attendance counts as"})
    kind = rest_fields.text(40, load_default="")
    branch = rest_fields.text(100, load_default="", metadata={"description": "name of a Party branch"})


class AttendIn(RestSchema):
    """Something said of people."""

    word = rest_fields.one_of(("attended", "absent", "excused", "unexcused", "unexpected"), required=True)
    people = fields.List(rest_fields.text(40), required=True, metadata={"description": "ids of people"})
    reason = rest_fields.text(MOST_TEXT, load_default="")


class CloseIn(RestSchema):
    """What becomes of a session's sheet."""

    outcome = rest_fields.one_of(("confirmed", "voided"), required=True)
    reason = rest_fields.text(MOST_TEXT, load_default="")
