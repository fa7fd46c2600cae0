"""Wishes that were sent, as lists show them: for the office of an area, and for whoever acts for an organisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, current_site, subtree

from ..models import LIVE, WishesClaim, WishesClaimMember, WishesWish
from ..wall.reading import ABOVE, PLACE
from .models import WAITING, WishesDispatch, WishesDispatchStep, WishesOrganisation
from .organisations import standing_for

OVERDUE = "overdue"


@dataclass(frozen=True)
class DispatchLine:
    """A wish that was sent: what it is, to whom, until when. ``left`` are days until the last one, below 0 overdue."""

    public_id: str
    state: str
    due_on: date
    sent_at: datetime
    sent_by: str
    request: str
    answer: str
    reminders: int
    reminded_on: date | None
    ended_at: datetime | None
    wish_id: str
    year: int
    number: int
    title: str
    public_text: str
    category: str
    wish_state: str
    amount: int
    slots: int
    organisation_id: str
    organisation: str
    area: str
    left: int = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in WAITING

    @property
    def overdue(self) -> bool:
        """Whether the answer is late."""
        return self.waiting and self.left < 0

    @property
    def label(self) -> str:
        """The wish's number in public."""
        return f"{self.year}-{self.number:04d}"


@dataclass(frozen=True)
class DispatchFilters:
    """Which of them: a part of the title or number, an organisation's outside id, a state or "overdue" or "waiting"."""

    q: str = ""
    organisation: str = ""
    state: str = ""
    category: str = ""


def sent_from(
    session: Session, area_id: int, filters: DispatchFilters, *, limit: int, offset: int
) -> tuple[list[DispatchLine], int]:
    """Wishes of an area and below that were sent, those that wait first, by their last day. Two statements."""
    return _listed(session, WishesWish.area_id.in_(subtree(area_id)), filters, limit, offset)


def sent_to(
    session: Session,
    actor: Actor,
    filters: DispatchFilters,
    *,
    limit: int,
    offset: int,
    area_id: int | None = None,
) -> tuple[list[DispatchLine], int]:
    """Wishes that were sent to the organisations of the actor (from an area and below). Two statements."""
    link = standing_for(actor)
    mine: ColumnElement[bool] = WishesDispatch.organisation_id.in_(select(link.c.organisation_id))
    if area_id is not None:
        mine = and_(mine, WishesWish.area_id.in_(subtree(area_id)))
    return _listed(session, mine, filters, limit, offset)


def late_for(session: Session, actor: Actor) -> int:
    """How many answers of the actor's organisations are late; one statement."""
    link = standing_for(actor)
    query = select(func.count(WishesDispatch.id)).where(
        WishesDispatch.organisation_id.in_(select(link.c.organisation_id)),
        WishesDispatch.state.in_(WAITING),
        WishesDispatch.due_on < current_site().today(),
    )
    return session.scalar(query) or 0


def _listed(
    session: Session, inside: ColumnElement[bool], filters: DispatchFilters, limit: int, offset: int
) -> tuple[list[DispatchLine], int]:
    wanted = _narrowed(_query().where(inside), filters)
    total = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    today = current_site().today()
    rows = session.execute(wanted.limit(limit).offset(offset))
    lines = [DispatchLine(*row) for row in rows]
    return [replace(line, left=(line.due_on - today).days) for line in lines], total


def _query() -> Select[Any]:
    row, wish, unit = WishesDispatch, WishesWish, WishesOrganisation
    columns = (
        row.public_id, row.state, row.due_on, row.sent_at, row.sent_by, row.request, row.answer, row.reminders,
        row.reminded_on, row.ended_at, wish.public_id, wish.year, wish.number, wish.title, wish.public_text,
        wish.category, wish.state, wish.amount, wish.slots, unit.public_id, unit.name, PLACE,
    )  # fmt: skip
    listed: Any = columns
    query: Select[Any] = (
        select(*listed)
        .select_from(row)
        .join(wish, wish.id == row.wish_id)
        .join(unit, unit.id == row.organisation_id)
        .join(Area, Area.id == wish.area_id)
        .outerjoin(ABOVE, ABOVE.id == Area.parent_id)
        .order_by(row.state.not_in(WAITING), row.due_on, row.id)
    )
    return query


