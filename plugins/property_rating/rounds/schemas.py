"""What the REST operations of rounds take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..registry.models import ESTATE_KINDS
from .models import PER_OWNER, PER_UNIT, STATES
from .records import BY_STAFF, PAPER, VETO_STATUSES
from .ruling import OUTCOMES


class RoundsArgs(rest_fields.SearchArgs):
    """Which rounds."""

    state = rest_fields.one_of(("", "open", *STATES), load_default="")


class RoundOut(RestSchema):
    """One round."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    period = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the area that holds it"})
    scheme = fields.String(required=True, metadata={"description": "title of the scheme"})
    scheme_no = fields.Integer(required=True, metadata={"description": "frozen version of the scheme"})
    organiser = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    collect_until = rest_fields.Day(required=True, metadata={"description": "last day for ballots"})
    entrants = fields.Integer(required=True)
    last_day = rest_fields.Day(
        required=True, allow_none=True, metadata={"description": "last day of publicity, null before it"}
    )
    appeals = fields.Integer(required=True, metadata={"description": "that wait for a ruling"})


RoundsPage = rest_fields.page_of(RoundOut)


class EntrantOut(RestSchema):
    """An estate in a round; results are null until they are computed."""

    id = fields.String(required=True)
    estate = fields.String(required=True)
    estate_id = fields.String(required=True)
    company = fields.String(required=True)
    company_id = fields.String(required=True)
    households = fields.Integer(required=True)
    ballots = fields.Integer(
        required=True, allow_none=True,
        metadata={"description": "as counted by the last tally; null for fewer than five"},
    )  # fmt: skip
    status = fields.String(
        required=True, metadata={"description": "ok, vetoed, insufficient_sample, or empty"}
    )
    raw = fields.String(required=True, allow_none=True, metadata={"description": "exact decimal"})
    score = fields.String(
        required=True, allow_none=True, metadata={"description": "rounded as the scheme says"}
    )
    stars = fields.Integer(required=True, allow_none=True)
    list = fields.String(required=True, metadata={"description": "red, black, or empty"})
    grade = fields.String(required=True)
    required = fields.Integer(
        required=True, allow_none=True, metadata={"description": "ballots that it takes"}
    )
    parts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    document = fields.String(required=True, metadata={"description": "number of the final result's paper"})


class OwnResultOut(EntrantOut):
    """A result of a company that one acts for, with its round."""

    round = fields.String(required=True, metadata={"description": "id of the round"})
    title = fields.String(required=True)
    period = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "of the round"})


OwnResultsPage = rest_fields.page_of(OwnResultOut)


class AppealOut(RestSchema):
    """An appeal; of owners it tells how many votes stand behind it, and nobody's name."""

    id = fields.String(required=True)
    entrant = fields.String(required=True, metadata={"description": "id of the entrant"})
    side = fields.String(required=True, metadata={"description": "company or owners"})
    text = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"description": "gathering, open, upheld, rejected, lapsed, withdrawn"}
    )
    needed = fields.Integer(required=True)
    supporting = fields.Integer(required=True)
    waiting = fields.Integer(
        required=True, metadata={"description": "signatures on paper that a second person has not compared"}
    )
    reason = fields.String(required=True, metadata={"description": "of the ruling"})
    unchanged = fields.String(
        required=True, metadata={"description": "why the score stays although it was upheld"}
    )


class RoundDetail(RoundOut):
    """One round with its entrants and appeals."""

    round_no = fields.Integer(required=True, metadata={"description": "counts the tallies"})
    withdrawal_asked = fields.Boolean(
        required=True, metadata={"description": "somebody asked for it, and a second person has to do it"}
    )
    withdrawal_reason = fields.String(required=True)
    items = fields.List(fields.Nested(EntrantOut), required=True)
    raised = fields.List(fields.Nested(AppealOut), required=True)


