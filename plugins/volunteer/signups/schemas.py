"""What the REST operations on recruiting and sign-ups take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..words import CATEGORIES
from .models import AUDIENCES, CANCELLED, CLOSED, EVERYBODY, OPEN, RECRUITING
from .opening import MAX_REASON
from .planning import MAX_ABOUT, OLDEST
from .rules import HOURS_AHEAD, MAX_CAPACITY, MAX_ROLE, MAX_SLOTS, MAX_WEEKS
from .services import MAX_AT_ONCE, MAX_WORDS, OUTCOMES


class RecruitingOut(RestSchema):
    """An activity that looks for volunteers, with its numbers of places and sign-ups."""

    id = fields.String(required=True, metadata={"description": "id of the activity"})
    title = fields.String(required=True)
    date = rest_fields.Day(required=True)
    starts_at = rest_fields.Instant(required=True, allow_none=True)
    ends_at = rest_fields.Instant(required=True, allow_none=True)
    place = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area"})
    team = fields.String(required=True, metadata={"description": "name of the team; empty for none"})
    category = fields.String(required=True)
    state = fields.String(required=True)
    audience = fields.String(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True, metadata={"description": "places that somebody holds"})
    applied = fields.Integer(required=True, metadata={"description": "sign-ups that wait for approval"})
    waiting = fields.Integer(required=True, metadata={"description": "people on waiting lists"})


class RecruitingArgs(rest_fields.SearchArgs):
    """Which activities; `when` empty is from today on."""

    state = rest_fields.one_of(("", *RECRUITING), load_default="")
    when = rest_fields.one_of(("", "past", "all"), load_default="")
    team = rest_fields.text(16, load_default="", metadata={"description": "id of a team"})
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")


RecruitingPage = rest_fields.page_of(RecruitingOut)


class ShiftOut(RestSchema):
    """A role with its time and places."""

    id = fields.String(required=True)
    role = fields.String(required=True)
    starts_at = rest_fields.Instant(required=True)
    ends_at = rest_fields.Instant(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class RecruitingDetail(RestSchema):
    """One activity with what it asks and its shifts."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    date = rest_fields.Day(required=True)
    starts_at = rest_fields.Instant(required=True, allow_none=True)
    ends_at = rest_fields.Instant(required=True, allow_none=True)
    place = fields.String(required=True)
    area = fields.String(required=True)
    team = fields.String(required=True)
    project = fields.String(required=True)
    category = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    audience = fields.String(required=True)
    about = fields.String(required=True)
    contact = fields.String(required=True)
    needs_approval = fields.Boolean(required=True)
    hazardous = fields.Boolean(required=True)
    min_age = fields.Integer(required=True, allow_none=True)
    guardian_present = fields.Boolean(required=True)
    insurance_required = fields.Boolean(required=True)
    qualification = fields.String(required=True)
    on_duty_excluded = fields.Boolean(required=True)
    sign_up_hours = fields.Integer(required=True)
    cancel_hours = fields.Integer(required=True)
    shifts = fields.List(fields.Nested(ShiftOut), required=True)


class ShiftIn(RestSchema):
    """A shift to plan, as instants of the first day."""

    role = rest_fields.text(MAX_ROLE, least=1, required=True)
    starts_at = rest_fields.Instant(required=True)
    ends_at = rest_fields.Instant(required=True)
    capacity = rest_fields.number(1, MAX_CAPACITY, required=True)


