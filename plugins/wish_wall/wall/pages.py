"""What the wall adds to pages of the core: a card for members, a block of the public page."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card, Person, PublicBlock

from ..finding import public_condition, wall_areas
from ..models import PUBLISHED, WishesWish
from . import reading

MOST_PUBLIC = 5


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """How many wishes of the wall wait for somebody; one statement."""
    waiting = session.scalar(
        select(func.count()).where(
            WishesWish.state == PUBLISHED, WishesWish.area_id.in_(wall_areas(person.area_id))
        )
    )
    return (
        Card(
            title=gettext("Wall of micro-wishes"),
            value=str(waiting or 0),
            note=gettext("neighbours' wishes wait for somebody") if waiting else gettext("make a wish"),
            endpoint="wishes_wall_own.index",
        ),
    )


def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The first wishes of the public wall that wait; none while nothing waits."""
    condition = public_condition(area)
    lines, _total = reading.wall_page(session, condition, reading.WallFilters(), limit=MOST_PUBLIC)
    if not lines:
        return ()
    return (
        PublicBlock(
            gettext("Micro-wishes that wait for somebody"),
            "wishes/wall_block.html",
            {"lines": lines, "area": area},
        ),
    )
