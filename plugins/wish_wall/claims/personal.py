"""What claims hold of one person. Photos stand under the id of the first member, and the core takes them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ..asking.numbers import told
from ..models import WishesClaim, WishesClaimMember, WishesEvent, WishesWish
from . import joining


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Claims that somebody took part in, of the wish its number and public text alone, for the rest is another's; and
    what was brought to them, with their own words about it."""
    query = (
        select(WishesClaim, WishesWish, WishesClaimMember)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .join(WishesClaimMember, WishesClaimMember.claim_id == WishesClaim.id)
        .where(WishesClaimMember.person_id.in_(rows))
        .order_by(WishesClaim.id)
    )
    given = (
        select(WishesClaim, WishesWish)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(WishesWish.person_id.in_(rows), WishesClaim.delivered_at.is_not(None))
        .order_by(WishesClaim.id)
    )
    return {
        "claims": [
            {
                "wish": told(wish.year, wish.number), "title": wish.title, "places": claim.qty,
                "state": claim.state, "claimed_at": claim.claimed_at.isoformat(),
                "delivered_at": claim.delivered_at.isoformat() if claim.delivered_at else None,
                "what_was_brought": _known(claim.delivery_note, member), "rating": claim.rating,
                "thanks": _known(claim.thanks, member), "minutes": claim.minutes,
                "agreed_at": member.agreed_at.isoformat() if member.agreed_at else None,
                "left_at": member.left_at.isoformat() if member.left_at else None,
            }
            for claim, wish, member in session.execute(query)
        ],
        "brought_to_me": [
            {
                "wish": told(wish.year, wish.number), "state": claim.state, "what_was_brought": claim.delivery_note,
                "rating": claim.rating, "thanks": claim.thanks, "minutes": claim.minutes,
            }
            for claim, wish in session.execute(given)
        ],
    }  # fmt: skip


def _known(words: str, member: WishesClaimMember) -> str:
    """Words about a claim for those who brought it: not for who was named alone, or took themselves off."""
    return words if member.agreed_at and not member.left_at else ""


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty the words of and about the person, as claimer and as wisher, and take them off what is still to be brought;
    that a wish was fulfilled stays."""
    joining.let_go(session, rows)
    quietly = {"synchronize_session": False}
    taking_part = select(WishesClaimMember.claim_id).where(WishesClaimMember.person_id.in_(rows))
    of_wishes = select(WishesWish.id).where(WishesWish.person_id.in_(rows))
    concerned = or_(WishesClaim.id.in_(taking_part), WishesClaim.wish_id.in_(of_wishes))
    session.execute(
        update(WishesEvent)
        .where(WishesEvent.claim_id.in_(select(WishesClaim.id).where(concerned)))
        .values(reason=""),
        execution_options=quietly,
    )
    session.execute(
        update(WishesClaim).where(concerned).values(delivery_note="", thanks="", end_reason=""),
        execution_options=quietly,
    )
