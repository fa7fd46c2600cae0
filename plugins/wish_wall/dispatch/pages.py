"""What this part counts for an area's first page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select

from pointsys.plugin import Area, Card, Counts, current_site, subtree

from ..models import WishesWish
from .models import WAITING, WishesDispatch


def dashboard_counts(area: Area) -> Counts:
    """Answers of units that are late."""
    sent = (
        select(func.count(WishesDispatch.id))
        .join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
        .where(WishesDispatch.state.in_(WAITING), WishesWish.area_id.in_(subtree(area.id)))
    )
    return (sent.where(WishesDispatch.due_on < current_site().today()).scalar_subquery(),)


def dashboard_cards(numbers: Sequence[Any]) -> Sequence[Card]:
    """A card where answers are late."""
    (late,) = numbers
    if not late:
        return ()
    return (
        Card(
            gettext("Wishes that a unit has not answered in time"),
            str(late),
            endpoint="wishes_dispatch.index",
            values={"state": "overdue"},
            permission="wishes.dispatch",
        ),
    )
