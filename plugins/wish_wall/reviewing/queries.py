"""Lists of the office: wishes that wait for a decision, and referrals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Person, PersonAlias, missing, name_condition, subtree

from ..models import CATEGORIES, SUBMITTED, WishesWish
from ..words import code_of
from .models import ANSWERED, OPEN, WishesReferral

SORTS = ("waiting", "-waiting")


@dataclass(frozen=True)
class WaitingLine:
    """A wish that waits for a decision; ``again`` says that it was sent back before."""

    id: int
    public_id: str
    year: int
    number: int
    person_id: int
    title: str
    public_text: str
    category: str
    channel: str
    submitted_at: datetime
    again: bool
    name: str
    area: str

    @property
    def code(self) -> str:
        """ "2026-0012"."""
        return code_of(self)


def _kept_person() -> ColumnElement[int]:
    alias = (
        select(PersonAlias.kept_id)
        .where(PersonAlias.merged_id == WishesWish.person_id)
        .correlate(WishesWish)
        .scalar_subquery()
    )
    return func.coalesce(alias, WishesWish.person_id)


def waiting_page(
    session: Session, area_id: int, query: str, category: str, sort: str, *, limit: int, offset: int
) -> tuple[list[WaitingLine], int]:
    """Wishes of an area and below that wait for a decision, and how many; two statements."""
    here: list[ColumnElement[bool]] = [
        WishesWish.state == SUBMITTED,
        WishesWish.area_id.in_(subtree(area_id)),
    ]
    if category in CATEGORIES:
        here.append(WishesWish.category == category)
    if query:
        text = WishesWish.title.contains(query, autoescape=True) | WishesWish.public_text.contains(
            query, autoescape=True
        )
        here.append(or_(name_condition(query), text))
    joined = (
        select(WishesWish)
        .join(Person, Person.id == _kept_person())
        .join(Area, Area.id == WishesWish.area_id)
        .where(*here)
    )
    total = session.scalar(joined.with_only_columns(func.count())) or 0
    order = (WishesWish.submitted_at.desc(), WishesWish.id.desc())
    rows: Sequence[Any] = session.execute(
        joined.with_only_columns(
            WishesWish.id, WishesWish.public_id, WishesWish.year, WishesWish.number, WishesWish.person_id,
            WishesWish.title, WishesWish.public_text, WishesWish.category, WishesWish.channel,
            WishesWish.submitted_at, WishesWish.reviewed_at.is_not(None), Person.name, Area.name,
        )
        .order_by(*(order if sort == "-waiting" else (WishesWish.submitted_at, WishesWish.id)))
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    return [WaitingLine(*tuple(row)) for row in rows], total


@dataclass(frozen=True)
class ReferralLine:
    """A referral in a list."""

    public_id: str
    year: int
    number: int
    state: str
    created_at: datetime
    answered_at: datetime | None
    reason: str
    answer: str
    title: str
    wish: str
    name: str
    area: str

    @property
    def code(self) -> str:
        """ "2026-0003"."""
        return code_of(self)


def referrals_page(
    session: Session, area_id: int, query: str, state: str, *, limit: int, offset: int
) -> tuple[list[ReferralLine], int]:
    """Referrals of an area and below, the open ones first, then by age; two statements."""
    here: list[ColumnElement[bool]] = [WishesReferral.area_id.in_(subtree(area_id))]
    if state in (OPEN, ANSWERED):
        here.append(WishesReferral.state == state)
    if query:
        words = (WishesWish.title, WishesReferral.reason, WishesReferral.answer)
        fits = [column.contains(query, autoescape=True) for column in words]
        here.append(or_(name_condition(query), *fits))
    joined = (
        select(WishesReferral)
        .join(WishesWish, WishesWish.id == WishesReferral.wish_id)
        .join(Person, Person.id == _kept_person())
        .join(Area, Area.id == WishesReferral.area_id)
        .where(*here)
    )
    total = session.scalar(joined.with_only_columns(func.count())) or 0
    rows: Sequence[Any] = session.execute(
        joined.with_only_columns(
            WishesReferral.public_id, WishesReferral.year, WishesReferral.number, WishesReferral.state,
            WishesReferral.created_at, WishesReferral.answered_at, WishesReferral.reason, WishesReferral.answer,
            WishesWish.title, WishesWish.public_id, Person.name, Area.name,
        )
        .order_by(WishesReferral.state.desc(), WishesReferral.created_at, WishesReferral.id)
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    return [ReferralLine(*tuple(row)) for row in rows], total


def referral_below(
    session: Session, area: Area, public_id: str, *, lock: bool = False
) -> tuple[WishesReferral, WishesWish]:
    """The referral of ``area`` or below with its wish; 404 for any other."""
    query = select(WishesReferral).where(
        WishesReferral.public_id == public_id, WishesReferral.area_id.in_(subtree(area.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        missing()
    return found, session.get_one(WishesWish, found.wish_id)


def waiting_count(area_id: int) -> ScalarSelect[int]:
    """How many wishes of an area and below wait for a decision."""
    return (
        select(func.count(WishesWish.id))
        .where(WishesWish.state == SUBMITTED, WishesWish.area_id.in_(subtree(area_id)))
        .scalar_subquery()
    )


def open_referrals_count(area_id: int) -> ScalarSelect[int]:
    """How many referrals of an area and below wait for an answer."""
    return (
        select(func.count(WishesReferral.id))
        .where(WishesReferral.state == OPEN, WishesReferral.area_id.in_(subtree(area_id)))
        .scalar_subquery()
    )


def wisher_of(session: Session, wish: WishesWish) -> Person:
    """Who wishes, under the row that is kept."""
    return session.scalars(
        select(Person).where(
            Person.id == select(_kept_person()).where(WishesWish.id == wish.id).scalar_subquery()
        )
    ).one()
