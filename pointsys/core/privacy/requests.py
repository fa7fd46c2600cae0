"""What people ask about their data (S-07): correcting, deleting, blocking, explaining, each with a clock.

A request is answered within ``privacy.answer_days`` working days by somebody else than who asks. Refusing needs a
reason. Deleting and blocking are answered by doing it: ``erasing`` and ``freezing`` close the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.models import Person
from pointsys.core.privacy.models import DONE, OPEN, REFUSED, WITHDRAWN, PrivacyRequest
from pointsys.core.settings import get_setting
from pointsys.core.site import current_site
from pointsys.core.work_calendar import site_calendar
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.publicity import answer_due

ANSWER_DAYS = "privacy.answer_days"
# The longest too: every notice says so.
DAYS = 15
CORRECT, ERASE, FREEZE, EXPLAIN = "correct", "erase", "freeze", "explain"
KINDS = {
    CORRECT: N_("Correct something"),
    EXPLAIN: N_("Explain something to me"),
    ERASE: N_("Delete my data"),
    FREEZE: N_("Stop using my data for now"),
}
SELF, GUARDIAN, RELATIVE = "self", "guardian", "relative"
ASKERS = {
    SELF: N_("the person"),
    GUARDIAN: N_("a guardian"),
    RELATIVE: N_("relatives of a person who died"),
}
STATES = {
    OPEN: N_("being worked on"),
    DONE: N_("dealt with"),
    REFUSED: N_("refused"),
    WITHDRAWN: N_("taken back"),
}
MAX_TEXT = 1_000


def ask(
    session: Session, person: Person, kind: str, text: str, actor: Actor, *, asker: str = SELF
) -> PrivacyRequest:
    """Keep a request and set its clock; ``person`` is a kept row.

    Raises Problem unknown_request, text_needed, too_long_text, already_asked or person_closed.
    """
    if kind not in KINDS or asker not in ASKERS:
        raise Problem("unknown_request", N_("Choose what you want to ask for."), field="kind")
    text = clean_text(text)
    if not text and kind in (CORRECT, EXPLAIN):
        raise Problem("text_needed", N_("Write in a few words what it is about."), field="text")
    if len(text) > MAX_TEXT:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="text", count=MAX_TEXT)
    if person.closed:
        raise Problem(
            "person_closed", N_("This person's data is erased or frozen: nothing can be changed here.")
        )
    if any(request.kind == kind for request in of_person(session, person, only_open=True)):
        raise Problem("already_asked", N_("You have asked for this already, and it is being worked on."))
    site = current_site()
    said = get_setting(session, person.area_id, ANSWER_DAYS, DAYS)
    days = said if isinstance(said, int) and 1 <= said <= DAYS else DAYS
    row = PrivacyRequest(
        person_id=person.id, area_id=person.area_id, kind=kind, asked_for_by=asker, text=text,
        asked_at=site.now(), asked_by=actor.label, asked_by_account=actor.account_id,
        due_on=answer_due(site.today(), days, site_calendar(site.home)), state=OPEN,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "privacy.asked", "person", person.public_id, area_id=person.area_id,
        after={"request": row.public_id, "kind": kind, "due": row.due_on},
    )  # fmt: skip
    return row


def answer(session: Session, request: PrivacyRequest, outcome: str, text: str, actor: Actor) -> None:
    """Answer a request: ``outcome`` is "done" or "refused", and refusing needs a reason in ``text``.

    Raises Problem not_open, own_request, unknown_outcome, text_needed, too_long_text, or do_it_first for a deletion
    or a stop that was not carried out.
    """
    session.refresh(request, with_for_update=True)
    if request.state != OPEN:
        raise Problem("not_open", N_("This request was answered already."))
    if _is_own(session, request, actor):
        raise Problem("own_request", N_("Somebody else has to answer your own request."))
    if outcome not in (DONE, REFUSED):
        raise Problem("unknown_outcome", N_("Choose how it is answered."), field="outcome")
    text = clean_text(text)
    if not text:
        raise Problem(
            "text_needed",
            N_("Write the reason: whoever is refused has a right to it.")
            if outcome == REFUSED
            else N_("Write what was done, in a sentence."),
            field="answer",
        )
    if len(text) > MAX_TEXT:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="answer", count=MAX_TEXT)
    if outcome == DONE and request.kind in (ERASE, FREEZE):
        raise Problem(
            "do_it_first",
            N_("Carry it out on the page of the person's data: that answers the request."),
            field="outcome",
        )
    _close(session, request, outcome, text, actor)


def _close(session: Session, request: PrivacyRequest, state: str, text: str, actor: Actor) -> None:
    request.state, request.answer = state, text
    request.answered_at, request.answered_by = current_site().now(), actor.label
    session.flush()
    person = session.get_one(Person, request.person_id)
    event = "privacy.withdrawn" if state == WITHDRAWN else "privacy.answered"
    audit.write(
        session, actor, event, "person", person.public_id, area_id=request.area_id,
        before={"request": request.public_id, "state": OPEN}, after={"state": state},
    )  # fmt: skip


def carried_out(session: Session, person: Person, kind: str, actor: Actor) -> None:
    """Close the open requests of one kind that were just answered by doing it."""
    for request in of_person(session, person, only_open=True):
        if request.kind == kind:
            _close(session, request, DONE, "", actor)


def withdraw(session: Session, request: PrivacyRequest, actor: Actor) -> None:
    """Take one's own request back; raises Problem not_open."""
    session.refresh(request, with_for_update=True)
    if request.state != OPEN:
        raise Problem("not_open", N_("This request was answered already."))
    _close(session, request, WITHDRAWN, "", actor)


