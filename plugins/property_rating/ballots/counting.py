"""Counting: what the ballots of a round come to, and how many took part. Exact fractions throughout.

The tally takes ``totals`` whole; what people see goes through ``is_hidden`` and ``hide_small`` first, because a mean of
fewer than five ballots says what somebody answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..rounds.models import PropertyEntrant, PropertyRound
from .models import ASSISTED, PropertyBallot, PropertyRefused, PropertyVoter

# Results of fewer ballots than these are shown to nobody.
LEAST = 5


def is_hidden(ballots: int) -> bool:
    """Whether results of so many ballots would tell what somebody answered."""
    return 0 < ballots < LEAST


@dataclass(frozen=True)
class Counted:
    """The ballots of an entrant: ``mean`` and ``median`` of their scores, 0 to 100, None without any."""

    ballots: int = 0
    mean: Fraction | None = None
    median: Fraction | None = None
    by_method: Mapping[str, int] = field(default_factory=dict)

    @property
    def assisted(self) -> int:
        """How many were entered by staff."""
        return sum(self.by_method.get(method, 0) for method in ASSISTED)


def totals(session: Session, round_: PropertyRound) -> dict[int, Counted]:
    """Entrant -> its ballots, for every entrant of the round; two statements and that for the entrants."""
    entrants = session.scalars(select(PropertyEntrant.id).where(PropertyEntrant.round_id == round_.id)).all()
    scores: dict[int, dict[Fraction, int]] = {}
    query = (
        select(PropertyBallot.entrant_id, PropertyBallot.score, func.count())
        .where(PropertyBallot.entrant_id.in_(entrants))
        .group_by(PropertyBallot.entrant_id, PropertyBallot.score)
    )
    for entrant_id, score, number in session.execute(query):
        scores.setdefault(entrant_id, {})[Fraction(score)] = number
    methods = _methods(session, round_)
    return {entrant: _counted(scores.get(entrant, {}), methods.get(entrant, {})) for entrant in entrants}


def _methods(session: Session, round_: PropertyRound) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    query = (
        select(PropertyVoter.entrant_id, PropertyVoter.method, func.count())
        .where(PropertyVoter.round_id == round_.id, PropertyVoter.voted_on.is_not(None))
        .group_by(PropertyVoter.entrant_id, PropertyVoter.method)
    )
    for entrant_id, method, number in session.execute(query):
        found.setdefault(entrant_id, {})[method] = number
    return found


def _counted(scores: Mapping[Fraction, int], methods: Mapping[str, int]) -> Counted:
    ballots = sum(scores.values())
    if not ballots:
        return Counted(by_method=methods)
    total = sum((score * number for score, number in scores.items()), Fraction(0))
    return Counted(ballots, total / ballots, _median(scores, ballots), methods)


def _median(scores: Mapping[Fraction, int], ballots: int) -> Fraction:
    """The middle one, or the mean of the two in the middle."""
    low = high = None
    passed = 0
    for score in sorted(scores):
        passed += scores[score]
        if low is None and 2 * passed >= ballots:
            low = score
        if high is None and 2 * passed >= ballots + 1:
            high = score
    return ((low or Fraction(0)) + (high or Fraction(0))) / 2


@dataclass(frozen=True)
class Turnout:
    """How many of an entrant's households took part, and how; ``ballots`` lie in the urn, which must be as many."""

    households: int
    voted: int
    ballots: int
    by_method: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        """Whether there are as many ballots as households that voted."""
        return self.voted == self.ballots

    @property
    def percent(self) -> int:
        """Turnout in whole percent, rounded down."""
        return 100 * self.voted // self.households if self.households else 0

    @property
    def assisted(self) -> int:
        """How many ballots were entered by staff."""
        return sum(self.by_method.get(method, 0) for method in ASSISTED)


def turnout(session: Session, round_: PropertyRound) -> dict[int, Turnout]:
    """Entrant -> who took part, without any result; three statements."""
    methods = _methods(session, round_)
    ballots: dict[int, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(PropertyBallot.entrant_id, func.count())
            .join(PropertyEntrant, PropertyEntrant.id == PropertyBallot.entrant_id)
            .where(PropertyEntrant.round_id == round_.id)
            .group_by(PropertyBallot.entrant_id)
        )
    }
    entrants = session.execute(
        select(PropertyEntrant.id, PropertyEntrant.households).where(PropertyEntrant.round_id == round_.id)
    )
    return {
        row[0]: Turnout(
            row[1], sum(methods.get(row[0], {}).values()), ballots.get(row[0], 0), methods.get(row[0], {})
        )
        for row in entrants
    }


def answers_of(session: Session, entrant_id: int) -> tuple[int, dict[str, dict[str, int]]]:
    """Ballots of an entrant, and question -> answer -> how many gave it; one statement.

    Not before the round is counted: while ballots come in, two looks would tell what was answered between them.
    """
    query = (
        select(PropertyBallot.answers, func.count())
        .where(PropertyBallot.entrant_id == entrant_id)
        .group_by(PropertyBallot.answers)
    )
    ballots, found = 0, dict[str, dict[str, int]]()
    for text, number in session.execute(query):
        ballots += number
        for question, value in json.loads(text).items():
            counts = found.setdefault(question, {})
            counts[value] = counts.get(value, 0) + number
    return ballots, found


def refused(session: Session, round_: PropertyRound) -> dict[str, int]:
    """Why ballots of a round were refused, and how often."""
    query = (
        select(PropertyRefused.code, func.sum(PropertyRefused.times))
        .where(PropertyRefused.round_id == round_.id)
        .group_by(PropertyRefused.code)
        .order_by(PropertyRefused.code)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}
