"""Who is who where interests could meet: rows of one human being, and households, over rows that were merged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, groups

from .models import WishesHouseholdMember, WishesWish


def households_of(
    session: Session, people: Collection[int], since: datetime | None = None
) -> dict[int, frozenset[int]]:
    """Kept id -> the households of that human being now, mostly none or one, for all that ``people`` touch.

    With ``since`` those too that they have left after that instant.
    """
    rows = groups(session, people)
    kept = {row: kept_id for kept_id, ids in rows.items() for row in ids}
    found: dict[int, set[int]] = {kept_id: set() for kept_id in rows}
    lives: ColumnElement[bool] = WishesHouseholdMember.ended_at.is_(None)
    if since is not None:
        lives = or_(lives, WishesHouseholdMember.ended_at > since)
    query = select(WishesHouseholdMember.person_id, WishesHouseholdMember.household_id).where(
        WishesHouseholdMember.person_id.in_(kept), lives
    )
    if kept:
        for person_id, household_id in session.execute(query):
            found[kept[person_id]].add(household_id)
    return {kept_id: frozenset(ids) for kept_id, ids in found.items()}


def same_household(session: Session, wish: WishesWish, people: Collection[int]) -> bool:
    """Whether one of ``people`` is who wishes, or has lived with them at some time since the wish was handed in."""
    if not people:
        return False
    found = households_of(session, [*people, wish.person_id], since=wish.submitted_at)
    kept = {row: kept_id for kept_id, rows in groups(session, found).items() for row in rows}
    wisher = kept[wish.person_id]
    theirs = found[wisher] | ({wish.household_id} if wish.household_id is not None else set())
    return any(kept[one] == wisher or not theirs.isdisjoint(found[kept[one]]) for one in people)


def conflicted(session: Session, wish: WishesWish, actor: Actor) -> bool:
    """Whether who acts is the wisher or of their household."""
    return actor.person_id is not None and same_household(session, wish, [actor.person_id])