def _is_own(session: Session, request: PrivacyRequest, actor: Actor) -> bool:
    if (
        actor.account_id is not None
        and actor.account_id == request.asked_by_account
        and request.asked_for_by == SELF
    ):
        return True
    if actor.person_id is None:
        return False
    kept = canonical_ids(session, {actor.person_id, request.person_id})
    return kept[actor.person_id] == kept[request.person_id]


def of_person(session: Session, person: Person, *, only_open: bool = False) -> list[PrivacyRequest]:
    """What was asked for a person, by any of their rows, the newest first."""
    (rows,) = groups(session, [person.id]).values()
    query = select(PrivacyRequest).where(PrivacyRequest.person_id.in_(rows))
    if only_open:
        query = query.where(PrivacyRequest.state == OPEN)
    return list(session.scalars(query.order_by(PrivacyRequest.id.desc()).limit(100)))


@dataclass(frozen=True)
class Line:
    """A request as the staff's list shows it."""

    request: PrivacyRequest
    name: str
    person: str
    area: str


def listed(
    session: Session, area_id: int, *, state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Line], int]:
    """Requests of an area and below, open ones first and among them the most urgent; and how many there are.

    State "overdue" means open ones whose last day is over.
    """
    conditions: list[ColumnElement[bool]] = [PrivacyRequest.area_id.in_(subtree(area_id))]
    if state == "overdue":
        conditions += [PrivacyRequest.state == OPEN, PrivacyRequest.due_on < current_site().today()]
    elif state in STATES:
        conditions.append(PrivacyRequest.state == state)
    rows = session.execute(
        select(PrivacyRequest, Person.name, Person.public_id, Area.name, func.count().over())
        .join(Person, Person.id == PrivacyRequest.person_id)
        .join(Area, Area.id == PrivacyRequest.area_id)
        .where(*conditions)
        .order_by((PrivacyRequest.state != OPEN), PrivacyRequest.due_on, PrivacyRequest.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return [Line(*row[:4]) for row in rows], int(rows[0][4]) if rows else 0


def overdue_count(session: Session, area_id: int) -> int:
    """How many open requests of an area and below are past their day."""
    query = select(func.count()).where(
        PrivacyRequest.area_id.in_(subtree(area_id)),
        PrivacyRequest.state == OPEN,
        PrivacyRequest.due_on < current_site().today(),
    )
    return session.scalar(query) or 0


def request_below(session: Session, area_id: int, public_id: str) -> PrivacyRequest | None:
    """The request with this outside id, if it is of an area or one below."""
    return session.scalar(
        select(PrivacyRequest).where(
            PrivacyRequest.public_id == public_id, PrivacyRequest.area_id.in_(subtree(area_id))
        )
    )


def is_overdue(request: PrivacyRequest, today: date) -> bool:
    """Whether an answer should be there already."""
    return request.state == OPEN and request.due_on < today
