"""Reading reception days and items: for staff below an area, for a company its own, for strangers the days alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Person, PersonAlias, current_site, subtree

from ..registry.lists import contains
from ..registry.models import PropertyCompany, PropertyEstate
from .models import CONFIRMED, OPEN, SOLVED, PropertyReception, PropertyReceptionItem, PropertyReceptionStep

PLANNED, TODAY, HELD, CALLED_OFF = "planned", "today", "held", "called_off"
DAY_STATES = (PLANNED, TODAY, HELD, CALLED_OFF)
# Which items a list shows: past their promised day, called solved and not asked about yet, or by their state.
OVERDUE, TO_REVISIT, DONE, UNSOLVED = "overdue", "revisit", "done", "unsolved"
ITEM_STATES = (OVERDUE, OPEN, TO_REVISIT, DONE, UNSOLVED)


@dataclass(frozen=True)
class DayFilters:
    """Part of an estate's, company's or manager's name, one of ``DAY_STATES``, days, both inside; an outside id."""

    query: str = ""
    state: str = ""
    first: date | None = None
    last: date | None = None
    public_id: str = ""


@dataclass(frozen=True)
class DayLine:
    """A reception day as lists show it."""

    public_id: str
    on_date: date
    starts: time
    ends: time
    place: str
    manager: str
    items: int
    called_off_reason: str
    estate: str
    estate_public_id: str
    company: str
    state: str


def _state() -> ColumnElement[str]:
    today = current_site().today()
    return case(
        (PropertyReception.called_off_at.is_not(None), CALLED_OFF),
        (PropertyReception.on_date > today, PLANNED),
        (PropertyReception.on_date == today, TODAY),
        else_=HELD,
    )


def _days() -> Any:
    query: Any = (
        select(
            PropertyReception.public_id, PropertyReception.on_date, PropertyReception.starts,
            PropertyReception.ends, PropertyReception.place, PropertyReception.manager,
            PropertyReception.items, PropertyReception.called_off_reason, PropertyEstate.name,
            PropertyEstate.public_id, PropertyCompany.name, _state(), func.count().over(),
        )
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyReception.company_id)
    )  # fmt: skip
    return query


