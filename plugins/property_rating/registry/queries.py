"""What other parts ask of the registry: who manages what on a day, how many dwellings count, whose account acts.

All take and give row ids; none of them depends on a page's area except where it says so. Days are local dates, and
both ends of a contract, a manager's time and a link are inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pointsys.plugin import Actor, AreaClosure, ancestors, chunks, current_site, subtree, visible_areas

from .models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyCompanyAccount,
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
    PropertyManager,
)

ACTS_FOR = "property.company"


def lasts(
    from_on: InstrumentedAttribute[date], to_on: InstrumentedAttribute[date | None], day: date
) -> ColumnElement[bool]:
    """The condition that a row with a first and a last day (None: still) holds on ``day``."""
    return and_(from_on <= day, or_(to_on.is_(None), to_on >= day))


def estates_below(session: Session, area_id: int, *, closed: bool = False) -> list[PropertyEstate]:
    """Estates of an area and below by name, closed ones only when asked for. One statement."""
    query = select(PropertyEstate).where(PropertyEstate.area_id.in_(subtree(area_id)))
    if not closed:
        query = query.where(PropertyEstate.closed_on.is_(None))
    return list(session.scalars(query.order_by(PropertyEstate.name, PropertyEstate.id)))


def estate_below(
    session: Session, area_id: int, public_id: str, *, lock: bool = False
) -> PropertyEstate | None:
    """The estate with this outside id in an area or below it; None where there is none."""
    query = select(PropertyEstate).where(
        PropertyEstate.public_id == public_id, PropertyEstate.area_id.in_(subtree(area_id))
    )
    return session.scalar(query.with_for_update() if lock else query)


def known_in(area_id: int) -> ColumnElement[bool]:
    """The condition that a company is known in an area: kept in it, above it or below it."""
    return or_(PropertyCompany.area_id.in_(ancestors(area_id)), PropertyCompany.area_id.in_(subtree(area_id)))


def companies_known(session: Session, area_id: int, *, closed: bool = False) -> list[PropertyCompany]:
    """Companies known in an area by name, closed ones only when asked for. One statement."""
    query = select(PropertyCompany).where(known_in(area_id))
    if not closed:
        query = query.where(PropertyCompany.closed_on.is_(None))
    return list(session.scalars(query.order_by(PropertyCompany.name, PropertyCompany.id)))


def company_known(
    session: Session, area_id: int, public_id: str, *, lock: bool = False
) -> PropertyCompany | None:
    """The company with this outside id that is known in an area; None where there is none."""
    query = select(PropertyCompany).where(PropertyCompany.public_id == public_id, known_in(area_id))
    return session.scalar(query.with_for_update() if lock else query)


def company_on(session: Session, estate_ids: Collection[int], day: date) -> dict[int, int]:
    """Estate -> the company that manages it on ``day``; estates without a contract on that day are absent."""
    found: dict[int, int] = {}
    for part in chunks(set(estate_ids)):
        query = select(PropertyContract.estate_id, PropertyContract.company_id).where(
            PropertyContract.estate_id.in_(part),
            lasts(PropertyContract.from_on, PropertyContract.to_on, day),
        )
        found.update((estate, company) for estate, company in session.execute(query))
    return found


def estates_of_company(session: Session, company_ids: Collection[int], day: date) -> dict[int, list[int]]:
    """Company -> the estates that it manages on ``day``, by id; companies without any are absent."""
    found: dict[int, list[int]] = {}
    for part in chunks(set(company_ids)):
        query = select(PropertyContract.company_id, PropertyContract.estate_id).where(
            PropertyContract.company_id.in_(part),
            lasts(PropertyContract.from_on, PropertyContract.to_on, day),
        )
        for company, estate in session.execute(query.order_by(PropertyContract.estate_id)):
            found.setdefault(company, []).append(estate)
    return found


def voting_dwellings(estate_ids: Iterable[int]) -> Select[int, int]:
    """Dwelling and estate ids of the dwellings that have a say: neither unsold nor closed."""
    return select(PropertyDwelling.id, PropertyDwelling.estate_id).where(
        PropertyDwelling.estate_id.in_(estate_ids),
        PropertyDwelling.unsold.is_(False),
        PropertyDwelling.closed_on.is_(None),
    )


def dwelling_labels(session: Session, dwelling_ids: Collection[int]) -> dict[int, str]:
    """Dwelling -> "building number" as people say it, without the estate."""
    found: dict[int, str] = {}
    for part in chunks(set(dwelling_ids)):
        query = (
            select(PropertyDwelling.id, PropertyBuilding.name, PropertyDwelling.number)
            .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
            .where(PropertyDwelling.id.in_(part))
        )
        found.update((row[0], f"{row[1]} {row[2]}") for row in session.execute(query))
    return found


def managers_on(session: Session, estate_ids: Collection[int], day: date) -> dict[int, list[PropertyManager]]:
    """Estate -> who manages it for its company on ``day``, by first day; estates without anybody are absent."""
    found: dict[int, list[PropertyManager]] = {}
    for part in chunks(set(estate_ids)):
        query = select(PropertyManager).where(
            PropertyManager.estate_id.in_(part), lasts(PropertyManager.from_on, PropertyManager.to_on, day)
        )
        for manager in session.scalars(query.order_by(PropertyManager.from_on, PropertyManager.id)):
            found.setdefault(manager.estate_id, []).append(manager)
    return found


def acts_for_company(session: Session, actor: Actor) -> bool:
    """Whether the actor's account acts for any company today; one statement."""
    return bool(companies_of_actor(session, actor, current_site().today()))


def companies_of_actor(session: Session, actor: Actor, day: date) -> list[int]:
    """Companies that the actor's account acts for on ``day``, by id; one statement.

    A link counts while its days last and while the account holds a role that acts for companies over the company's
    area, above it or below it; both can be taken away alone.
    """
    seen = (
        select(AreaClosure.ancestor_id).where(AreaClosure.descendant_id.in_(visible_areas(actor, ACTS_FOR)))
    )  # fmt: skip
    query = (
        select(PropertyCompanyAccount.company_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyCompanyAccount.company_id)
        .where(
            PropertyCompanyAccount.account_id == (actor.account_id or 0),
            lasts(PropertyCompanyAccount.from_on, PropertyCompanyAccount.to_on, day),
            PropertyCompany.area_id.in_(seen),
        )
        .distinct()
        .order_by(PropertyCompanyAccount.company_id)
    )
    return list(session.scalars(query))


def accounts_of_company(session: Session, company_id: int, day: date) -> set[int]:
    """Accounts that are linked to a company on ``day``, whatever roles they hold."""
    query = select(PropertyCompanyAccount.account_id).where(
        PropertyCompanyAccount.company_id == company_id,
        lasts(PropertyCompanyAccount.from_on, PropertyCompanyAccount.to_on, day),
    )
    return set(session.scalars(query))
