"""What the office decides on a wish: publish, return, reject, pass on as a referral; and answering a referral.

Nobody decides on a wish of their own or of their household. Nothing is published while the scanner finds what must
not stand on the wall. Services take the session first, flush, leave history and audit rows, and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    PersonAlias,
    Problem,
    Refused,
    canonical_ids,
    clean_text,
    current_site,
)

from ..asking.checking import MOST_TEXT, MOST_TITLE, tidy, title_of
from ..asking.numbers import REFERRAL, next_number
from ..events import MOST_REASON, note
from ..models import CONVERTED, PUBLISHED, REJECTED, RETURNED, WishesWish
from ..people import conflicted
from ..rules import CONVERT, PUBLISH, REJECT, RETURN, check_wish, expires_at, within
from ..scanning import MASK, Find, scan
from ..settings import rules_in
from .models import ANSWERED, WishesReferral

OUTCOMES = (PUBLISH, RETURN, REJECT, CONVERT)
MASKED = "mask"
_AFTER = {PUBLISH: PUBLISHED, RETURN: RETURNED, REJECT: REJECTED, CONVERT: CONVERTED}
_OVER = (REJECTED, CONVERTED)


def review(
    session: Session,
    wish: WishesWish,
    outcome: str,
    actor: Actor,
    reason: str = "",
    *,
    title: str | None = None,
    public_text: str | None = None,
) -> WishesReferral | None:
    """Decide on a wish that the caller has locked; returns the referral that it became, if it did.

    ``title`` and ``public_text`` are what the wall shall show; None leaves what is there. Raises Problem bad_outcome,
    reason_required or too_long_text, Refused self_review, Conflict bad_state; publishing also Problem bad_text,
    personal_data or placeholder_left.
    """
    if outcome not in OUTCOMES:
        raise Problem("bad_outcome", N_("Publish, return, reject or pass on: choose one."), field="outcome")
    _another_household(session, wish, actor)
    reason = within(clean_text(reason), MOST_REASON, "reason")
    if outcome != PUBLISH and not reason:
        raise Problem("reason_required", N_("Say why: who made the wish reads it."), field="reason")
    check_wish(outcome, wish.state)
    if outcome == PUBLISH:
        _retext(session, wish, title, public_text, actor)
    site = current_site()
    before, now = wish.state, site.now()
    wish.state = _AFTER[outcome]
    wish.reviewed_at, wish.reviewed_by, wish.reviewed_by_account = now, actor.label, actor.account_id
    if outcome == PUBLISH:
        wish.published_at = now
        wish.expires_at = expires_at(now, rules_in(session, wish.area_id).expire_days)
    if wish.state in _OVER:
        wish.ended_at = now
    referral = _refer(session, wish, reason, actor) if outcome == CONVERT else None
    session.flush()
    note(session, wish, outcome, actor, before, wish.state, reason)
    return referral


def retext(session: Session, wish: WishesWish, title: str, public_text: str, actor: Actor) -> None:
    """Put another text on the wall, until the first claim has frozen it.

    Raises Refused self_review, Conflict bad_state, Problem bad_text, personal_data or placeholder_left.
    """
    _another_household(session, wish, actor)
    if wish.state != PUBLISHED or wish.frozen_at is not None:
        raise Conflict("bad_state", N_("Somebody has claimed this wish: its text stays as it was then."))
    _retext(session, wish, title, public_text, actor)
    session.flush()


def _another_household(session: Session, wish: WishesWish, actor: Actor) -> None:
    if conflicted(session, wish, actor):
        raise Refused(
            "self_review",
            N_("This is a wish of your own household: somebody else of the office decides on it."),
        )


def _retext(
    session: Session, wish: WishesWish, title: str | None, public_text: str | None, actor: Actor
) -> None:
    """Set what the wall shows, and refuse what must not stand there."""
    text = wish.public_text if public_text is None else tidy(public_text)
    head = wish.title if title is None else clean_text(title)
    head = head or title_of(text)
    if not text or len(text) > MOST_TEXT or len(head) > MOST_TITLE:
        raise Problem(
            "bad_text",
            N_("The wall needs a title of at most %(title)s and a text of at most %(text)s characters."),
            field="public_text",
            title=MOST_TITLE,
            text=MOST_TEXT,
        )
    names = names_of(session, wish)
    if scan(head, names) or scan(text, names):
        raise Problem(
            "personal_data",
            N_(
                "The text still says who it is, where they live, how to reach them, or how ill they are: mask it first."
            ),
            field="public_text",
        )
    if MASK in head or MASK in text:
        raise Problem(
            "placeholder_left",
            N_(
                "%(mask)s still stands where something was taken out: make it a sentence that reads well without it."
            ),
            field="public_text" if MASK in text else "title",
            mask=MASK,
        )
    if (head, text) != (wish.title, wish.public_text):
        wish.title, wish.public_text = head, text
        note(session, wish, MASKED, actor, wish.state, wish.state)


def names_of(session: Session, wish: WishesWish) -> list[str]:
    """The names of who wishes, of merged rows too."""
    kept = canonical_ids(session, [wish.person_id])[wish.person_id]
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept)
    query = select(Person.name).where((Person.id == kept) | Person.id.in_(merged))
    return sorted({name for name in session.scalars(query) if name})


def _refer(session: Session, wish: WishesWish, reason: str, actor: Actor) -> WishesReferral:
    site = current_site()
    now = site.now()
    year = site.local(now).year
    referral = WishesReferral(
        wish_id=wish.id,
        area_id=wish.area_id,
        year=year,
        number=next_number(session, REFERRAL, year),
        reason=reason,
        created_at=now,
        created_by=actor.label,
    )
    session.add(referral)
    return referral


def answer(session: Session, referral: WishesReferral, wish: WishesWish, text: str, actor: Actor) -> None:
    """Answer a referral, once; whoever made the wish reads it.

    Raises Problem answer_needed or too_long_text, Conflict bad_state.
    """
    text = within(tidy(text), MOST_TEXT, "answer")
    if not text:
        raise Problem("answer_needed", N_("Write what was done: who made the wish reads it."), field="answer")
    if referral.state == ANSWERED:
        raise Conflict("bad_state", N_("This referral was answered already."))
    referral.state, referral.answer = ANSWERED, text
    referral.answered_at, referral.answered_by = current_site().now(), actor.label
    session.flush()
    note(session, wish, "answer", actor, wish.state, wish.state, text)


def kinds_of(finds: Sequence[Find]) -> list[str]:
    """The kinds of some findings, each once, in their order."""
    return list(dict.fromkeys(one.kind for one in finds))