def days_page(
    session: Session, area_id: int, filters: DayFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[DayLine], int]:
    """Reception days of an area and below, those to come first, and how many there are in all; one statement."""
    today = current_site().today()
    query = _days().where(PropertyEstate.area_id.in_(subtree(area_id)))
    if filters.query:
        named = (PropertyEstate.name, PropertyCompany.name, PropertyReception.manager)
        query = query.where(or_(*(contains(column, filters.query) for column in named)))
    if filters.state in DAY_STATES:
        query = query.where(_state() == filters.state)
    if filters.public_id:
        query = query.where(PropertyReception.public_id == filters.public_id)
    if filters.first:
        query = query.where(PropertyReception.on_date >= filters.first)
    if filters.last:
        query = query.where(PropertyReception.on_date <= filters.last)
    # Those to come from the next one on, then those held from the last one back.
    to_come = PropertyReception.on_date >= today
    query = query.order_by(
        to_come.desc(),
        case((to_come, PropertyReception.on_date)),
        PropertyReception.on_date.desc(),
        PropertyReception.starts,
        PropertyReception.id,
    )
    rows: Sequence[Any] = session.execute(query.limit(limit).offset(offset)).all()
    return [DayLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def upcoming(session: Session, estate_ids: Collection[int] | Any, *, limit: int = 50) -> list[DayLine]:
    """Days to come of some estates (ids, or a query of them), called-off ones too, the next first; one statement."""
    query = (
        _days()
        .where(
            PropertyReception.estate_id.in_(estate_ids),
            PropertyReception.on_date >= current_site().today(),
        )
        .order_by(PropertyReception.on_date, PropertyReception.starts, PropertyReception.id)
        .limit(limit)
    )
    return [DayLine(*row[:-1]) for row in session.execute(query)]


def reception_below(
    session: Session, area_id: int, public_id: str, *, lock: bool = False
) -> tuple[PropertyReception, PropertyEstate] | None:
    """The reception day with this outside id of an estate in an area or below, with the estate; None for none."""
    query = (
        select(PropertyReception, PropertyEstate)
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .where(PropertyReception.public_id == public_id, PropertyEstate.area_id.in_(subtree(area_id)))
    )
    if lock:
        query = query.with_for_update(of=PropertyReception).execution_options(populate_existing=True)
    found = session.execute(query).first()
    return (found[0], found[1]) if found is not None else None


@dataclass(frozen=True)
class ItemFilters:
    """Part of the text, one of ``ITEM_STATES``, outside ids of a reception and an estate."""

    query: str = ""
    state: str = ""
    reception: str = ""
    estate: str = ""


@dataclass(frozen=True)
class ItemLine:
    """An item as lists show it; ``person`` and ``person_public_id`` None where nobody is named."""

    id: int
    public_id: str
    no: int
    text: str
    promised_on: date
    state: str
    revisit: str
    handled_on: date | None
    revisited_on: date | None
    reception: str
    on_date: date
    estate: str
    estate_public_id: str
    company: str
    person: str | None
    person_public_id: str | None
    overdue: bool

    @property
    def done(self) -> bool:
        """Whether it was found solved when somebody asked again."""
        return self.state == SOLVED and self.revisit == CONFIRMED

    @property
    def asks(self) -> bool:
        """Whether somebody else is to ask the resident."""
        return self.state == SOLVED and self.revisit != CONFIRMED


def overdue_condition(today: date) -> ColumnElement[bool]:
    """The condition that an item is open past its promised day."""
    return and_(PropertyReceptionItem.state == OPEN, PropertyReceptionItem.promised_on < today)


def _which(state: str, today: date) -> ColumnElement[bool] | None:
    item = PropertyReceptionItem
    conditions: dict[str, ColumnElement[bool]] = {
        OVERDUE: overdue_condition(today),
        OPEN: item.state == OPEN,
        TO_REVISIT: and_(item.state == SOLVED, item.revisit != CONFIRMED),
        DONE: and_(item.state == SOLVED, item.revisit == CONFIRMED),
        UNSOLVED: item.state == UNSOLVED,
    }
    return conditions.get(state)


def _items(filters: ItemFilters) -> Any:
    item, today = PropertyReceptionItem, current_site().today()
    kept = select(PersonAlias.kept_id).where(PersonAlias.merged_id == item.person_id).scalar_subquery()
    query: Any = (
        select(
            item.id, item.public_id, item.no, item.text, item.promised_on, item.state, item.revisit,
            item.handled_on, item.revisited_on, PropertyReception.public_id, PropertyReception.on_date,
            PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name, Person.name,
            Person.public_id, overdue_condition(today), func.count().over(),
        )
        .join(PropertyReception, PropertyReception.id == item.reception_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyReception.company_id)
        .outerjoin(Person, Person.id == func.coalesce(kept, item.person_id))
    )  # fmt: skip
    if filters.query:
        query = query.where(contains(item.text, filters.query))
    condition = _which(filters.state, today)
    if condition is not None:
        query = query.where(condition)
    if filters.reception:
        query = query.where(PropertyReception.public_id == filters.reception)
    if filters.estate:
        query = query.where(PropertyEstate.public_id == filters.estate)
    return query


def _lines(session: Session, query: Any, limit: int | None, offset: int) -> tuple[list[ItemLine], int]:
    rows: Sequence[Any] = session.execute(query.limit(limit).offset(offset)).all()
    return [ItemLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def items_page(
    session: Session, area_id: int, filters: ItemFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[ItemLine], int]:
    """Items of an area and below, the earliest promise first, and how many there are in all; one statement."""
    query = _items(filters).where(PropertyEstate.area_id.in_(subtree(area_id)))
    query = query.order_by(PropertyReceptionItem.promised_on, PropertyReceptionItem.id)
    return _lines(session, query, limit, offset)


def items_of_companies(
    session: Session, company_ids: Collection[int], filters: ItemFilters, *, limit: int = 50, offset: int = 0
) -> tuple[list[ItemLine], int]:
    """Items of companies' own receptions, the earliest promise first; one statement. Names are not for them."""
    query = _items(filters).where(PropertyReception.company_id.in_(company_ids))
    query = query.order_by(
        PropertyReceptionItem.state != OPEN, PropertyReceptionItem.promised_on, PropertyReceptionItem.id
    )
    return _lines(session, query, limit, offset)


Found = tuple[PropertyReceptionItem, PropertyReception, PropertyEstate]


def _item(public_id: str, lock: bool) -> Any:
    query: Any = (
        select(PropertyReceptionItem, PropertyReception, PropertyEstate)
        .join(PropertyReception, PropertyReception.id == PropertyReceptionItem.reception_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .where(PropertyReceptionItem.public_id == public_id)
    )
    if lock:
        query = query.with_for_update(of=PropertyReceptionItem).execution_options(populate_existing=True)
    return query


def item_below(session: Session, area_id: int, public_id: str, *, lock: bool = False) -> Found | None:
    """The item with this outside id of an estate in an area or below, with day and estate; None for none."""
    query = _item(public_id, lock).where(PropertyEstate.area_id.in_(subtree(area_id)))
    found = session.execute(query).first()
    return (found[0], found[1], found[2]) if found is not None else None


def item_of_companies(
    session: Session, company_ids: Collection[int], public_id: str, *, lock: bool = False
) -> Found | None:
    """The item with this outside id of one of these companies' receptions; None for none."""
    query = _item(public_id, lock).where(PropertyReception.company_id.in_(company_ids))
    found = session.execute(query).first()
    return (found[0], found[1], found[2]) if found is not None else None


def steps_of(session: Session, item_ids: Collection[int]) -> dict[int, list[PropertyReceptionStep]]:
    """Steps by item, the first first; one statement."""
    found: dict[int, list[PropertyReceptionStep]] = {}
    query = select(PropertyReceptionStep).where(PropertyReceptionStep.item_id.in_(item_ids))
    for step in session.scalars(query.order_by(PropertyReceptionStep.id)):
        found.setdefault(step.item_id, []).append(step)
    return found


def counting(area_id: int, state: str) -> Select[int]:
    """A query that counts the items of an area and below in one of ``ITEM_STATES``."""
    condition = _which(state, current_site().today())
    assert condition is not None
    return (
        select(func.count())
        .select_from(PropertyReceptionItem)
        .join(PropertyReception, PropertyReception.id == PropertyReceptionItem.reception_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .where(PropertyEstate.area_id.in_(subtree(area_id)), condition)
    )
