"""Wishes for the staff: the list with who wishes, and the board by what is to be done; one statement each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Person, PersonAlias, current_site, name_condition, subtree

from ..campaigns.models import WishesCampaign
from ..models import (
    ACTIVE,
    CATEGORIES,
    CLAIMED,
    DELIVERED,
    PUBLISHED,
    REALIZED,
    STATES,
    SUBMITTED,
    WishesClaim,
    WishesWish,
)
from ..words import code_of, midnight
from .reading import text_condition

# Columns of the board, by what the office does next.
REVIEW, WAITING, RUNNING, CONFIRMING, DONE = "review", "waiting", "running", "confirming", "done"
COLUMNS = (REVIEW, WAITING, RUNNING, CONFIRMING, DONE)
# What is done leaves the board after so many days; the list keeps it.
DONE_DAYS = 90
ON_BOARD = (SUBMITTED, PUBLISHED, CLAIMED, REALIZED)
SORTS = ("submitted", "-submitted", "code", "-code", "state", "-state", "name", "-name")


@dataclass(frozen=True)
class StaffLine:
    """A wish as the staff sees it; ``contact_due`` is the nearest of claims without a contact, ``claims`` live ones."""

    id: int
    public_id: str
    year: int
    number: int
    category: str
    title: str
    public_text: str
    private_text: str
    amount: int
    slots: int
    taken: int
    state: str
    priority: int
    hidden: bool
    channel: str
    submitted_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    person_id: int
    person: str
    name: str
    area: str
    theme: str
    contact_due: datetime | None
    delivered: int

    @property
    def code(self) -> str:
        """ "2026-0012"."""
        return code_of(self)


@dataclass(frozen=True)
class StaffFilters:
    """What a list of wishes is narrowed to; unknown values count as not given. ``first`` and ``last`` are the days
    of handing in, both inside; ``column`` is one of the board."""

    query: str = ""
    state: str = ""
    category: str = ""
    theme: str = ""
    first: date | None = None
    last: date | None = None
    column: str = ""


@dataclass(frozen=True)
class BoardColumn:
    """One column of the board: its first wishes, and how many there are in all."""

    key: str
    rows: Sequence[StaffLine]
    total: int


def _kept() -> Any:
    alias = select(PersonAlias.kept_id).where(PersonAlias.merged_id == WishesWish.person_id)
    return func.coalesce(alias.correlate(WishesWish).scalar_subquery(), WishesWish.person_id)


def _lines() -> Any:
    wish, claim = WishesWish, WishesClaim
    due = select(func.min(claim.contact_due)).where(
        claim.wish_id == wish.id, claim.state == ACTIVE, claim.contacted_at.is_(None)
    )
    delivered = select(func.count()).where(claim.wish_id == wish.id, claim.state == DELIVERED)
    return (
        select(
            wish.id, wish.public_id, wish.year, wish.number, wish.category, wish.title, wish.public_text,
            wish.private_text, wish.amount, wish.slots, wish.taken, wish.state, wish.priority, wish.hidden,
            wish.channel, wish.submitted_at, wish.published_at, wish.expires_at, wish.ended_at, Person.id,
            Person.public_id, Person.name, Area.name, func.coalesce(WishesCampaign.title, ""),
            due.correlate(wish).scalar_subquery(), delivered.correlate(wish).scalar_subquery(),
        )
        .select_from(wish)
        .join(Person, Person.id == _kept())
        .join(Area, Area.id == wish.area_id)
        .outerjoin(WishesCampaign, WishesCampaign.id == wish.campaign_id)
    )  # fmt: skip


def _conditions(area_id: int, filters: StaffFilters) -> list[ColumnElement[bool]]:
    wish = WishesWish
    found: list[ColumnElement[bool]] = [wish.area_id.in_(subtree(area_id))]
    if filters.state in STATES:
        found.append(wish.state == filters.state)
    if filters.column in COLUMNS:
        found += [wish.state.in_(ON_BOARD), _column() == filters.column]
    if filters.category in CATEGORIES:
        found.append(wish.category == filters.category)
    if filters.theme:
        round_id = select(WishesCampaign.id).where(WishesCampaign.public_id == filters.theme)
        found.append(wish.campaign_id == round_id.scalar_subquery())
    if filters.first is not None:
        found.append(wish.submitted_at >= midnight(filters.first))
    if filters.last is not None:
        found.append(wish.submitted_at < midnight(filters.last, 1))
    if filters.query:
        named = select(Person.id).where(name_condition(filters.query))
        merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id.in_(named))
        found.append(
            or_(text_condition(filters.query), wish.person_id.in_(named), wish.person_id.in_(merged))
        )
    return found


def _order(sort: str) -> tuple[Any, ...]:
    wish, down = WishesWish, sort.startswith("-")
    by: tuple[Any, ...] = {
        "code": (wish.year, wish.number),
        "state": (case({state: place for place, state in enumerate(STATES)}, value=wish.state),),
        "name": (Person.sort_key,),
    }.get(sort.lstrip("-"), (wish.submitted_at,))
    last = wish.id.desc() if down else wish.id
    return (*[column.desc() if down else column for column in by], last)


def wishes_page(
    session: Session, area_id: int, filters: StaffFilters, sort: str, *, limit: int, offset: int = 0
) -> tuple[list[StaffLine], int]:
    """Wishes of ``area_id`` and below, and how many there are; one statement."""
    order = _order(sort)
    # Claims are looked for once it is known which wishes stand on the page.
    found = select(
        WishesWish.id.label("wish_id"),
        func.count().over().label("total"),
        func.row_number().over(order_by=order).label("place"),
    )
    if sort.endswith("name"):
        found = found.join(Person, Person.id == _kept())
    found = found.where(*_conditions(area_id, filters)).order_by(*order).limit(limit).offset(offset)
    page = found.subquery()
    query = _lines().add_columns(page.c.total).join(page, page.c.wish_id == WishesWish.id)
    rows = session.execute(query.order_by(page.c.place)).all()
    return [StaffLine(*row[:26]) for row in rows], int(rows[0][26]) if rows else 0


def line_of(session: Session, wish_id: int) -> StaffLine:
    """One wish; one statement."""
    return StaffLine(*session.execute(_lines().where(WishesWish.id == wish_id)).one())


def _column() -> Any:
    """The column of the board that a wish stands in: what was brought goes before what is under way."""
    brought = exists().where(WishesClaim.wish_id == WishesWish.id, WishesClaim.state == DELIVERED)
    return case(
        (WishesWish.state == SUBMITTED, REVIEW),
        (WishesWish.state == REALIZED, DONE),
        (brought, CONFIRMING),
        (WishesWish.state == CLAIMED, RUNNING),
        else_=WAITING,
    )


def board(session: Session, area_id: int, filters: StaffFilters, *, most: int) -> list[BoardColumn]:
    """The columns with at most ``most`` wishes each: first come first, what is done newest first. One statement."""
    wish = WishesWish
    since = current_site().now() - timedelta(days=DONE_DAYS)
    column = _column().label("board_column")
    age = case((wish.state == REALIZED, None), else_=wish.submitted_at)
    placed = (
        select(
            wish.id.label("wish_id"),
            column,
            func.row_number()
            .over(partition_by=column, order_by=(wish.priority.desc(), age, wish.ended_at.desc(), wish.id))
            .label("place"),
            func.count().over(partition_by=column).label("total"),
        )
        .where(
            *_conditions(area_id, filters),
            wish.state.in_(ON_BOARD),
            or_(wish.state != REALIZED, wish.ended_at >= since),
        )
        .subquery()
    )
    query = (
        _lines()
        .add_columns(placed.c.board_column, placed.c.total)
        .join(placed, and_(placed.c.wish_id == wish.id, placed.c.place <= most))
        .order_by(placed.c.place)
    )
    found: dict[str, list[StaffLine]] = {key: [] for key in COLUMNS}
    totals: dict[str, int] = dict.fromkeys(COLUMNS, 0)
    for row in session.execute(query):
        found[row.board_column].append(StaffLine(*row[:26]))
        totals[row.board_column] = row.total
    return [BoardColumn(key, found[key], totals[key]) for key in COLUMNS]


def counts_by_state(session: Session, area_id: int) -> Mapping[str, int]:
    """State -> wishes of ``area_id`` and below; one statement."""
    found = session.execute(
        select(WishesWish.state, func.count())
        .where(WishesWish.area_id.in_(subtree(area_id)))
        .group_by(WishesWish.state)
    )
    return {row[0]: row[1] for row in found}


def theme_choices(session: Session, area_id: int) -> list[tuple[str, str]]:
    """Rounds that wishes of ``area_id`` and below belong to, for a filter; one statement."""
    used = select(WishesWish.campaign_id).where(WishesWish.area_id.in_(subtree(area_id)))
    found = session.execute(
        select(WishesCampaign.public_id, WishesCampaign.title)
        .where(WishesCampaign.id.in_(used))
        .order_by(WishesCampaign.opens_on.desc(), WishesCampaign.id.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in found]
