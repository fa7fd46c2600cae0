"""The contract of a place's estate, its manager, an account of its company, a sheet, and a reception with an item."""

from __future__ import annotations

from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.property_rating.reception import services as receptions
from pointsys.plugins.property_rating.registry import importing, managers, sheets
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyCompanyAccount,
    PropertyContract,
    PropertyEstate,
)


def things(
    session: Session, area: Area, person: Person, made: dict[str, str], words: str, actor: Actor, account: int
) -> dict[str, str]:
    """``made`` has the place's estate with a contract, and its company; ``words`` are what the person brought."""
    today = current_site().today()
    estate = session.scalars(select(PropertyEstate).where(PropertyEstate.public_id == made["estate"])).one()
    company = session.scalars(
        select(PropertyCompany).where(PropertyCompany.public_id == made["company"])
    ).one()
    contract = session.scalars(select(PropertyContract).where(PropertyContract.estate_id == estate.id)).one()
    manager = managers.name_manager(session, estate, words, date(2026, 1, 1), actor)
    # Over since long: it opens nothing.
    link = PropertyCompanyAccount(
        account_id=account, company_id=company.id, from_on=date(2024, 1, 1), to_on=date(2024, 1, 2),
        linked_at=current_site().now(), linked_by=actor.label,
    )  # fmt: skip
    session.add(link)
    sheet = importing.take(
        session, area, "", sheets.Sheet([sheets.Row(2, area.code, words)], (), (), ()), actor
    )
    day = receptions.ReceptionData(today, time(9), time(11), "门卫室", words)
    reception = receptions.publish(session, estate, day, actor)
    item = receptions.log_item(session, estate, reception, words, today + timedelta(days=3), person, actor)
    return {
        "contract": contract.public_id,
        "manager": manager.public_id,
        "account_link": link.public_id,
        "registry_sheet": sheet.public_id,
        "reception": reception.public_id,
        "reception_matter": item.public_id,
    }
