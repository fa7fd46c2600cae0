"""What happened to wishes and claims: one line of the wish's history and one row of the audit log for each act.

``note`` writes both. The words of every act are here, for the history on pages and for the readers of the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, audit, clean_text, current_site

from .models import WishesClaim, WishesEvent, WishesWish

MOST_REASON = 500
# The act, as ``rules`` names it -> its words.
ACTIONS: Mapping[str, str] = {
    "submit": N_("Wish handed in"),
    "edit": N_("Wish rewritten"),
    "mask": N_("Text of a wish masked"),
    "publish": N_("Wish published"),
    "return": N_("Wish returned"),
    "reject": N_("Wish rejected"),
    "convert": N_("Wish passed on as a referral"),
    "answer": N_("Referral answered"),
    "withdraw": N_("Wish taken back"),
    "claim": N_("Wish claimed"),
    "agree": N_("Somebody agreed to be of the team"),
    "leave": N_("Somebody took themselves off the team"),
    "contact": N_("Claimer got in touch"),
    "release": N_("Claim given back"),
    "deliver": N_("Wish brought"),
    "revoke": N_("Claim revoked"),
    "confirm": N_("Wish confirmed as brought"),
    "lapse": N_("Claim lapsed without a contact"),
    "void": N_("Claim voided"),
    "expire": N_("Wish expired"),
    "relist": N_("Wish put on the wall again"),
    "assign": N_("Wish assigned to a unit"),
    "dispatch": N_("Wish sent to a unit"),
    "remind": N_("Reminder sent"),
    "accept": N_("Unit took a wish on"),
    "reply": N_("Unit answered a wish"),
    "send_back": N_("Unit sent a wish back"),
    "recall": N_("Wish called back from a unit"),
    "carry": N_("Wish taken over into the next round"),
}
EVENTS: Mapping[str, str] = {f"wishes.{action}": words for action, words in ACTIONS.items()}


def note(
    session: Session,
    wish: WishesWish,
    action: str,
    actor: Actor,
    before: str,
    after: str,
    reason: str = "",
    claim: WishesClaim | None = None,
) -> WishesEvent:
    """Add an act to the history of ``wish`` (and of ``claim``) and to the audit log.

    ``action`` is one of ``ACTIONS``; ``before`` and ``after`` are states of the claim if there is one, else of the
    wish, "" where there was none. The session is flushed by whoever reads next.
    """
    # Longer words stand whole where they were written, such as a unit's answer.
    text = clean_text(reason)
    row = WishesEvent(
        wish_id=wish.id,
        claim_id=None if claim is None else claim.id,
        action=action,
        before=before,
        after=after,
        reason=text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 1]}…",
        actor=actor.label,
        account_id=actor.account_id,
        at=current_site().now(),
    )
    session.add(row)
    subject, public_id = (
        ("wishes.wish", wish.public_id) if claim is None else ("wishes.claim", claim.public_id)
    )
    audit.write(
        session,
        actor,
        f"wishes.{action}",
        subject,
        public_id,
        area_id=wish.area_id,
        before={"state": before} if before else None,
        after={"state": after},
    )
    return row
