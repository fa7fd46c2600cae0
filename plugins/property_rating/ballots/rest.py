"""REST of ballots: casting one's own, entering one for an owner, and the turnout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    Refused,
    RestBlueprint,
    current_actor,
    current_area,
    current_site,
    missing,
)

from ..owners.queries import dwelling_in_reach, rows_of_actor
from ..owners.reach import estates_around, estates_within
from ..registry.models import PropertyDwelling
from ..rounds.models import PropertyRound
from . import casting, listing, roll
from .asking import choices_of
from .models import METHODS, SELF, PropertyVoter
from .schemas import PropertyAssistedIn, PropertyBallotIn, PropertyBallotOut, PropertyTurnoutsOut
from .survey import Answers, answered, questions_of, scored
from .views_refusals import log_refused

blueprint = RestBlueprint("property_rest_ballots", __name__, description="Owners' ballots")

_ROUND = "/areas/<code>/property/rounds/<round>"


def _round(session: Session, public_id: str, estates: Select[int]) -> PropertyRound:
    return roll.round_within(session, public_id, estates) or missing()


def _answers(session: Session, round_: PropertyRound, given: Mapping[str, Any]) -> Answers:
    if given["score"] and not given["answers"]:
        return scored(given["score"])
    return answered(questions_of(session, round_), given["answers"])


def _cast(
    session: Session, round_: PropertyRound, voter: PropertyVoter, answers: Answers, method: str, people: Sequence[int]
) -> Mapping[str, Any]:  # fmt: skip
    casting.cast(session, round_, voter, answers, method, current_actor(), people=people)
    return {
        "round": round_.public_id,
        "dwelling": session.get_one(PropertyDwelling, voter.dwelling_id).public_id,
        "voted_on": current_site().today(),
        "method": method,
    }


@blueprint.create(
    f"{_ROUND}/cast",
    permission="property.vote",
    body=PropertyBallotIn,
    answer=PropertyBallotOut,
    key_needed=False,
)
def cast(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Hand in the ballot of one's own dwelling"""
    # Whoever lives in a grid may know of the rounds of their community and sub-district.
    found = _round(session, round, estates_around(current_area().id))
    if not given["dwelling"]:
        raise Problem("dwelling_needed", N_("Say for which dwelling the ballot is."), field="dwelling")
    try:
        held = casting.held_open(session, found.id)
        rows = rows_of_actor(session, current_actor())
        voter = roll.own_voter(session, held, given["dwelling"], rows)
        return _cast(session, held, voter, _answers(session, held, given), SELF, rows)
    except Problem as problem:
        log_refused(found.id, problem, SELF)
        raise


@blueprint.create(
    f"{_ROUND}/assist", permission="property.assist", body=PropertyAssistedIn, answer=PropertyBallotOut,
    key_needed=False,
)  # fmt: skip
def assist(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Enter a ballot for an owner who is helped"""
    found = _round(session, round, estates_within(current_area().id))
    if dwelling_in_reach(session, current_area().id, given["dwelling"]) is None:
        raise Refused("not_eligible", roll.NOT_ELIGIBLE, field="dwelling")
    try:
        held = casting.held_open(session, found.id)
        voter = roll.helped_voter(session, held, given["dwelling"], given["slip"])
        return _cast(session, held, voter, _answers(session, held, given), given["method"], ())
    except Problem as problem:
        log_refused(found.id, problem, given["method"])
        raise


@blueprint.read(f"{_ROUND}/turnout", permission="property.view", answer=PropertyTurnoutsOut)
def turnout(session: Session, args: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Who took part in a round, without any result, and what is asked"""
    found = _round(session, round, estates_within(current_area().id))
    return {
        "items": [
            {
                "entrant": line.public_id, "estate": line.estate, "households": line.turnout.households,
                "ballots": line.turnout.voted, "required": line.required,
                "by_method": {
                    method: number if isinstance(number, int) else None
                    for method, number in zip(METHODS, line.ways, strict=True)
                },
            }
            for line in listing.estates_of(session, found, current_area().id)
        ],
        "questions": [
            {
                "id": question.id, "title": question.title,
                "answers": [{"value": c.value, "words": c.words} for c in choices_of(question)],
            }
            for question in questions_of(session, found)
        ],
    }  # fmt: skip
