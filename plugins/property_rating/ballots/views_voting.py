"""What a voter's page says of what is voted on, and handing a ballot in; the same for slips and for one's own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Problem, unit_of_work

from ..registry.models import PropertyEstate
from ..rounds.models import PropertyEntrant, PropertyRound
from ..schemes.scheme import Question
from . import casting, roll
from .asking import Step, step_of
from .models import PropertyVoter
from .survey import answered, questions_of
from .views_refusals import log_refused

# The row and the rows of people who vote themselves, found again inside the transaction.
Find = Callable[[Session], tuple[PropertyVoter, Sequence[int]]]


@dataclass(frozen=True)
class About:
    """The vote that a page is about; ``refusal`` says why it is not there any more."""

    voter: PropertyVoter
    round_: PropertyRound
    estate: str
    place: str
    home: str
    questions: Sequence[Question]
    refusal: Problem | None


def about(session: Session, voter: PropertyVoter) -> About:
    """Everything a page says of a vote; five statements."""
    round_ = session.get_one(PropertyRound, voter.round_id)
    estate, place = session.execute(
        select(PropertyEstate.name, Area.name)
        .join(PropertyEntrant, PropertyEntrant.estate_id == PropertyEstate.id)
        .join(Area, Area.id == PropertyEstate.area_id)
        .where(PropertyEntrant.id == voter.entrant_id)
    ).one()
    head = session.scalars(select(PropertyVoter).where(PropertyVoter.public_id == voter.head)).one()
    refusal: Problem | None = None
    if not casting.is_open(round_):
        refusal = roll.closed(round_)
    elif head.voted_on is not None:
        refusal = casting.voted(round_, voter, ())
    home = roll.labels_of(session, [voter])[voter.id]
    return About(voter, round_, estate, place, home, questions_of(session, round_), refusal)


def stepped(told: About) -> Step:
    """Where somebody is after the button they pressed."""
    return step_of(told.questions, request.form.to_dict())


def hand_in(find: Find, step: Step, method: str, actor: Actor) -> None:
    """Put the ballot in; raises the Problems of ``casting``, which are counted as refused."""
    round_id = 0
    try:
        with unit_of_work(drain=False) as session:
            voter, people = find(session)
            round_id = voter.round_id
            round_ = casting.held_open(session, round_id)
            casting.cast(
                session, round_, voter, answered(step.questions, step.given), method, actor, people=people
            )
    except Problem as problem:
        if round_id:
            log_refused(round_id, problem, method)
        raise
