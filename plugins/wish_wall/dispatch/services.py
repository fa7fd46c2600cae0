"""Sending wishes to organisations, and what these do with them: take on, answer, send back; the office calls back.

A wish is on its way to one organisation at a time. Each act is a step of the dispatch and a line in the history of the
wish; the wish itself stays on the wall, where the organisation may claim it like anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    Problem,
    Refused,
    clean_text,
    current_site,
    missing,
    site_calendar,
    subtree,
)

from ..events import note
from ..finding import is_on
from ..models import EXPIRED, PUBLISHED, WishesWish
from ..people import conflicted
from ..scanning import scan
from .deadlines import MOST_DAYS, due_after
from .models import (
    ACCEPTED,
    ANSWERED,
    RECALLED,
    RETURNED,
    SENT,
    WAITING,
    WishesDispatch,
    WishesDispatchStep,
    WishesOrganisation,
)
from .organisations import standing_for

STATES = {
    SENT: N_("sent"),
    ACCEPTED: N_("taken on"),
    ANSWERED: N_("answered"),
    RETURNED: N_("sent back"),
    RECALLED: N_("called back"),
}
# What a wish must be for it to be sent: on the wall with a place left, or expired there.
SENDABLE = (PUBLISHED, EXPIRED)
MOST_WORDS = 1_000
USUAL_DAYS = 5
GONE_ON = N_("This has gone on meanwhile. Look at it again before you go on.")


@dataclass(frozen=True)
class Sending:
    """To whom a wish goes, by when it is to be answered, and what is asked for."""

    organisation: WishesOrganisation
    due_on: date
    request: str = ""


def due_in(days: int) -> date:
    """The last day to answer what is sent today; raises Problem bad_days or calendar_year_missing."""
    site = current_site()
    return due_after(site.today(), days, site_calendar(site.home))


def send(session: Session, wish: WishesWish, what: Sending, actor: Actor) -> WishesDispatch:
    """Send a wish, which the caller has locked, to an organisation.

    Raises Problem bad_due, text_too_long or personal_data, Refused self_review, Conflict bad_state, not_open where
    the plugin is off, or already_sent.
    """
    request = _words(what.request, "request")
    today = current_site().today()
    if not today <= what.due_on <= date.fromordinal(today.toordinal() + 3 * MOST_DAYS):
        raise Problem(
            "bad_due", N_("Choose a last day from today on, half a year ahead at most."), field="due_on"
        )
    if not actor.unrestricted and conflicted(session, wish, actor):
        raise Refused("self_review", N_("Somebody else decides on wishes of your own household."))
    _refuse_personal(session, wish, request)
    if wish.state not in SENDABLE or wish.taken >= wish.slots or what.organisation.closed_at is not None:
        raise Conflict("bad_state", N_("Only a wish on the wall, or expired there, is sent to a unit."))
    if not session.scalar(select(is_on(WishesWish.area_id)).where(WishesWish.id == wish.id)):
        raise Conflict(
            "not_open",
            N_(
                "Micro-wishes are switched off in this community: have them switched on before you send wishes."
            ),
        )
    if _waiting(session, wish) is not None:
        raise _already_sent()
    row = WishesDispatch(
        wish_id=wish.id, organisation_id=what.organisation.id, state=SENT, due_on=what.due_on, request=request,
        sent_at=current_site().now(), sent_by=actor.label, sent_by_account=actor.account_id, reminders=0,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        # Somebody sent it at the same moment; the transaction is lost with it.
        raise _already_sent() from None
    _step(session, row, SENT, request, actor)
    note(session, wish, "dispatch", actor, wish.state, wish.state, what.organisation.name)
    session.flush()
    return row


def _refuse_personal(session: Session, wish: WishesWish, request: str) -> None:
    """The unit learns whose wish it is when it claims it, and not before."""
    if not request:
        return
    person = session.get_one(Person, wish.person_id)
    if scan(request, (person.name,)):
        raise Problem(
            "personal_data",
            N_("Leave names, numbers and addresses out of the request: whoever claims the wish gets them."),
            field="request",
        )


def _already_sent() -> Conflict:
    return Conflict("already_sent", N_("This wish is on its way to a unit already: call it back first."))


def _waiting(session: Session, wish: WishesWish) -> WishesDispatch | None:
    return session.scalar(
        select(WishesDispatch).where(WishesDispatch.wish_id == wish.id, WishesDispatch.state.in_(WAITING))
    )


def dispatch_below(session: Session, area_id: int, public_id: str) -> tuple[WishesDispatch, WishesWish]:
    """A wish that was sent from an area or below, locked, for staff; 404 for any other."""
    query = select(WishesDispatch).join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
    return _locked(
        session,
        query.where(WishesDispatch.public_id == public_id, WishesWish.area_id.in_(subtree(area_id))),
    )


def dispatch_to(
    session: Session, actor: Actor, public_id: str, area_id: int | None = None
) -> tuple[WishesDispatch, WishesWish]:
    """A wish that was sent to an organisation of the actor (in ``area_id`` or below), locked; 404 for any other."""
    link = standing_for(actor)
    query = select(WishesDispatch).where(
        WishesDispatch.public_id == public_id,
        WishesDispatch.organisation_id.in_(select(link.c.organisation_id)),
    )
    if area_id is not None:
        query = query.where(
            WishesDispatch.wish_id.in_(select(WishesWish.id).where(WishesWish.area_id.in_(subtree(area_id))))
        )
    return _locked(session, query)


def _locked(session: Session, query: Select[WishesDispatch]) -> tuple[WishesDispatch, WishesWish]:
    locked = query.with_for_update(of=WishesDispatch).execution_options(populate_existing=True)
    found = session.scalar(locked)
    if found is None:
        missing()
    return found, session.get_one(WishesWish, found.wish_id)


def accept(session: Session, row: WishesDispatch, wish: WishesWish, actor: Actor) -> None:
    """Say that the organisation looks after it; raises Conflict bad_state."""
    _check(row, SENT)
    row.state = ACCEPTED
    _step(session, row, ACCEPTED, "", actor)
    note(session, wish, "accept", actor, wish.state, wish.state)
    session.flush()


def answer(session: Session, row: WishesDispatch, wish: WishesWish, words: str, actor: Actor) -> None:
    """Say what the organisation did or will do; this ends it.

    Raises Problem answer_required or text_too_long, Conflict bad_state.
    """
    words = _words(words, "answer")
    if not words:
        raise Problem(
            "answer_required", N_("Write what you did, or will do, in a few words."), field="answer"
        )
    _check(row, *WAITING)
    row.answer = words
    _end(session, row, ANSWERED, words, actor)
    note(session, wish, "reply", actor, wish.state, wish.state, words)
    session.flush()


def send_back(session: Session, row: WishesDispatch, wish: WishesWish, reason: str, actor: Actor) -> None:
    """Say that it is not the organisation's; raises Problem reason_required, Conflict bad_state."""
    reason = _reason(reason)
    _check(row, *WAITING)
    _end(session, row, RETURNED, reason, actor)
    note(session, wish, "send_back", actor, wish.state, wish.state, reason)
    session.flush()


