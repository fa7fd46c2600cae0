"""Lists of the registry as pages, files and programs show them; the number of statements does not grow with rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, current_site, subtree

from .models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
    PropertyManager,
)
from .queries import known_in, lasts

# How long before its last day a contract is called ending.
ENDING = timedelta(days=90)
OPEN, ENDS_SOON, WITHOUT, CLOSED = "open", "ending", "without", "closed"
ESTATE_STATES = (OPEN, ENDS_SOON, WITHOUT, CLOSED)
COMPANY_STATES = (OPEN, CLOSED)
LISTED, SOLD, UNSOLD, GONE = "listed", "sold", "unsold", "gone"
DWELLING_STATES = (LISTED, SOLD, UNSOLD, GONE)


def _like(text: str) -> str:
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """The condition that a column contains a text, whose own signs mean nothing."""
    found: ColumnElement[bool] = column.like(_like(text), escape="\\")
    return found


@dataclass(frozen=True)
class EstateFilters:
    """Part of a name or place; a kind; outside id of the company; one of ``ESTATE_STATES``."""

    query: str = ""
    kind: str = ""
    company: str = ""
    state: str = ""


@dataclass(frozen=True)
class EstateLine:
    """An estate with who manages it today; ``households`` as reported, ``dwellings`` those that have a say."""

    id: int
    public_id: str
    name: str
    kind: str
    place: str
    households: int | None
    closed_on: date | None
    area: str
    company_public_id: str | None
    company: str | None
    contract_to: date | None
    dwellings: int
    unsold: int
    manager: str | None


def _dwellings(*conditions: ColumnElement[bool]) -> Any:
    return (
        select(func.count())
        .select_from(PropertyDwelling)
        .where(
            PropertyDwelling.estate_id == PropertyEstate.id, PropertyDwelling.closed_on.is_(None), *conditions
        )
        .correlate(PropertyEstate)
        .scalar_subquery()
    )


def _estates(filters: EstateFilters, today: date) -> Any:
    manager = (
        select(PropertyManager.name)
        .where(
            PropertyManager.estate_id == PropertyEstate.id,
            lasts(PropertyManager.from_on, PropertyManager.to_on, today),
        )
        .order_by(PropertyManager.from_on.desc(), PropertyManager.id.desc())
        .limit(1)
        .correlate(PropertyEstate)
        .scalar_subquery()
    )
    query: Any = (
        select(
            PropertyEstate.id, PropertyEstate.public_id, PropertyEstate.name, PropertyEstate.kind,
            PropertyEstate.place, PropertyEstate.households, PropertyEstate.closed_on, Area.name,
            PropertyCompany.public_id, PropertyCompany.name, PropertyContract.to_on,
            _dwellings(PropertyDwelling.unsold.is_(False)), _dwellings(PropertyDwelling.unsold.is_(True)),
            manager, func.count().over(),
        )
        .select_from(PropertyEstate)
        .join(Area, Area.id == PropertyEstate.area_id)
        .outerjoin(
            PropertyContract,
            and_(
                PropertyContract.estate_id == PropertyEstate.id,
                lasts(PropertyContract.from_on, PropertyContract.to_on, today),
            ),
        )
        .outerjoin(PropertyCompany, PropertyCompany.id == PropertyContract.company_id)
        .order_by(Area.code, PropertyEstate.name, PropertyEstate.id)
    )  # fmt: skip
    if filters.query:
        query = query.where(
            or_(contains(PropertyEstate.name, filters.query), contains(PropertyEstate.place, filters.query))
        )
    if filters.kind:
        query = query.where(PropertyEstate.kind == filters.kind)
    if filters.company:
        query = query.where(PropertyCompany.public_id == filters.company)
    if filters.state == CLOSED:
        return query.where(PropertyEstate.closed_on.is_not(None))
    query = query.where(PropertyEstate.closed_on.is_(None))
    if filters.state == ENDS_SOON:
        query = query.where(PropertyContract.to_on <= today + ENDING)
    elif filters.state == WITHOUT:
        query = query.where(PropertyContract.id.is_(None))
    return query


def estates_page(
    session: Session, area_id: int, filters: EstateFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[EstateLine], int]:
    """Estates of an area and below, and how many there are in all; one statement."""
    query = _estates(filters, current_site().today()).where(PropertyEstate.area_id.in_(subtree(area_id)))
    rows: Sequence[Any] = session.execute(query.limit(limit).offset(offset)).all()
    return [EstateLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def estate_line(session: Session, estate: PropertyEstate) -> EstateLine:
    """One estate as lists show it; one statement."""
    state = CLOSED if estate.closed_on is not None else ""
    query = _estates(EstateFilters(state=state), current_site().today())
    row = session.execute(query.where(PropertyEstate.id == estate.id)).one()
    return EstateLine(*row[:-1])


@dataclass(frozen=True)
class CompanyFilters:
    """Part of a name or code; one of ``COMPANY_STATES``."""

    query: str = ""
    state: str = ""


@dataclass(frozen=True)
class CompanyLine:
    """A company with the number of estates of the page's area and below that it manages today."""

    public_id: str
    uscc: str
    name: str
    phone: str
    closed_on: date | None
    area: str
    estates: int


