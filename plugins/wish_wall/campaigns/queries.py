"""Rounds of an area, with what became of their wishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, ancestors, missing, subtree

from ..models import CLAIMED, CONVERTED, EXPIRED, PUBLISHED, REALIZED, REJECTED, WITHDRAWN, WishesWish
from .models import DRAFT, RUNNING, WishesCampaign, WishesSheet


@dataclass(frozen=True)
class CampaignLine:
    """A round as lists show it: how many wishes it collected, and how many of them are where."""

    id: int
    public_id: str
    title: str
    about: str
    colour: str
    opens_on: date
    closes_on: date
    state: str
    area: str
    collected: int
    waiting: int
    claimed: int
    realized: int
    expired: int


def lines_below(
    session: Session, area_id: int, query: str = "", state: str = "", only: int | None = None
) -> list[CampaignLine]:
    """Rounds of an area and below, and of the areas above that hold here, the latest first; one statement."""
    row, wish = WishesCampaign, WishesWish
    columns: Any = (
        row.id, row.public_id, row.title, row.about, row.colour, row.opens_on, row.closes_on, row.state, Area.name,
    )  # fmt: skip
    counts: Any = (
        func.count(case((wish.state.not_in((WITHDRAWN, REJECTED, CONVERTED)), 1))),
        func.count(case((wish.state == PUBLISHED, 1))),
        func.count(case((wish.state == CLAIMED, 1))),
        func.count(case((wish.state == REALIZED, 1))),
        func.count(case((wish.state == EXPIRED, 1))),
    )
    wanted = (
        select(*columns, *counts)
        .join(Area, Area.id == row.area_id)
        .outerjoin(wish, (wish.campaign_id == row.id) & wish.area_id.in_(subtree(area_id)))
        .where(or_(row.area_id.in_(subtree(area_id)), row.area_id.in_(ancestors(area_id))))
        .group_by(*columns)
        .order_by(row.opens_on.desc(), row.id.desc())
        .limit(500)
    )
    if query:
        wanted = wanted.where(row.title.contains(query, autoescape=True))
    if state:
        wanted = wanted.where(row.state == state)
    if only is not None:
        wanted = wanted.where(row.id == only)
    return [CampaignLine(*found) for found in session.execute(wanted)]


def campaign_below(
    session: Session, area_id: int, public_id: str, *, lock: bool = False, above: bool = False
) -> WishesCampaign:
    """The round of an area or below (or, with ``above``, of an area over it), for staff; 404 for any other."""
    inside: ColumnElement[bool] = WishesCampaign.area_id.in_(subtree(area_id))
    if above:
        inside = or_(inside, WishesCampaign.area_id.in_(ancestors(area_id)))
    query = select(WishesCampaign).where(WishesCampaign.public_id == public_id, inside)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query) or missing()


def running(session: Session, area_id: int, day: date) -> list[WishesCampaign]:
    """Rounds that wishes of an area can belong to on a day, the latest first; one statement."""
    query = select(WishesCampaign).where(
        WishesCampaign.area_id.in_(ancestors(area_id)),
        WishesCampaign.state == RUNNING,
        WishesCampaign.opens_on <= day,
        WishesCampaign.closes_on >= day,
    )
    return list(session.scalars(query.order_by(WishesCampaign.opens_on.desc(), WishesCampaign.id.desc())))


def open_for(session: Session, area_id: int) -> list[WishesCampaign]:
    """Rounds of an area, below it or above it that are not closed, the latest first; one statement."""
    query = select(WishesCampaign).where(
        or_(WishesCampaign.area_id.in_(subtree(area_id)), WishesCampaign.area_id.in_(ancestors(area_id))),
        WishesCampaign.state.in_((DRAFT, RUNNING)),
    )
    return list(session.scalars(query.order_by(WishesCampaign.opens_on.desc(), WishesCampaign.id.desc())))


def unclaimed(session: Session, campaign: WishesCampaign, *, lock: bool = False) -> list[WishesWish]:
    """Wishes of a round that nobody holds: on the wall, or expired there. One statement."""
    query = (
        select(WishesWish)
        .where(
            WishesWish.campaign_id == campaign.id,
            WishesWish.state.in_((PUBLISHED, EXPIRED)),
            WishesWish.taken == 0,
        )
        .order_by(WishesWish.id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def sheets_below(session: Session, area_id: int, campaign: WishesCampaign | None = None) -> list[WishesSheet]:
    """Sheets that were taken in for an area and below (for one round), the latest first, at most 100."""
    query = select(WishesSheet).where(WishesSheet.area_id.in_(subtree(area_id)))
    if campaign is not None:
        query = query.where(WishesSheet.campaign_id == campaign.id)
    return list(session.scalars(query.order_by(WishesSheet.id.desc()).limit(100)))


def sheets_page(
    session: Session, area_id: int, campaign: WishesCampaign | None, state: str, *, limit: int, offset: int
) -> tuple[list[tuple[WishesSheet, str | None]], int]:
    """Sheets of an area and below with the outside ids of their rounds, the latest first, and how many there are.

    Of one round, or in one state ("" for any), where asked; two statements.
    """
    wanted: list[ColumnElement[bool]] = [WishesSheet.area_id.in_(subtree(area_id))]
    if campaign is not None:
        wanted.append(WishesSheet.campaign_id == campaign.id)
    if state:
        wanted.append(WishesSheet.state == state)
    total = session.scalar(select(func.count()).select_from(WishesSheet).where(*wanted)) or 0
    query = (
        select(WishesSheet, WishesCampaign.public_id)
        .outerjoin(WishesCampaign, WishesCampaign.id == WishesSheet.campaign_id)
        .where(*wanted)
        .order_by(WishesSheet.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(limit).offset(offset))], total


def sheet_below(session: Session, area_id: int, public_id: str, *, lock: bool = False) -> WishesSheet:
    """A sheet that was taken in for an area or below; 404 for any other."""
    query = select(WishesSheet).where(
        WishesSheet.public_id == public_id, WishesSheet.area_id.in_(subtree(area_id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query) or missing()
