"""The questions of a round and what an answer is worth; a ballot's score is the mean of its answers, exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Problem

from ..rounds.models import PropertyRound
from ..schemes.models import PropertySchemeVersion
from ..schemes.reading import parse
from ..schemes.scheme import Question

_SCORE = re.compile(r"\d{1,3}(\.\d{1,2})?")


def bad_score(text: str, field: str = "answers") -> Problem:
    """The refusal of answers that are none."""
    return Problem("bad_score", text, field=field)


@dataclass(frozen=True)
class Answers:
    """What a ballot says: its score, and the answers by question, as text."""

    score: Fraction
    by_question: Mapping[str, str]

    @property
    def text(self) -> str:
        """The answers as they are stored."""
        return json.dumps(dict(self.by_question), sort_keys=True, separators=(",", ":"))


def questions_of(session: Session, round_: PropertyRound) -> tuple[Question, ...]:
    """The questions of the round's frozen scheme; one statement."""
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    return parse(version.text).questions


def answered(questions: Sequence[Question], given: Mapping[str, object]) -> Answers:
    """The answers to all questions, each one of those that are offered; raises Problem bad_score."""
    found: dict[str, Fraction] = {}
    for question in questions:
        value = value_of(question, given.get(question.id))
        if value is None:
            raise bad_score(N_("Answer each question with one of the answers that it offers."), question.id)
        found[question.id] = value
    if set(given) - set(found):
        raise bad_score(N_("There is an answer to a question that is not asked."))
    return Answers(
        sum(found.values(), Fraction(0)) / len(found), {key: str(value) for key, value in found.items()}
    )


def value_of(question: Question, given: object) -> Fraction | None:
    """The worth of an answer as it was sent, None for what the question does not offer."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return next((value for value, _words in question.answers if str(value) == text), None)


def scored(score: object) -> Answers:
    """A ballot that says nothing but a score of 0 to 100, with two decimals at most; raises Problem bad_score."""
    text = str(score) if isinstance(score, str | int) and not isinstance(score, bool) else ""
    if not (text.isascii() and _SCORE.fullmatch(text)) or Fraction(text) > 100:
        raise bad_score(N_("A score is a number from 0 to 100."), "score")
    return Answers(Fraction(text), {})
