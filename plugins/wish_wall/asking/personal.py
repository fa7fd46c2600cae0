"""What making wishes, deciding on them and households hold of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import current_site

from ..events import ACTIONS
from ..models import EXPIRED, WITHDRAWN, WishesEvent, WishesHouseholdMember, WishesWish
from ..reviewing.models import WishesReferral
from ..rules import WISH_FROM, WITHDRAW
from ..words import code_of


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Wishes with their histories and referrals, and since when the person is of a household; amounts in fen."""
    wishes = list(
        session.scalars(select(WishesWish).where(WishesWish.person_id.in_(rows)).order_by(WishesWish.id))
    )
    ids = [wish.id for wish in wishes]
    paths: dict[int, list[Mapping[str, object]]] = {}
    for event in session.scalars(
        select(WishesEvent)
        .where(WishesEvent.wish_id.in_(ids), WishesEvent.claim_id.is_(None))
        .order_by(WishesEvent.id)
    ):
        told = {
            "act": ACTIONS.get(event.action, event.action),
            "reason": event.reason,
            "at": event.at.isoformat(),
        }
        paths.setdefault(event.wish_id, []).append(told)
    referrals = {
        one.wish_id: {"number": code_of(one), "reason": one.reason, "state": one.state, "answer": one.answer}
        for one in session.scalars(select(WishesReferral).where(WishesReferral.wish_id.in_(ids)))
    }
    members = session.scalars(
        select(WishesHouseholdMember)
        .where(WishesHouseholdMember.person_id.in_(rows))
        .order_by(WishesHouseholdMember.id)
    )
    return {
        "wishes": [
            {
                "number": code_of(wish), "category": wish.category, "title": wish.title, "text": wish.public_text,
                "for_claimers": wish.private_text, "amount_fen": wish.amount, "places": wish.slots,
                "state": wish.state, "off_the_public_wall": wish.hidden, "consent": wish.consent_note,
                "handed_in": wish.submitted_at.isoformat(), "path": paths.get(wish.id, []),
                "referral": referrals.get(wish.id),
            }
            for wish in wishes
        ],
        "households": [
            {"from": one.added_at.isoformat(), "to": one.ended_at.isoformat() if one.ended_at else None}
            for one in members
        ],
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what was wished for and answered, and end households; that there was a wish stays.

    A wish that nobody has in hand ends with it, an expired one too, for it must not come back without its words; none
    stays on the public wall.
    """
    own = select(WishesWish.id).where(WishesWish.person_id.in_(rows))
    session.execute(update(WishesEvent).where(WishesEvent.wish_id.in_(own)).values(reason=""))
    session.execute(
        update(WishesReferral).where(WishesReferral.wish_id.in_(own)).values(reason="", answer="")
    )
    session.execute(
        update(WishesWish)
        .where(WishesWish.person_id.in_(rows))
        .values(title="", public_text="", private_text="", consent_note="", hidden=True)
    )
    now = current_site().now()
    session.execute(
        update(WishesWish)
        .where(
            WishesWish.person_id.in_(rows),
            WishesWish.state.in_((*WISH_FROM[WITHDRAW], EXPIRED)),
            WishesWish.taken == 0,
        )
        .values(state=WITHDRAWN, ended_at=now)
    )
    session.execute(
        update(WishesHouseholdMember)
        .where(WishesHouseholdMember.person_id.in_(rows), WishesHouseholdMember.ended_at.is_(None))
        .values(ended_at=now)
    )
