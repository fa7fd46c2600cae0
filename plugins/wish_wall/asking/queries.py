"""Reading one's own wishes: where each stands, who comes, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, rows_of_actor

from ..events import ACTIONS
from ..models import (
    CLAIMED,
    DELIVERED,
    OPEN,
    PUBLISHED,
    REALIZED,
    SUBMITTED,
    WishesClaim,
    WishesEvent,
    WishesWish,
)
from ..reviewing.models import WishesReferral
from ..rules import ASSIGN, CLAIM, CONFIRM, EXPIRE, LAPSE, RELEASE, RELIST, REVOKE, VOID
from ..words import code_of

# How many of the four steps (handed in, on the wall, somebody is on it, come true) are behind a wish.
_DONE = {SUBMITTED: 1, PUBLISHED: 2, CLAIMED: 3, REALIZED: 4}

_DECIDED = ("publish", "return", "reject", "convert", "withdraw", "submit")
# What says whether somebody has a wish in hand.
_HELD = (CLAIM, RELEASE, LAPSE, REVOKE, VOID, CONFIRM, EXPIRE, RELIST, ASSIGN)


@dataclass(frozen=True)
class OwnWish:
    """One's own wish: ``reason`` is what the office wrote last, ``brought`` how many claims wait to be confirmed.

    ``steps`` of four are done, None where it goes on no further on this way. ``reopened``: the office took a claim
    away, and nobody has claimed it since; why, and from whom, is between the office and them.
    """

    wish: WishesWish
    reason: str
    brought: int
    referral: WishesReferral | None
    reopened: bool

    @property
    def code(self) -> str:
        """ "2026-0012"."""
        return code_of(self.wish)

    @property
    def steps(self) -> int | None:
        """Steps that are behind it."""
        return _DONE.get(self.wish.state)

    @property
    def can_edit(self) -> bool:
        """Whether its words can still be changed."""
        return self.wish.state in (SUBMITTED, "returned")

    @property
    def can_withdraw(self) -> bool:
        """Whether it can be taken back."""
        return self.wish.state in (SUBMITTED, "returned", PUBLISHED) and self.wish.taken == 0


@dataclass(frozen=True)
class Step:
    """Something that happened to a wish, as its wisher reads it."""

    text: str
    reason: str
    at: datetime


def own_wishes(session: Session, actor: Actor, wish_id: int | None = None) -> list[OwnWish]:
    """The wishes of the one who acts, the newest first; four statements."""
    query = select(WishesWish).where(WishesWish.person_id.in_(rows_of_actor(session, actor)))
    if wish_id is not None:
        query = query.where(WishesWish.id == wish_id)
    wishes = list(session.scalars(query.order_by(WishesWish.id.desc()).limit(200)))
    ids = [wish.id for wish in wishes]
    reasons, reopened = _last(session, ids)
    brought = _brought(session, ids)
    referrals = _referrals(session, ids)
    return [
        OwnWish(
            wish,
            reasons.get(wish.id, ""),
            brought.get(wish.id, 0),
            referrals.get(wish.id),
            wish.state == PUBLISHED and wish.id in reopened,
        )
        for wish in wishes
    ]


def _last(session: Session, ids: Sequence[int]) -> tuple[Mapping[int, str], Collection[int]]:
    """What the office wrote when it last decided on each; and those of which it took away or voided the last claim,
    with nothing after that. One statement."""
    kinds = (WishesEvent.claim_id.is_(None) & WishesEvent.action.in_(_DECIDED), WishesEvent.action.in_(_HELD))
    last = [
        select(func.max(WishesEvent.id))
        .where(WishesEvent.wish_id.in_(ids), kind)
        .group_by(WishesEvent.wish_id)
        for kind in kinds
    ]
    rows = session.execute(
        select(WishesEvent.wish_id, WishesEvent.action, WishesEvent.reason).where(
            or_(*(WishesEvent.id.in_(one) for one in last))
        )
    ).all()
    return (
        {row.wish_id: row.reason for row in rows if row.action in _DECIDED},
        {row.wish_id for row in rows if row.action in (REVOKE, VOID)},
    )


def _brought(session: Session, ids: Sequence[int]) -> Mapping[int, int]:
    rows = session.execute(
        select(WishesClaim.wish_id, func.count())
        .where(WishesClaim.wish_id.in_(ids), WishesClaim.state == DELIVERED)
        .group_by(WishesClaim.wish_id)
    )
    return {row[0]: row[1] for row in rows}


def _referrals(session: Session, ids: Sequence[int]) -> Mapping[int, WishesReferral]:
    rows = session.scalars(select(WishesReferral).where(WishesReferral.wish_id.in_(ids)))
    return {referral.wish_id: referral for referral in rows}


def history_for_wisher(session: Session, wish: WishesWish) -> list[Step]:
    """What happened, oldest first, without what concerns the claimers among themselves."""
    query = select(WishesEvent).where(WishesEvent.wish_id == wish.id).order_by(WishesEvent.id)
    return [
        Step(ACTIONS.get(event.action, event.action), "" if event.claim_id else event.reason, event.at)
        for event in session.scalars(query)
        if event.action not in ("mask", "remind", "dispatch")
    ]


def open_wish(session: Session, actor: Actor) -> WishesWish | None:
    """The open wish of the one who acts, if there is one."""
    query = (
        select(WishesWish)
        .where(WishesWish.person_id.in_(rows_of_actor(session, actor)), WishesWish.state.in_(OPEN))
        .order_by(WishesWish.id.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()