def recall(session: Session, row: WishesDispatch, wish: WishesWish, reason: str, actor: Actor) -> None:
    """Call a wish back from an organisation; raises Problem reason_required, Conflict bad_state."""
    reason = _reason(reason)
    _check(row, *WAITING)
    _end(session, row, RECALLED, reason, actor)
    note(session, wish, "recall", actor, wish.state, wish.state, reason)
    session.flush()


def _check(row: WishesDispatch, *states: str) -> None:
    if row.state not in states:
        raise Conflict("bad_state", GONE_ON)


def _end(session: Session, row: WishesDispatch, state: str, words: str, actor: Actor) -> None:
    row.state, row.ended_at = state, current_site().now()
    _step(session, row, state, words, actor)


def _step(session: Session, row: WishesDispatch, action: str, words: str, actor: Actor) -> None:
    session.add(
        WishesDispatchStep(
            dispatch_id=row.id, action=action, note=words, actor=actor.label, account_id=actor.account_id,
            at=current_site().now(),
        )
    )  # fmt: skip


def _words(text: str, field: str) -> str:
    text = clean_text(text)
    if len(text) > MOST_WORDS:
        raise Problem("text_too_long", N_("Write %(most)s characters at most."), field=field, most=MOST_WORDS)
    return text


def _reason(text: str) -> str:
    reason = _words(text, "reason")
    if not reason:
        raise Problem("reason_required", N_("Say why in a few words."), field="reason")
    return reason