class RecruitingIn(RestSchema):
    """An activity to plan, on one day or weekly."""

    title = rest_fields.text(200, least=1, required=True)
    kind = rest_fields.text(
        60, least=1, required=True, metadata={"description": "code of a kind of activity"}
    )
    starts_at = rest_fields.Instant(required=True)
    ends_at = rest_fields.Instant(required=True)
    break_minutes = rest_fields.number(0, 1_440, load_default=0)
    place = rest_fields.text(200, load_default="")
    organiser = rest_fields.text(100, load_default="")
    weeks = rest_fields.number(1, MAX_WEEKS, load_default=1)
    team = rest_fields.text(16, load_default="", metadata={"description": "id of a team"})
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")
    audience = rest_fields.one_of(AUDIENCES, load_default=EVERYBODY)
    about = rest_fields.text(MAX_ABOUT, load_default="")
    contact = rest_fields.text(100, load_default="")
    needs_approval = rest_fields.flag(load_default=True)
    hazardous = rest_fields.flag(load_default=False)
    min_age = rest_fields.number(0, OLDEST, load_default=None, allow_none=True)
    guardian_present = rest_fields.flag(load_default=False)
    insurance_required = rest_fields.flag(load_default=False)
    qualification = rest_fields.text(60, load_default="")
    on_duty_excluded = rest_fields.flag(load_default=False)
    sign_up_hours = rest_fields.number(0, HOURS_AHEAD, load_default=0)
    cancel_hours = rest_fields.number(0, HOURS_AHEAD, load_default=0)
    open = rest_fields.flag(load_default=False, metadata={"description": "open for sign-up at once"})
    shifts = fields.List(fields.Nested(ShiftIn), required=True, validate=rest_fields.count(1, MAX_SLOTS))


class RecruitingMade(RestSchema):
    """The activities that were planned."""

    ids = fields.List(fields.String(), required=True)


class RecruitingStateIn(RestSchema):
    """Open, close or cancel."""

    state = rest_fields.one_of((OPEN, CLOSED, CANCELLED), required=True)
    reason = rest_fields.text(MAX_REASON, load_default="", metadata={"description": "needed to cancel"})


class SignupOut(RestSchema):
    """A sign-up."""

    id = fields.String(required=True)
    activity = fields.String(required=True, metadata={"description": "id of the activity"})
    title = fields.String(required=True)
    shift = fields.String(required=True, metadata={"description": "id of the shift"})
    role = fields.String(required=True)
    starts_at = rest_fields.Instant(required=True)
    ends_at = rest_fields.Instant(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)
    team = fields.String(required=True)
    party = fields.String(required=True)
    words = fields.String(required=True)
    state = fields.String(required=True)
    place = fields.Integer(required=True, metadata={"description": "number on the waiting list; 0: none"})
    reason = fields.String(required=True)


class SignupsOut(RestSchema):
    """Sign-ups of an activity, or one's own."""

    items = fields.List(fields.Nested(SignupOut), required=True)


class SignupsIn(RestSchema):
    """People to sign up for a shift."""

    shift = rest_fields.public_id(required=True)
    people = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, MAX_AT_ONCE))
    team = rest_fields.text(
        16, load_default="", metadata={"description": "id of a team; empty: the activity's"}
    )
    party = rest_fields.text(60, load_default="", metadata={"description": "a group or unit"})


class SignupRefusedOut(RestSchema):
    """Somebody who may not come, and why."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class SignupsMade(RestSchema):
    """What became of it: ids of the sign-ups with a place, on the waiting list, and from before."""

    placed = fields.List(fields.String(), required=True)
    queued = fields.List(fields.String(), required=True)
    already = fields.List(fields.String(), required=True)
    refused = fields.List(fields.Nested(SignupRefusedOut), required=True)


class SignupDecisionIn(RestSchema):
    """One decision on some sign-ups of an activity, all of them or none."""

    signups = fields.List(rest_fields.public_id(), required=True, validate=rest_fields.count(1, MAX_AT_ONCE))
    outcome = rest_fields.one_of(tuple(OUTCOMES), required=True)
    reason = rest_fields.text(MAX_REASON, load_default="")


class SignupsDecided(RestSchema):
    """How many changed."""

    changed = fields.Integer(required=True)


class OwnSignupIn(RestSchema):
    """Sign oneself up for a shift."""

    activity = rest_fields.public_id(required=True)
    shift = rest_fields.public_id(required=True)
    team = rest_fields.text(16, load_default="", metadata={"description": "id of one of one's own teams"})
    words = rest_fields.text(MAX_WORDS, load_default="")


class SignupWithdrawalIn(RestSchema):
    """Take one's own sign-up back."""

    signup = rest_fields.public_id(required=True)