def _narrowed(query: Select[Any], filters: DispatchFilters) -> Select[Any]:
    if filters.q:
        year, _dash, number = filters.q.partition("-")
        parts = [WishesWish.title.contains(filters.q, autoescape=True)]
        if year.isdecimal() and number.isdecimal() and len(filters.q) < 12:
            parts.append(and_(WishesWish.year == int(year), WishesWish.number == int(number)))
        query = query.where(or_(*parts))
    if filters.organisation:
        query = query.where(WishesOrganisation.public_id == filters.organisation)
    if filters.category:
        query = query.where(WishesWish.category == filters.category)
    if filters.state == OVERDUE:
        return query.where(WishesDispatch.state.in_(WAITING), WishesDispatch.due_on < current_site().today())
    if filters.state == "waiting":
        return query.where(WishesDispatch.state.in_(WAITING))
    return query.where(WishesDispatch.state == filters.state) if filters.state else query


def line_of(session: Session, row: WishesDispatch) -> DispatchLine:
    """One of them; one statement."""
    found = session.execute(_query().where(WishesDispatch.id == row.id)).one()
    line = DispatchLine(*found)
    return replace(line, left=(line.due_on - current_site().today()).days)


def steps_of(session: Session, row: WishesDispatch) -> list[WishesDispatchStep]:
    """What happened to it, the first first."""
    query = select(WishesDispatchStep).where(WishesDispatchStep.dispatch_id == row.id)
    return list(session.scalars(query.order_by(WishesDispatchStep.id)))


def of_wish(session: Session, wish: WishesWish) -> list[DispatchLine]:
    """Where a wish has been sent, the latest first; one statement."""
    today = current_site().today()
    rows = session.execute(
        _query().where(WishesDispatch.wish_id == wish.id).order_by(None).order_by(WishesDispatch.id.desc())
    )
    lines = [DispatchLine(*row) for row in rows]
    return [replace(line, left=(line.due_on - today).days) for line in lines]


@dataclass(frozen=True)
class ClaimLine:
    """A claim of an organisation with its wish."""

    claim: WishesClaim
    wish: WishesWish

    @property
    def label(self) -> str:
        """The wish's number in public."""
        return f"{self.wish.year}-{self.wish.number:04d}"


def claims_of(session: Session, organisations: list[int], limit: int = 50) -> list[ClaimLine]:
    """Claims of some organisations, live ones first, the latest first; one statement."""
    query = (
        select(WishesClaim, WishesWish)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(WishesClaim.organisation_id.in_(organisations))
        .order_by(WishesClaim.state.not_in(LIVE), WishesClaim.id.desc())
        .limit(limit)
    )
    return [ClaimLine(row[0], row[1]) for row in session.execute(query)]


def times_of_members(session: Session, organisations: list[int]) -> dict[int, int]:
    """How many live claims of some organisations each person takes part in, by the id as given; one statement."""
    query = (
        select(WishesClaimMember.person_id, func.count())
        .join(WishesClaim, WishesClaim.id == WishesClaimMember.claim_id)
        .where(WishesClaim.organisation_id.in_(organisations), WishesClaimMember.live.is_(True))
        .group_by(WishesClaimMember.person_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def one_below(session: Session, area_id: int, public_id: str) -> WishesDispatch | None:
    """A wish that was sent from an area or below, for staff; one statement."""
    query = select(WishesDispatch).join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
    return session.scalar(
        query.where(WishesDispatch.public_id == public_id, WishesWish.area_id.in_(subtree(area_id)))
    )


def one_to(session: Session, actor: Actor, public_id: str) -> WishesDispatch | None:
    """A wish that was sent to an organisation of the actor; one statement."""
    link = standing_for(actor)
    query = select(WishesDispatch).where(
        WishesDispatch.public_id == public_id,
        WishesDispatch.organisation_id.in_(select(link.c.organisation_id)),
    )
    return session.scalar(query)
