"""What a page says after an act on sign-ups, in one voice for staff, leaders and volunteers."""

from __future__ import annotations

from flask_babel import gettext

from pointsys.plugin import N_, Problem, flash_done, flash_problem

from .services import NamedRefusal, Outcome
from .words import DONE


def tell_outcome(outcome: Outcome) -> None:
    """How many got a place and how many wait; each who may not come with the reason."""
    approved = len(outcome.placed) - outcome.unapproved
    if outcome.unapproved:
        flash_done(N_("Sent: %(n)s. The organiser still has to approve."), n=outcome.unapproved)
    if approved:
        flash_done(N_("Signed up: %(n)s."), n=approved)
    if outcome.queued:
        flash_done(
            N_("On the waiting list: %(n)s. Whoever waits longest moves up when a place is free."),
            n=len(outcome.queued),
        )
    if outcome.already and not (outcome.placed or outcome.queued or outcome.refused):
        flash_done(N_("Signed up before; nothing has changed."))
    for person, problem in outcome.refused:
        flash_problem(about(person.name, problem))


def about(name: str, problem: Problem) -> Problem:
    """A refusal that says whom it is about."""
    words = str(gettext(problem.message, **problem.params) if problem.params else gettext(problem.message))
    return Problem(problem.code, N_("%(who)s: %(why)s"), who=name, why=words)


def tell_problem(problem: Problem) -> None:
    """A refusal, with the name where it is one of several people's."""
    flash_problem(about(problem.person.name, problem) if isinstance(problem, NamedRefusal) else problem)


def tell_decided(outcome: str, changed: int) -> None:
    """What was decided about how many."""
    flash_done(DONE[outcome], n=changed)
