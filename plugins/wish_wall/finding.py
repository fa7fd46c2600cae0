"""Wishes that an address names: those of an area for its staff, those of the wall for whoever is signed in.

A wish that somebody may not know of is answered as if there were none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Actor,
    Area,
    AreaClosure,
    missing,
    rows_of_actor,
    ruling_setting,
    subtree,
    switched_on,
)

from .models import NAME, ON_THE_WALL, WishesClaimMember, WishesWish
from .settings import SHARED


def wish_below(session: Session, area: Area, public_id: str, *, lock: bool = False) -> WishesWish:
    """The wish of ``area`` or below, for staff; 404 for any other. ``lock`` it until the transaction ends."""
    query = select(WishesWish).where(
        WishesWish.public_id == public_id, WishesWish.area_id.in_(subtree(area.id))
    )
    return _found(session, query, lock)


def own_wish(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> WishesWish:
    """A wish of the one who acts, under any of their rows; 404 for any other."""
    rows = rows_of_actor(session, actor)
    query = select(WishesWish).where(WishesWish.public_id == public_id, WishesWish.person_id.in_(rows))
    return _found(session, query, lock)


def visible_wish(
    session: Session, actor: Actor, area: Area, public_id: str, *, lock: bool = False
) -> WishesWish:
    """A wish that somebody signed in with ``area`` may know of: of the wall, their own, or one they are live on.

    404 for any other.
    """
    return known_wish(session, actor, area, public_id, staff=False, lock=lock)


def known_wish(
    session: Session, actor: Actor, area: Area, public_id: str, *, staff: bool, lock: bool = False
) -> WishesWish:
    """``visible_wish``, and for ``staff`` of ``area`` also every wish there and below; 404 for any other."""
    given = {"public_id": public_id, "area": area.id, "rows": list(rows_of_actor(session, actor))}
    return _found(session, _known(staff), lock, given)


@lru_cache
def _known(staff: bool) -> Select[WishesWish]:
    """Built once, for many claim at the same moment, and building costs more than running. Parameters: ``public_id``,
    ``area`` (id) and ``rows`` of the one who asks."""
    area: Any = bindparam("area", type_=Integer)
    rows = bindparam("rows", expanding=True, type_=Integer)
    live = select(WishesClaimMember.wish_id).where(
        WishesClaimMember.person_id.in_(rows), WishesClaimMember.live.is_(True)
    )
    hangs = and_(WishesWish.state.in_(ON_THE_WALL), WishesWish.area_id.in_(wall_areas(area)))
    below = WishesWish.area_id.in_(subtree(area)) if staff else false()
    return select(WishesWish).where(
        WishesWish.public_id == bindparam("public_id", type_=String),
        or_(hangs, WishesWish.person_id.in_(rows), WishesWish.id.in_(live), below),
    )


def public_wish(session: Session, area: Area, public_id: str) -> WishesWish:
    """A wish on the public wall of ``area``; 404 for any other, those kept off it included."""
    query = select(WishesWish).where(WishesWish.public_id == public_id, public_condition(area))
    return _found(session, query, False)


def public_condition(area: Area) -> ColumnElement[bool]:
    """Wishes that everybody may know of: on the wall of ``area`` and below, and not kept off the public one."""
    return and_(
        WishesWish.area_id.in_(_where_on(subtree(area.id))),
        WishesWish.state.in_(ON_THE_WALL),
        WishesWish.hidden.is_(False),
    )


def is_on(area_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether micro-wishes are switched on in an area, inside another statement.

    Where they are off nothing hangs on any wall and nothing can be claimed; what was claimed before goes on.
    """
    return switched_on(area_id, NAME)


def _where_on(areas: Select[int]) -> Select[int]:
    return areas.where(is_on(AreaClosure.descendant_id))


def on_the_wall(area: Area) -> ColumnElement[bool]:
    """The condition for wishes that somebody of ``area`` may see and claim, signed in: as an SQL expression."""
    return and_(WishesWish.state.in_(ON_THE_WALL), WishesWish.area_id.in_(wall_areas(area.id)))


def wall_areas(area_id: int) -> Select[int]:
    """Ids of the areas whose wishes somebody of an area may claim, as a sub-query for IN.

    Areas of the whole sub-district, or of the own community alone where the setting says so; of an area above
    communities those below it. Without those where the plugin is off.
    """
    shared = func.coalesce(ruling_setting(area_id, SHARED), "true") != "false"
    above = (
        select(AreaClosure.ancestor_id)
        .join(Area, Area.id == AreaClosure.ancestor_id)
        .where(
            AreaClosure.descendant_id == area_id,
            Area.level == case((shared, "subdistrict"), else_="community"),
        )
    )
    # A site may begin at a community: then there is no more to share than what lies below.
    return _where_on(
        select(AreaClosure.descendant_id).where(
            or_(AreaClosure.ancestor_id.in_(above), AreaClosure.ancestor_id == area_id)
        )
    )


def _found(
    session: Session, query: Select[WishesWish], lock: bool, given: Mapping[str, Any] | None = None
) -> WishesWish:
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query, given).one_or_none() or missing()