def companies_page(
    session: Session, area_id: int, filters: CompanyFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[CompanyLine], int]:
    """Companies known in an area, by name, and how many there are in all; one statement."""
    today = current_site().today()
    managed = (
        select(func.count())
        .select_from(PropertyContract)
        .join(PropertyEstate, PropertyEstate.id == PropertyContract.estate_id)
        .where(
            PropertyContract.company_id == PropertyCompany.id,
            lasts(PropertyContract.from_on, PropertyContract.to_on, today),
            PropertyEstate.area_id.in_(subtree(area_id)),
        )
        .correlate(PropertyCompany)
        .scalar_subquery()
    )
    query = (
        select(
            PropertyCompany.public_id, PropertyCompany.uscc, PropertyCompany.name, PropertyCompany.phone,
            PropertyCompany.closed_on, Area.name, managed, func.count().over(),
        )
        .join(Area, Area.id == PropertyCompany.area_id)
        .where(known_in(area_id))
        .order_by(PropertyCompany.name, PropertyCompany.id)
    )  # fmt: skip
    if filters.query:
        wanted = filters.query
        query = query.where(
            or_(contains(PropertyCompany.name, wanted), contains(PropertyCompany.uscc, wanted.upper()))
        )
    closed = filters.state == CLOSED
    query = query.where(
        PropertyCompany.closed_on.is_not(None) if closed else PropertyCompany.closed_on.is_(None)
    )
    rows: Sequence[Any] = session.execute(query.limit(limit).offset(offset)).all()
    return [CompanyLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


@dataclass(frozen=True)
class ContractLine:
    """A contract with both sides; ``runs`` on the day of asking."""

    public_id: str
    estate_public_id: str
    estate: str
    area: str
    company_public_id: str
    company: str
    from_on: date
    to_on: date | None
    document_no: str
    runs: bool


def _contracts(today: date) -> Any:
    query: Any = (
        select(
            PropertyContract.public_id, PropertyEstate.public_id, PropertyEstate.name, Area.name,
            PropertyCompany.public_id, PropertyCompany.name, PropertyContract.from_on,
            PropertyContract.to_on, PropertyContract.document_no,
            lasts(PropertyContract.from_on, PropertyContract.to_on, today),
        )
        .join(PropertyEstate, PropertyEstate.id == PropertyContract.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyContract.company_id)
        .join(Area, Area.id == PropertyEstate.area_id)
        .order_by(PropertyContract.from_on.desc(), PropertyContract.id.desc())
        .limit(500)
    )  # fmt: skip
    return query


def contracts_of_estate(session: Session, estate_id: int) -> list[ContractLine]:
    """An estate's contracts, the latest first; one statement."""
    query = _contracts(current_site().today()).where(PropertyContract.estate_id == estate_id)
    return [ContractLine(*row) for row in session.execute(query)]


def contracts_of_company(session: Session, company_id: int, area_id: int) -> list[ContractLine]:
    """A company's contracts for estates of an area and below, the latest first; one statement."""
    query = _contracts(current_site().today()).where(
        PropertyContract.company_id == company_id, PropertyEstate.area_id.in_(subtree(area_id))
    )
    return [ContractLine(*row) for row in session.execute(query)]


def managers_of_estate(session: Session, estate_id: int) -> list[PropertyManager]:
    """Who managed an estate, the latest first; one statement."""
    query = select(PropertyManager).where(PropertyManager.estate_id == estate_id)
    return list(
        session.scalars(query.order_by(PropertyManager.from_on.desc(), PropertyManager.id.desc()).limit(200))
    )


@dataclass(frozen=True)
class DwellingFilters:
    """Part of a number, a building's name, one of ``DWELLING_STATES``."""

    query: str = ""
    building: str = ""
    state: str = ""


@dataclass(frozen=True)
class DwellingLine:
    """A dwelling with its building."""

    public_id: str
    building: str
    number: str
    unsold: bool
    closed_on: date | None


def dwellings_page(
    session: Session, estate_id: int, filters: DwellingFilters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[DwellingLine], int]:
    """Dwellings of an estate by building and number, and how many there are in all; one statement."""
    query = (
        select(
            PropertyDwelling.public_id, PropertyBuilding.name, PropertyDwelling.number,
            PropertyDwelling.unsold, PropertyDwelling.closed_on, func.count().over(),
        )
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .where(PropertyDwelling.estate_id == estate_id)
        .order_by(
            func.length(PropertyBuilding.name), PropertyBuilding.name,
            func.length(PropertyDwelling.number), PropertyDwelling.number,
        )
    )  # fmt: skip
    if filters.query:
        query = query.where(contains(PropertyDwelling.number, filters.query))
    if filters.building:
        query = query.where(PropertyBuilding.name == filters.building)
    gone = filters.state == GONE
    query = query.where(
        PropertyDwelling.closed_on.is_not(None) if gone else PropertyDwelling.closed_on.is_(None)
    )
    if filters.state in (SOLD, UNSOLD):
        query = query.where(PropertyDwelling.unsold.is_(filters.state == UNSOLD))
    rows: Sequence[Any] = session.execute(query.limit(limit).offset(offset)).all()
    return [DwellingLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def buildings_of(session: Session, estate_id: int) -> list[tuple[str, int]]:
    """Buildings of an estate with the number of dwellings listed in each, as people count them; one statement."""
    query = (
        select(PropertyBuilding.name, func.count(PropertyDwelling.id))
        .outerjoin(
            PropertyDwelling,
            and_(PropertyDwelling.building_id == PropertyBuilding.id, PropertyDwelling.closed_on.is_(None)),
        )
        .where(PropertyBuilding.estate_id == estate_id)
        .group_by(PropertyBuilding.id, PropertyBuilding.name)
        .order_by(func.length(PropertyBuilding.name), PropertyBuilding.name)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
