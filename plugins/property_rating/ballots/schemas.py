"""Shapes of the REST interface of ballots."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .models import ASSISTED


class PropertyAnswers(RestSchema):
    """What a ballot says: an answer to each question by its id, or a score alone."""

    answers = fields.Dict(
        keys=rest_fields.text(60),
        values=rest_fields.text(20),
        load_default=dict,
        validate=rest_fields.count(0, 60),
    )
    score = rest_fields.text(12, load_default="")


class PropertyBallotIn(PropertyAnswers):
    """A ballot for one's own dwelling."""

    dwelling = rest_fields.public_id(load_default="")


class PropertyAssistedIn(PropertyBallotIn):
    """A ballot that staff enter for an owner; ``slip`` is the code that lies with the form of an unchecked owner."""

    method = rest_fields.one_of(ASSISTED, required=True)
    slip = rest_fields.text(30, load_default="")


class PropertyBallotOut(RestSchema):
    """That a ballot is in; nothing leads from here to what it says."""

    round = rest_fields.public_id()
    dwelling = rest_fields.public_id()
    voted_on = rest_fields.Day()
    method = fields.String()


class PropertyQuestionOut(RestSchema):
    """A question with the answers that it offers, the best first."""

    id = fields.String()
    title = fields.String()
    answers = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


class PropertyTurnoutOut(RestSchema):
    """An estate of a round; ways of fewer than five ballots are null."""

    entrant = rest_fields.public_id()
    estate = fields.String()
    households = fields.Integer()
    ballots = fields.Integer()
    required = fields.Integer()
    by_method = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))


class PropertyTurnoutsOut(RestSchema):
    """The turnout of a round within reach of an area, and the questions of its survey."""

    items = fields.List(fields.Nested(PropertyTurnoutOut))
    questions = fields.List(fields.Nested(PropertyQuestionOut))
