"""Wishes for tests of the wall, put into the tables as they would be after some weeks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.site import current_site
from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign
from pointsys.plugins.wish_wall.models import (
    ACTIVE,
    LIVE,
    WishesClaim,
    WishesClaimMember,
    WishesEvent,
    WishesWish,
)


def hang(session: Session, area_id: int, person_id: int, number: int, **values: Any) -> WishesWish:
    """A wish of the wall, published a week ago, with ``values`` in place of what it usually has."""
    now: datetime = current_site().now()
    usual: dict[str, Any] = {
        "year": 2026,
        "category": "item",
        "title": f"心愿{number}",
        "public_text": "想要一盏台灯",
        "private_text": "幸福路 3 栋 2 单元 502，电话 13800138003",
        "state": "published",
        "submitted_at": now - timedelta(days=8),
        "submitted_by": "test",
        "reviewed_at": now - timedelta(days=7),
        "published_at": now - timedelta(days=7),
        "expires_at": now + timedelta(days=23),
    }
    wish = WishesWish(area_id=area_id, person_id=person_id, number=number, **{**usual, **values})
    session.add(wish)
    session.flush()
    return wish


def claimed(
    session: Session, wish: WishesWish, person_id: int, state: str = ACTIVE, **values: Any
) -> WishesClaim:
    """A claim of a wish by one person, three days old."""
    now = current_site().now()
    usual: dict[str, Any] = {
        "claimed_at": now - timedelta(days=3),
        "claimed_by": "test",
        "contact_due": now + timedelta(days=4),
    }
    claim = WishesClaim(wish_id=wish.id, person_id=person_id, state=state, **{**usual, **values})
    session.add(claim)
    session.flush()
    session.add(
        WishesClaimMember(
            claim_id=claim.id,
            wish_id=wish.id,
            person_id=person_id,
            place=1,
            live=state in LIVE,
            agreed_at=claim.claimed_at,
        )
    )
    wish.frozen_at = wish.frozen_at or claim.claimed_at
    session.flush()
    return claim


def campaign(session: Session, area_id: int, title: str = "重阳心愿") -> WishesCampaign:
    """A round that runs."""
    now = current_site().now()
    made = WishesCampaign(
        area_id=area_id,
        title=title,
        opens_on=now.date(),
        closes_on=now.date() + timedelta(days=30),
        state="running",
        created_at=now,
        created_by="test",
    )
    session.add(made)
    session.flush()
    return made


def happened(session: Session, wish: WishesWish, action: str, reason: str = "") -> None:
    """A line of the history of a wish."""
    session.add(
        WishesEvent(
            wish_id=wish.id, action=action, after=wish.state, reason=reason, actor="test",
            at=current_site().now(),
        )
    )  # fmt: skip
    session.flush()
