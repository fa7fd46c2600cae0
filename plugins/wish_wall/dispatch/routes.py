"""Where wishes of a category go: the rule of the nearest area, and sending everything that has a rule at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    AreaClosure,
    Problem,
    audit,
    subtree,
)

from ..finding import is_on, wish_below
from ..models import CATEGORIES, WishesWish
from .deadlines import MOST_DAYS
from .models import WAITING, WishesDispatch, WishesOrganisation, WishesRoute
from .organisations import taking
from .services import SENDABLE, Sending, due_in, send

# So many wishes are sent at once.
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Route:
    """Where wishes of a category go; ``inherited`` from an area above."""

    category: str
    organisation: WishesOrganisation
    days: int
    inherited: bool = False


def routes_in(session: Session, area_id: int) -> dict[str, Route]:
    """The rule of each category that has one in an area, the nearest area's; one statement."""
    return {category: route for (_area, category), route in routes_over(session, (area_id,)).items()}


def routes_over(session: Session, areas: Collection[int]) -> dict[tuple[int, str], Route]:
    """The same for several areas, by area and category; one statement."""
    query = (
        select(AreaClosure.descendant_id, WishesRoute, WishesOrganisation, AreaClosure.depth)
        .join(AreaClosure, AreaClosure.ancestor_id == WishesRoute.area_id)
        .join(WishesOrganisation, WishesOrganisation.id == WishesRoute.organisation_id)
        .where(AreaClosure.descendant_id.in_(areas), WishesOrganisation.closed_at.is_(None))
        .order_by(AreaClosure.depth.desc())
    )
    return {
        (area_id, route.category): Route(route.category, organisation, route.days, depth > 0)
        for area_id, route, organisation, depth in session.execute(query)
    }


def set_route(
    session: Session, area: Area, category: str, organisation: str, days: int, actor: Actor
) -> None:
    """Say where wishes of a category of an area and below go ("" for no rule of its own), and in how many days.

    Raises Problem category_unknown, unknown_organisation or bad_days.
    """
    if category not in CATEGORIES:
        raise Problem("category_unknown", N_("Choose what kind of wish it is."), field="category")
    row = session.get(WishesRoute, (area.id, category))
    before = None if row is None else {"organisation": row.organisation_id, "days": row.days}
    if not organisation:
        if row is None:
            return
        session.delete(row)
        after: Mapping[str, object] | None = None
    else:
        if not 1 <= days <= MOST_DAYS:
            raise Problem(
                "bad_days", N_("Give 1 to %(most)s working days to answer."), field="days", most=MOST_DAYS
            )
        found = taking(session, area.id, organisation)
        after = {"organisation": found.id, "days": days}
        if before == after:
            return
        if row is None:
            session.add(WishesRoute(area_id=area.id, category=category, organisation_id=found.id, days=days))
        else:
            row.organisation_id, row.days = found.id, days
    session.flush()
    audit.write(
        session, actor, "wishes.route_changed", "area", area.code, area_id=area.id,
        before=before, after={"category": category, **(after or {})},
    )  # fmt: skip


def sendable(session: Session, area_id: int, categories: Sequence[str] = CATEGORIES) -> list[WishesWish]:
    """Wishes of an area and below that could be sent now, the oldest first, at most ``MOST_AT_ONCE``. One statement."""
    waiting = (
        select(WishesDispatch.id)
        .where(WishesDispatch.wish_id == WishesWish.id, WishesDispatch.state.in_(WAITING))
        .exists()
    )
    query = (
        select(WishesWish)
        .where(
            WishesWish.area_id.in_(subtree(area_id)),
            is_on(WishesWish.area_id),
            WishesWish.state.in_(SENDABLE),
            WishesWish.taken < WishesWish.slots,
            WishesWish.category.in_(categories),
            ~waiting,
        )
        .order_by(WishesWish.published_at, WishesWish.id)
        .limit(MOST_AT_ONCE)
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class Sent:
    """How many wishes were sent by their rules, how many have none, and how many could not be sent."""

    sent: int = 0
    without: int = 0
    refused: int = 0


def send_by_routes(session: Session, area: Area, wishes: Sequence[str], actor: Actor) -> Sent:
    """Send these wishes (outside ids) of an area and below, each by the rule of its own area.

    Wishes without a rule, or that have gone on meanwhile, are counted and passed over; 404 for one that is not there.
    Raises Problem too_many_wishes and calendar_year_missing.
    """
    if len(wishes) > MOST_AT_ONCE:
        raise Problem("too_many_wishes", N_("At most %(most)s wishes at a time."), most=MOST_AT_ONCE)
    known: dict[int, dict[str, Route]] = {}
    sent = without = refused = 0
    # In one order, so that two who send the same wishes at once do not wait for each other.
    for public_id in sorted(set(wishes)):
        wish = wish_below(session, area, public_id, lock=True)
        if wish.area_id not in known:
            known[wish.area_id] = routes_in(session, wish.area_id)
        route = known[wish.area_id].get(wish.category)
        if route is None:
            without += 1
            continue
        due_on = due_in(route.days)
        try:
            send(session, wish, Sending(route.organisation, due_on), actor)
        except Problem:
            refused += 1
        else:
            sent += 1
    return Sent(sent, without, refused)
