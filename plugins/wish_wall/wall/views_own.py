"""The wall for whoever is signed in: what the neighbours wish for, and the way to claiming it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    Person,
    current_actor,
    list_args,
    own_person,
    read_scope,
    rows_of,
    show,
    signed_in,
    visible_areas,
)

from ..finding import on_the_wall, visible_wish
from ..models import CLAIMED, LIVE, PUBLISHED, WishesClaim, WishesClaimMember, WishesWish
from ..people import conflicted
from ..settings import rules_in
from ..words import CATEGORIES
from . import reading
from .views_public import filters_of

blueprint = Blueprint("wishes_wall_own", __name__)

View = Any
PER_PAGE = 20
CLOSE = "close"


def own_area(session: Session, person: Person | None) -> Area | None:
    """The area whose wall somebody sees: where they belong; for a unit's account the one that it stands for."""
    if person is not None:
        return session.get_one(Area, person.area_id)
    mine = Area.id.in_(visible_areas(current_actor(), "wishes.unit"))
    return session.scalars(select(Area).where(mine).order_by(func.length(Area.code), Area.code)).first()


@blueprint.get("/me/wishes/wall")
@signed_in
def index() -> View:
    """Wishes of one's sub-district or, by choice, those close by."""
    args = list_args("category", "theme", "state", "where", size=PER_PAGE)
    with read_scope() as session:
        person = own_person(session)
        area = own_area(session, person)
        if area is None:
            return show("me/nobody.html")
        condition = on_the_wall(area)
        filters = filters_of(args, _close(area) if args["where"] == CLOSE else None)
        page = reading.paged(session, condition, filters, args.page, args.size)
        return show(
            "wishes/wall_own.html",
            area=area,
            args=args,
            filters=filters,
            page=page,
            mine=_mine(session, person, [line.id for line in page.rows]),
            counts=reading.wall_counts(session, condition),
            themes=[(one.public_id, one.title) for one in reading.themes(session, condition)],
            categories=CATEGORIES,
        )


def _close(area: Area) -> int:
    """The community of a grid, else the area itself."""
    return area.parent_id if area.level == "grid" and area.parent_id is not None else area.id


@blueprint.get("/me/wishes/wall/<wish>")
@signed_in
def wish(wish: str) -> View:
    """One wish with what claiming it means; one's own, and one that one is on, say so."""
    with read_scope() as session:
        person = own_person(session)
        area = own_area(session, person)
        if area is None:
            return show("me/nobody.html")
        found = visible_wish(session, current_actor(), area, wish)
        own = person is not None and found.person_id in rows_of(session, [person.id])
        return show(
            "wishes/wall_own_wish.html",
            line=reading.wall_line(session, found.id),
            own=own,
            conflict=conflicted(session, found, current_actor()),
            on_it=person is not None and _on_it(session, found, person.id),
            open=found.state == PUBLISHED,
            busy=found.state == CLAIMED,
            rules=rules_in(session, area.id),
        )


def _mine(session: Session, person: Person | None, wishes: Collection[int]) -> dict[int, str]:
    """Which of some wishes the person made ("own") or takes part in ("claimed"); two statements."""
    if person is None or not wishes:
        return {}
    rows = rows_of(session, [person.id])
    made = select(WishesWish.id, literal("own")).where(
        WishesWish.id.in_(wishes), WishesWish.person_id.in_(rows)
    )
    taken = select(WishesClaimMember.wish_id, literal("claimed")).where(
        WishesClaimMember.wish_id.in_(wishes),
        WishesClaimMember.person_id.in_(rows),
        WishesClaimMember.live.is_(True),
    )
    return {row[0]: row[1] for row in session.execute(made.union_all(taken))}


def _on_it(session: Session, wish: WishesWish, person_id: int) -> bool:
    """Whether the person takes part in a claim of the wish that lives."""
    return (
        session.scalar(
            select(WishesClaimMember.id)
            .join(WishesClaim, WishesClaim.id == WishesClaimMember.claim_id)
            .where(
                WishesClaimMember.wish_id == wish.id,
                WishesClaimMember.person_id.in_(rows_of(session, [person_id])),
                WishesClaimMember.left_at.is_(None),
                WishesClaim.state.in_(LIVE),
            )
        )
        is not None
    )
