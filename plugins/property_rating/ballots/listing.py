"""What staff see of ballots: rounds with their turnout, estates of a round, homes to enter a ballot for, and answers.

Results come from ``answers_in`` alone, only after the count, and never of fewer than five ballots; neither by filter
nor in a file is there a sum over estates from which a hidden one could be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import HIDDEN, Area, Person, hide_rows, hide_small, name_condition

from ..owners.models import PropertyOwnerProof
from ..owners.reach import dwelling_within, estates_within
from ..registry.models import PropertyBuilding, PropertyDwelling, PropertyEstate
from ..rounds.models import COLLECTING, DRAFT, WITHDRAWN, PropertyEntrant, PropertyRound
from ..schemes.evaluate import sample_required
from ..schemes.models import PropertySchemeVersion
from ..schemes.reading import parse
from ..schemes.scheme import Question
from . import counting
from .asking import choices_of
from .counting import Turnout
from .models import ASSISTED, METHODS, PropertyVoter

MOST_HOMES = 30


@dataclass(frozen=True)
class RoundLine:
    """A round with how many of the votes within reach of an area were used."""

    round_id: str
    title: str
    area: str
    state: str
    until: date
    open: bool
    households: int
    voted: int
    # The ballots of the round that it replaces count.
    reuses: bool = False

    @property
    def percent(self) -> int:
        """Turnout in whole percent, rounded down."""
        return 100 * self.voted // self.households if self.households else 0


def rounds_reaching(
    session: Session, area_id: int, today: date, q: str = "", state: str = ""
) -> list[RoundLine]:
    """Opened rounds with estates within reach, those that take ballots first; two statements."""
    voted = (
        select(func.count())
        .where(
            PropertyVoter.entrant_id == PropertyEntrant.id,
            PropertyVoter.head == PropertyVoter.public_id,
            PropertyVoter.voted_on.is_not(None),
        )
        .scalar_subquery()
    )
    query = (
        select(PropertyRound, Area.name, func.sum(PropertyEntrant.households), func.sum(voted))
        .join(PropertyEntrant, PropertyEntrant.round_id == PropertyRound.id)
        .join(Area, Area.id == PropertyRound.area_id)
        .where(PropertyRound.state != DRAFT, PropertyEntrant.estate_id.in_(estates_within(area_id)))
        .group_by(PropertyRound.id, Area.name)
        .order_by(
            case((PropertyRound.state == COLLECTING, 0), else_=1), PropertyRound.collect_until.desc(), PropertyRound.id
        )
    )  # fmt: skip
    if q:
        query = query.where(PropertyRound.title.contains(q, autoescape=True))
    if state == "open":
        query = query.where(PropertyRound.state == COLLECTING, PropertyRound.collect_until >= today)
    elif state == "over":
        query = query.where(or_(PropertyRound.state != COLLECTING, PropertyRound.collect_until < today))
    return [
        RoundLine(
            round_.public_id, round_.title, area, round_.state, round_.collect_until,
            round_.state == COLLECTING and today <= round_.collect_until, int(households or 0), int(used or 0),
            round_.reuses,
        )
        for round_, area, households, used in session.execute(query)
    ]  # fmt: skip


@dataclass(frozen=True)
class EstateLine:
    """An estate of a round: turnout and the ballots that a result takes; small numbers by way are hidden."""

    entrant_id: int
    public_id: str
    estate: str
    area: str
    turnout: Turnout
    required: int

    @property
    def enough(self) -> bool:
        """Whether the sample is large enough."""
        return self.turnout.voted >= self.required

    @property
    def ways(self) -> tuple[object, ...]:
        """How many ballots came by each of ``METHODS``; those that staff entered may be told as one number too."""
        numbers = [self.turnout.by_method.get(method, 0) for method in METHODS]
        own = len(METHODS) - len(ASSISTED)
        if self.tells_assisted:
            return (*hide_small(numbers[:own]), *hide_small(numbers[own:]))
        shown = list(hide_small(numbers))
        # As long as one side stands there whole, the sum of the other one is told.
        for side in (range(own), range(own, len(METHODS))):
            if HIDDEN not in shown[side.start : side.stop]:
                filled = [place for place in side if numbers[place]] or side
                shown[min(filled, key=lambda place: numbers[place])] = HIDDEN
        return tuple(shown)

    @property
    def tells_assisted(self) -> bool:
        """Whether it may be told how many ballots staff entered."""
        return HIDDEN not in hide_small([self.turnout.voted - self.turnout.assisted, self.turnout.assisted])


def assisted_percent(lines: Sequence[EstateLine]) -> int | None:
    """Ballots that staff entered in whole percent, rounded down, of the estates where it may be told."""
    told = [line.turnout for line in lines if line.tells_assisted]
    voted = sum(turnout.voted for turnout in told)
    return 100 * sum(turnout.assisted for turnout in told) // voted if voted else None


def estates_of(session: Session, round_: PropertyRound, area_id: int, q: str = "") -> list[EstateLine]:
    """The estates of a round within reach of an area, by name; six statements."""
    found = counting.turnout(session, round_)
    scheme = parse(session.get_one(PropertySchemeVersion, round_.scheme_version_id).text)
    query = (
        select(PropertyEntrant, PropertyEstate.name, Area.name)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .join(Area, Area.id == PropertyEstate.area_id)
        .where(PropertyEntrant.round_id == round_.id, PropertyEntrant.estate_id.in_(estates_within(area_id)))
        .order_by(PropertyEstate.name, PropertyEntrant.id)
    )
    if q:
        query = query.where(PropertyEstate.name.contains(q, autoescape=True))
    return [
        EstateLine(
            entrant.id, entrant.public_id, estate, area, found[entrant.id],
            max(sample_required(scheme.sample, entrant.households), counting.LEAST),
        )
        for entrant, estate, area in session.execute(query)
    ]  # fmt: skip


@dataclass(frozen=True)
class HomeLine:
    """A dwelling on the roll: whether its vote was used and whether somebody is proven to own it."""

    dwelling: str
    label: str
    estate: str
    owner: str
    voted_on: date | None


def homes(session: Session, round_: PropertyRound, area_id: int, text: str) -> list[HomeLine]:
    """Dwellings whose door or owner fits ``text`` ("桂花 3 502", a name), at most 30; one statement."""
    words = text.split()
    if not words:
        return []
    head = aliased(PropertyVoter)
    whole = PropertyEstate.name + " " + PropertyBuilding.name + " " + PropertyDwelling.number
    doors = [whole.contains(word, autoescape=True) for word in words]
    exact = PropertyDwelling.number == words[-1]
    query = (
        select(PropertyDwelling, PropertyBuilding.name, PropertyEstate.name, Person.name, head.voted_on)
        .join(PropertyVoter, PropertyVoter.dwelling_id == PropertyDwelling.id)
        .join(head, head.public_id == PropertyVoter.head)
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .outerjoin(
            PropertyOwnerProof,
            (PropertyOwnerProof.dwelling_id == PropertyDwelling.id)
            & PropertyOwnerProof.votes.is_(True)
            & PropertyOwnerProof.ended_on.is_(None),
        )
        .outerjoin(Person, Person.id == PropertyOwnerProof.person_id)
        .where(PropertyVoter.round_id == round_.id, dwelling_within(area_id))
        .where(or_(func.coalesce(name_condition(text), false()), and_(*doors)))
        .order_by(
            case((exact, 0), else_=1), PropertyEstate.name, PropertyBuilding.name, PropertyDwelling.number
        )
        .limit(MOST_HOMES)
    )
    return [
        HomeLine(dwelling.public_id, f"{building} {dwelling.number}", estate, owner or "", voted_on)
        for dwelling, building, estate, owner, voted_on in session.execute(query)
    ]


@dataclass(frozen=True)
class AnswerLine:
    """A question about one estate and how often each answer was given, the best first; small numbers are hidden."""

    estate: str
    question: str
    answers: tuple[tuple[str, object, int], ...]


@dataclass(frozen=True)
class EstateAnswers:
    """The answers about an estate; none where they would tell what somebody answered (``hidden``)."""

    estate: str
    ballots: int
    hidden: bool
    lines: tuple[AnswerLine, ...]


def answers_in(session: Session, round_: PropertyRound, lines: Sequence[EstateLine]) -> list[EstateAnswers]:
    """What was answered about some estates of a counted round, by estate; nothing of one that was not counted."""
    if round_.state in (DRAFT, COLLECTING, WITHDRAWN):
        return []
    questions = parse(session.get_one(PropertySchemeVersion, round_.scheme_version_id).text).questions
    found = []
    for line in lines:
        ballots, answers = counting.answers_of(session, line.entrant_id)
        if not ballots or counting.is_hidden(ballots):
            found.append(EstateAnswers(line.estate, 0, ballots > 0, ()))
            continue
        told = _told(questions, answers)
        rows = [
            AnswerLine(line.estate, question.title, _beside(question, numbers))
            for question, numbers in zip(questions, told, strict=True)
        ]
        nothing = all(number is HIDDEN for numbers in told for number in numbers)
        found.append(
            EstateAnswers(line.estate, ballots, hidden=nothing, lines=() if nothing else tuple(rows))
        )
    return found


def _beside(question: Question, numbers: Sequence[object]) -> tuple[tuple[str, object, int], ...]:
    return tuple(
        (choice.words, number, choice.face)
        for choice, number in zip(choices_of(question), numbers, strict=True)
    )


def _told(
    questions: Sequence[Question], answers: Mapping[str, Mapping[str, int]]
) -> Sequence[Sequence[object]]:
    """How often each answer was given, question by question; no hidden number follows from the others.

    The owners' part of the result is known too: the mean worth of all answers.
    """
    rows, worths = [], []
    for question in questions:
        offered, given = choices_of(question), answers.get(question.id, {})
        rows.append([given.get(choice.value, 0) for choice in offered])
        worths.append([Fraction(choice.value) for choice in offered])
    return hide_rows(rows, worths=worths)
