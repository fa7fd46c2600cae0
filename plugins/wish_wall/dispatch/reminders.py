"""The clock's part in wishes that were sent: reminders, and calling back what has come to an end otherwise.

Every change is conditional on what was read, so that two runs at once remind once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import SYSTEM, current_site, enabled_by_area, site_calendar, unit_of_work

from ..events import note
from ..models import CLAIMED, EXPIRED, NAME, PUBLISHED, WishesWish
from .deadlines import reminder_due
from .models import RECALLED, REMINDED, WAITING, WishesDispatch, WishesDispatchStep

# A wish in any other state needs nobody's answer any more.
_OPEN = (PUBLISHED, CLAIMED, EXPIRED)
# So many at a time, so that no writer waits long.
_STEP = 200


def remind(now: datetime) -> int:
    """Remind organisations of what they have to answer; returns how many reminders there are."""
    site = current_site()
    today, calendar = site.local(now).date(), site_calendar(site.home)
    with unit_of_work(drain=False) as session:
        rows = session.execute(
            select(WishesDispatch, WishesWish)
            .join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
            .where(WishesDispatch.state.in_(WAITING))
            .order_by(WishesDispatch.id)
        ).all()
        on = enabled_by_area(session, {wish.area_id for _row, wish in rows}) if rows else {}
        due = [
            (row.id, wish.id, wish.state in _OPEN)
            for row, wish in rows
            if NAME in on[wish.area_id]
            and (wish.state not in _OPEN or reminder_due(today, row.due_on, row.reminded_on, calendar))
        ]
    count = 0
    for start in range(0, len(due), _STEP):
        with unit_of_work(drain=False) as session:
            for dispatch_id, wish_id, is_open in due[start : start + _STEP]:
                count += _act(session, dispatch_id, wish_id, is_open, now)
    return count


def _act(session: Session, dispatch_id: int, wish_id: int, is_open: bool, now: datetime) -> int:
    today = current_site().local(now).date()
    change: dict[str, object] = (
        {"reminded_on": today, "reminders": WishesDispatch.reminders + 1}
        if is_open
        else {"state": RECALLED, "ended_at": now}
    )
    not_today = or_(WishesDispatch.reminded_on.is_(None), WishesDispatch.reminded_on < today)
    statement = (
        update(WishesDispatch)
        .where(
            WishesDispatch.id == dispatch_id,
            WishesDispatch.state.in_(WAITING),
            *((not_today,) if is_open else ()),
        )
        .values(**change)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
        return 0
    session.add(
        WishesDispatchStep(
            dispatch_id=dispatch_id, action=REMINDED if is_open else RECALLED, note="", actor=SYSTEM.label,
            account_id=None, at=now,
        )
    )  # fmt: skip
    wish = session.get_one(WishesWish, wish_id)
    note(session, wish, "remind" if is_open else "recall", SYSTEM, wish.state, wish.state)
    return 1 if is_open else 0
