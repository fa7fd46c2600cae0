"""Wishes as the wall shows them: text and code, never who wishes; a steady number of statements each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Area, Paged, subtree

from ..campaigns.models import WishesCampaign
from ..models import CATEGORIES, CLAIMED, PUBLISHED, REALIZED, WishesWish
from ..words import code_of

# What parts a title from the rest of its sentence.
_AFTER_TITLE = " \n，。；：！、,.;:!"
# What the wall is narrowed to; the first is shown when nobody asked for another.
STATES = (PUBLISHED, CLAIMED, REALIZED)


@dataclass(frozen=True)
class WallLine:
    """A wish as strangers know it; ``amount`` in fen, ``theme`` the title of its round, ``area`` its community."""

    id: int
    public_id: str
    year: int
    number: int
    category: str
    title: str
    public_text: str
    amount: int
    slots: int
    taken: int
    state: str
    priority: int
    published_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    area: str
    theme: str

    @property
    def code(self) -> str:
        """ "2026-0012"."""
        return code_of(self)

    @property
    def more(self) -> str:
        """What the text says beyond the title, which is often its beginning."""
        text = self.public_text.strip()
        return text.removeprefix(self.title).lstrip(_AFTER_TITLE) if text.startswith(self.title) else text


@dataclass(frozen=True)
class WallFilters:
    """What the wall is narrowed to; unknown values count as not given. ``near`` is an area's id."""

    query: str = ""
    category: str = ""
    theme: str = ""
    state: str = PUBLISHED
    near: int | None = None


@dataclass(frozen=True)
class Theme:
    """A round that wishes of the wall belong to."""

    public_id: str
    title: str
    opens_on: date
    closes_on: date


ABOVE = aliased(Area, name="above")
# A grid is told by its community, so that nobody is found by where they live.
PLACE = case((Area.level == "grid", func.coalesce(ABOVE.name, Area.name)), else_=Area.name)


def _lines(condition: ColumnElement[bool]) -> Any:
    wish = WishesWish
    return (
        select(
            wish.id, wish.public_id, wish.year, wish.number, wish.category, wish.title, wish.public_text,
            wish.amount, wish.slots, wish.taken, wish.state, wish.priority, wish.published_at, wish.expires_at,
            wish.ended_at, PLACE, func.coalesce(WishesCampaign.title, ""), func.count().over(),
        )
        .select_from(wish)
        .join(Area, Area.id == wish.area_id)
        .outerjoin(ABOVE, ABOVE.id == Area.parent_id)
        .outerjoin(WishesCampaign, WishesCampaign.id == wish.campaign_id)
        .where(condition)
    )  # fmt: skip


def _narrowed(query: Any, filters: WallFilters) -> Any:
    wish = WishesWish
    if filters.state in STATES:
        query = query.where(wish.state == filters.state)
    if filters.category in CATEGORIES:
        query = query.where(wish.category == filters.category)
    if filters.theme:
        query = query.where(WishesCampaign.public_id == filters.theme)
    if filters.near is not None:
        query = query.where(wish.area_id.in_(subtree(filters.near)))
    if filters.query:
        query = query.where(text_condition(filters.query))
    return query


def text_condition(words: str) -> ColumnElement[bool]:
    """Wishes whose title or public text holds ``words``, or whose code they are: "2026-0012", or "12"."""
    wish = WishesWish
    found = or_(
        wish.title.contains(words, autoescape=True), wish.public_text.contains(words, autoescape=True)
    )
    year, dash, number = words.strip().partition("-")
    if dash and _digits(year, 4) and _digits(number, 6):
        return or_(found, and_(wish.year == int(year), wish.number == int(number)))
    return or_(found, wish.number == int(year)) if _digits(year, 6) and not dash else found


def _digits(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most


def wall_page(
    session: Session,
    condition: ColumnElement[bool],
    filters: WallFilters,
    *,
    limit: int,
    offset: int = 0,
) -> tuple[list[WallLine], int]:
    """Wishes of the wall and how many there are: those put first by the office, then those that waited longest;
    fulfilled ones newest first. One statement."""
    wish = WishesWish
    order: tuple[Any, ...] = (wish.priority.desc(), wish.published_at, wish.id)
    if filters.state == REALIZED:
        order = (wish.ended_at.desc(), wish.id.desc())
    query = _narrowed(_lines(condition), filters).order_by(*order).limit(limit).offset(offset)
    rows = session.execute(query).all()
    return [WallLine(*row[:17]) for row in rows], int(rows[0][17]) if rows else 0


def paged(
    session: Session, condition: ColumnElement[bool], filters: WallFilters, page: int, size: int
) -> Paged[WallLine]:
    """The same as a page of a list."""
    rows, total = wall_page(session, condition, filters, limit=size, offset=(page - 1) * size)
    return Paged(rows, total, page, size)


def wall_line(session: Session, wish_id: int) -> WallLine:
    """One wish as the wall shows it; one statement."""
    return WallLine(*session.execute(_lines(WishesWish.id == wish_id)).one()[:17])


def wall_counts(session: Session, condition: ColumnElement[bool]) -> Mapping[str, int]:
    """State -> wishes of the wall; one statement."""
    found = session.execute(
        select(WishesWish.state, func.count()).where(condition).group_by(WishesWish.state)
    )
    return {row[0]: row[1] for row in found}


def themes(session: Session, condition: ColumnElement[bool]) -> list[Theme]:
    """Rounds that have wishes on the wall, the newest first; one statement."""
    found = session.execute(
        select(
            WishesCampaign.public_id, WishesCampaign.title, WishesCampaign.opens_on, WishesCampaign.closes_on
        )
        .where(WishesCampaign.id.in_(select(WishesWish.campaign_id).where(condition)))
        .order_by(WishesCampaign.opens_on.desc(), WishesCampaign.id.desc())
        .limit(100)
    )
    return [Theme(*row) for row in found]
