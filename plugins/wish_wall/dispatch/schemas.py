"""What the operations on units and on wishes that are sent to them take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..models import CATEGORIES
from .deadlines import MOST_DAYS
from .models import DISPATCH_STATES, ORGANISATION_KINDS
from .queries import OVERDUE
from .services import MOST_WORDS, USUAL_DAYS


class OrganisationOut(RestSchema):
    """A unit, company, department, village or team that takes wishes."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area"})
    open = fields.Boolean(required=True)
    liaisons = fields.Integer(required=True, metadata={"description": "accounts that act for it"})
    claims = fields.Integer(required=True, metadata={"description": "claims under way"})
    waiting = fields.Integer(required=True, metadata={"description": "answers to come"})
    overdue = fields.Integer(required=True, metadata={"description": "answers that are late"})


OrganisationsPage = rest_fields.page_of(OrganisationOut)


class OrganisationsArgs(rest_fields.SearchArgs):
    """Which of them."""

    kind = rest_fields.one_of(("", *ORGANISATION_KINDS), load_default="")
    state = rest_fields.one_of(("open", "closed", "all"), load_default="open")


class OrganisationIn(RestSchema):
    """A new one."""

    name = rest_fields.text(100, least=1, required=True)
    kind = rest_fields.one_of(ORGANISATION_KINDS, load_default="unit")


class AccountIn(RestSchema):
    """Who acts for a unit from today on."""

    account = rest_fields.public_id(required=True, metadata={"description": "id of the account"})


class LinkOut(RestSchema):
    """An account that acts for a unit."""

    id = fields.String(required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)


class DispatchNothingIn(RestSchema):
    """The act says everything."""


class DispatchOut(RestSchema):
    """A wish that was sent to a unit."""

    id = fields.String(required=True, attribute="public_id")
    wish = fields.String(required=True, attribute="wish_id")
    number = fields.String(required=True, attribute="label")
    title = fields.String(required=True)
    category = fields.String(required=True)
    organisation = fields.String(required=True, attribute="organisation_id")
    unit = fields.String(required=True, attribute="organisation")
    area = fields.String(required=True)
    state = fields.String(required=True)
    due_on = rest_fields.Day(required=True)
    overdue = fields.Boolean(required=True)
    reminders = fields.Integer(required=True)
    request = fields.String(required=True)
    answer = fields.String(required=True)
    sent_at = rest_fields.Instant(required=True)
    ended_at = rest_fields.Instant(required=True, allow_none=True)


DispatchesPage = rest_fields.page_of(DispatchOut)


class DispatchesArgs(rest_fields.SearchArgs):
    """Which of them."""

    state = rest_fields.one_of(("", "waiting", OVERDUE, *DISPATCH_STATES), load_default="")
    organisation = rest_fields.text(40, load_default="")
    category = rest_fields.one_of(("", *CATEGORIES), load_default="")


class DispatchIn(RestSchema):
    """A wish, and where it goes: by ``due_on``, or in so many working days."""

    wish = rest_fields.public_id(required=True)
    organisation = rest_fields.public_id(required=True)
    due_on = rest_fields.Day(load_default=None, allow_none=True)
    days = rest_fields.number(1, MOST_DAYS, load_default=None, allow_none=True)
    request = rest_fields.text(MOST_WORDS, load_default="")


class DispatchAnswerIn(RestSchema):
    """What the unit did or will do."""

    answer = rest_fields.text(MOST_WORDS, load_default="")


class DispatchReasonIn(RestSchema):
    """Why."""

    reason = rest_fields.text(MOST_WORDS, load_default="")


class RuleOut(RestSchema):
    """Where wishes of a kind go."""

    category = fields.String(required=True)
    organisation = fields.String(required=True, metadata={"description": "id of the unit"})
    unit = fields.String(required=True, metadata={"description": "its name"})
    days = fields.Integer(required=True, metadata={"description": "working days to answer"})
    inherited = fields.Boolean(required=True, metadata={"description": "the rule of an area above"})


class RulesOut(RestSchema):
    """The rules that hold in an area; kinds without one are not among them."""

    items = fields.List(fields.Nested(RuleOut), required=True)


class WishRuleIn(RestSchema):
    """The rule of a kind; without a unit the area has none of its own any more."""

    # Whatever they are, the service says whether they make sense.
    category = rest_fields.text(20, required=True)
    organisation = rest_fields.text(16, load_default="", metadata={"description": "id of a unit"})
    days = fields.Integer(
        load_default=USUAL_DAYS, strict=True, metadata={"description": "working days to answer"}
    )


class DispatchWishesIn(RestSchema):
    """Wishes to send, each by the rule of its kind."""

    wishes = fields.List(rest_fields.public_id(), required=True, metadata={"description": "ids of wishes"})


class DispatchSent(RestSchema):
    """What became of them."""

    sent = fields.Integer(required=True)
    without = fields.Integer(required=True, metadata={"description": "kinds without a rule"})
    refused = fields.Integer(required=True, metadata={"description": "gone on meanwhile, or not to be sent"})


class UnitMemberOut(RestSchema):
    """Somebody who takes part in what a unit brings."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "id of the person"})
    name = fields.String(required=True)


class UnitMembersOut(RestSchema):
    """Who takes part, by name."""

    items = fields.List(fields.Nested(UnitMemberOut), required=True)


class UnitMembersIn(RestSchema):
    """People to take part, by name, as a list in any common form."""

    names = rest_fields.text(4_000, load_default="")
