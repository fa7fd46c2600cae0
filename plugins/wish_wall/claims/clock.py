"""What the clock does: claims without a contact lapse, wishes that nobody claims expire, claimers are reminded.

Each wish is done in a transaction of its own, held and looked at anew; so two nodes that run at once, or a claimer who
presses at the same moment, do nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, enabled_by_area, read_scope, unit_of_work

from .. import rules
from ..events import note
from ..models import ACTIVE, DELIVERED, EXPIRED, NAME, OPEN, PUBLISHED, REALIZED, WishesClaim, WishesWish
from .services import free, hold

CLOCK = Actor("clock", unrestricted=True)
# Claimers are reminded when this much time, or less, is left.
REMIND_BEFORE = timedelta(days=2)
# How many of each kind one run takes on; the next run does the rest.
MOST = 2_000


def run(now: datetime) -> None:
    """Lapse, expire and remind whatever is due at ``now``."""
    lapse(now)
    expire(now)
    remind(now)


def lapse(now: datetime) -> int:
    """End claims whose time for a contact is over; returns how many."""
    due = (
        select(WishesClaim.id)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(
            WishesClaim.state == ACTIVE, WishesClaim.contacted_at.is_(None), WishesClaim.contact_due <= now
        )
        .order_by(WishesClaim.contact_due, WishesClaim.id)
    )

    def act(session: Session, claim_id: int) -> bool:
        claim = session.get_one(WishesClaim, claim_id)
        wish = hold(session, claim)
        if claim.state != ACTIVE or claim.contacted_at is not None:
            return False
        free(session, wish, claim, rules.LAPSE, CLOCK)
        return True

    return _each(_ids(due), act)


def expire(now: datetime) -> int:
    """Take wishes off the wall whose places nobody claimed in time; returns how many.

    A wish that came true for some of its places ends as realized: nobody could end it otherwise, and its household
    could never wish again.
    """
    under_way = select(WishesClaim.id).where(
        WishesClaim.wish_id == WishesWish.id, WishesClaim.state.in_((ACTIVE, DELIVERED))
    )
    due = (
        select(WishesWish.id)
        .where(WishesWish.state == PUBLISHED, WishesWish.expires_at <= now, ~under_way.exists())
        .order_by(WishesWish.expires_at, WishesWish.id)
    )

    def act(session: Session, wish_id: int) -> bool:
        query = select(WishesWish).where(WishesWish.id == wish_id).with_for_update()
        wish = session.scalars(query.execution_options(populate_existing=True)).one()
        if wish.state != PUBLISHED or wish.expires_at is None or wish.expires_at > now:
            return False
        if wish.taken and session.scalar(under_way.where(WishesWish.id == wish_id).limit(1)) is not None:
            return False
        wish.state, wish.ended_at = REALIZED if wish.taken else EXPIRED, now
        note(session, wish, rules.EXPIRE, CLOCK, PUBLISHED, wish.state)
        return True

    return _each(_ids(due), act)


def remind(now: datetime) -> int:
    """Mark claims whose time runs out soon, once for the contact and once for bringing it; returns how many."""
    silent = and_(
        WishesClaim.contacted_at.is_(None),
        WishesClaim.reminded_at.is_(None),
        WishesClaim.contact_due <= now + REMIND_BEFORE,
    )
    idle = and_(
        WishesClaim.deliver_due <= now + REMIND_BEFORE,
        or_(WishesClaim.reminded_at.is_(None), WishesClaim.reminded_at <= WishesClaim.contacted_at),
    )
    due = (
        select(WishesClaim.id)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(WishesClaim.state == ACTIVE, or_(silent, idle))
        .order_by(WishesClaim.contact_due, WishesClaim.id)
    )

    def act(session: Session, claim_id: int) -> bool:
        claim = session.get_one(WishesClaim, claim_id)
        wish = hold(session, claim)
        if not _waits_for_word(claim, now):
            return False
        claim.reminded_at = now
        note(session, wish, "remind", CLOCK, ACTIVE, ACTIVE, claim=claim)
        return True

    return _each(_ids(due), act)


def _waits_for_word(claim: WishesClaim, now: datetime) -> bool:
    """The same condition of a claim that is held."""
    if claim.state != ACTIVE:
        return False
    due = claim.deliver_due if claim.contacted_at else claim.contact_due
    reminded = claim.reminded_at is not None and (
        claim.contacted_at is None or claim.reminded_at > claim.contacted_at
    )
    return due is not None and due <= now + REMIND_BEFORE and not reminded


def _ids(query: Select[int]) -> Sequence[int]:
    """What of ``query`` is due where the plugin is on: elsewhere nobody could act, so nothing happens by itself."""
    with read_scope() as session:
        areas = session.scalars(select(WishesWish.area_id).where(WishesWish.state.in_(OPEN)).distinct()).all()
        on = [area_id for area_id, names in enabled_by_area(session, areas).items() if NAME in names]
        return list(session.scalars(query.where(WishesWish.area_id.in_(on)).limit(MOST)))


def _each(ids: Sequence[int], act: Callable[[Session, int], bool]) -> int:
    done = 0
    for one in ids:
        with unit_of_work() as session:
            done += act(session, one)
    return done
