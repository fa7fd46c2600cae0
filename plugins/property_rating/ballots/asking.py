"""The survey, one question a page: what was answered travels in the form, and nothing is kept until it is handed in.

Works without scripts. Every button names the question that it answers; the first question without an answer comes next,
and after the last one all answers are shown once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..schemes.scheme import Question
from .survey import value_of

PREFIX = "a-"


@dataclass(frozen=True)
class Choice:
    """An answer as a button: what it sends, its words, and its face, 1 (annoyed) to 5 (content), 0 for none."""

    value: str
    words: str
    face: int


@dataclass(frozen=True)
class Step:
    """Where somebody is: ``current`` is the question to show, None for all answers once more."""

    questions: Sequence[Question]
    given: Mapping[str, str]
    current: Question | None
    send: bool = False

    @property
    def place(self) -> int:
        """The number of the question shown, from 1."""
        return (
            list(self.questions).index(self.current) + 1 if self.current is not None else len(self.questions)
        )

    @property
    def choices(self) -> list[Choice]:
        """The answers to the question shown, the best first."""
        return choices_of(self.current) if self.current is not None else []

    @property
    def told(self) -> list[tuple[Question, Choice]]:
        """Questions with the answers given."""
        found = []
        for question in self.questions:
            chosen = next((c for c in choices_of(question) if c.value == self.given.get(question.id)), None)
            if chosen is not None:
                found.append((question, chosen))
        return found


def choices_of(question: Question) -> list[Choice]:
    """The answers that a question offers, the best first; five of them have faces."""
    offered = sorted(question.answers, key=lambda answer: answer[0], reverse=True)
    faces = range(5, 0, -1) if len(offered) == 5 else (0,) * len(offered)
    return [Choice(str(value), words, face) for (value, words), face in zip(offered, faces, strict=True)]


def step_of(questions: Sequence[Question], form: Mapping[str, str]) -> Step:
    """Where somebody is after pressing a button; answers that are not offered are not there."""
    given = {
        question.id: form[PREFIX + question.id]
        for question in questions
        if value_of(question, form.get(PREFIX + question.id)) is not None
    }
    if "back" in form:
        missing = next((place for place, one in enumerate(questions) if one.id not in given), len(questions))
        given = {one.id: given[one.id] for one in questions[: max(missing - 1, 0)]}
    given.pop(form.get("change", ""), None)
    current = next((question for question in questions if question.id not in given), None)
    return Step(questions, given, current, send="send" in form and current is None)