class RoundIn(RestSchema):
    """A round to be drafted."""

    title = rest_fields.text(100, least=1, required=True)
    scheme = rest_fields.public_id(
        required=True, metadata={"description": "id of a published scheme version"}
    )
    period = rest_fields.text(20, least=1, required=True, metadata={"description": "such as 2026"})
    first_on = rest_fields.Day(required=True)
    last_on = rest_fields.Day(required=True)
    collect_until = rest_fields.Day(required=True, metadata={"description": "last day for ballots"})
    organiser = rest_fields.text(100, least=1, required=True)
    per = rest_fields.one_of((PER_UNIT, PER_OWNER), load_default=PER_UNIT)
    kinds = fields.List(
        rest_fields.one_of(ESTATE_KINDS), load_default=list, metadata={"description": "none for all estates"}
    )
    replaces = rest_fields.text(40, load_default="", metadata={"description": "id of a final round"})
    reason = rest_fields.text(500, load_default="", metadata={"description": "why that one is replaced"})
    reuses = rest_fields.flag(
        load_default=False, metadata={"description": "the ballots of the replaced round count"}
    )


class RoundReasonIn(RestSchema):
    """Why: needed where something is done early or anew."""

    reason = rest_fields.text(500, load_default="")


class PublishIn(RestSchema):
    """For how many working days."""

    workdays = rest_fields.number(
        1, 60, load_default=None, allow_none=True, metadata={"description": "those of the scheme if left out"}
    )


class SheetIn(RestSchema):
    """A rater's sheet."""

    entrant = rest_fields.public_id(required=True)
    part = rest_fields.text(40, least=1, required=True)
    rater = rest_fields.text(60, least=1, required=True, metadata={"description": "body or expert"})
    value = rest_fields.text(20, least=1, required=True, metadata={"description": "0 to 100, such as 89.5"})
    evidence = rest_fields.text(1000, required=True)
    reason = rest_fields.text(500, load_default="", metadata={"description": "needed to replace a sheet"})


class RoundSheetOut(RestSchema):
    """A sheet as recorded."""

    id = fields.String(required=True)
    entrant = fields.String(required=True)
    part = fields.String(required=True)
    rater = fields.String(required=True)
    value = fields.String(required=True)
    no = fields.Integer(required=True, metadata={"description": "counts the versions of a rater's sheet"})


class VetoIn(RestSchema):
    """An event of the scheme's veto list."""

    entrant = rest_fields.public_id(required=True)
    event = rest_fields.text(60, least=1, required=True)
    status = rest_fields.one_of(VETO_STATUSES, required=True)
    document_no = rest_fields.text(60, load_default="")
    decided_on = rest_fields.Day(load_default=None, allow_none=True)
    note = rest_fields.text(500, load_default="")
    reason = rest_fields.text(500, load_default="", metadata={"description": "needed after the tally"})


class VetoOut(RestSchema):
    """A veto as recorded."""

    id = fields.String(required=True)
    entrant = fields.String(required=True)
    event = fields.String(required=True)
    status = fields.String(required=True)


class AppealIn(RestSchema):
    """An appeal against an entrant's result; with ``gather`` too few owners look for supporters first."""

    entrant = rest_fields.public_id(required=True)
    text = rest_fields.text(2000, required=True)
    gather = rest_fields.flag(load_default=False)


class SupportIn(RestSchema):
    """Which appeal is supported."""

    appeal = rest_fields.text(40, load_default="", metadata={"description": "id of an appeal of owners"})


class SignatureIn(RestSchema):
    """An owner's signature on paper; without an appeal a new one with this ``text`` begins for the ``entrant``."""

    appeal = rest_fields.text(40, load_default="", metadata={"description": "id of an appeal of owners"})
    entrant = rest_fields.text(40, load_default="", metadata={"description": "where there is no appeal yet"})
    text = rest_fields.text(2000, load_default="", metadata={"description": "where there is no appeal yet"})
    dwelling = rest_fields.public_id(required=True)
    owner = rest_fields.text(60, least=1, required=True, metadata={"description": "name as signed"})
    method = rest_fields.one_of(BY_STAFF, load_default=PAPER)


class SignaturesIn(RestSchema):
    """Signatures that a second person compared with the paper: all that wait, for they agree."""

    appeal = rest_fields.public_id(required=True)


class AppealReasonIn(RestSchema):
    """An appeal, and why something is done with it."""

    appeal = rest_fields.public_id(required=True)
    reason = rest_fields.text(500, load_default="")


class RuleIn(RestSchema):
    """A ruling on an appeal."""

    appeal = rest_fields.public_id(required=True)
    outcome = rest_fields.one_of(OUTCOMES, required=True)
    reason = rest_fields.text(1000, load_default="")
    heard_on = rest_fields.Day(load_default=None, allow_none=True)
    hearing = rest_fields.text(1000, load_default="")
