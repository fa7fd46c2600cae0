"""An item in the credit file of a place's company, and a measure that is asked of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.plugins.property_rating.registry.models import PropertyCompany
from pointsys.plugins.property_rating.standing import items, measures
from pointsys.plugins.property_rating.standing.models import RECTIFY


def things(session: Session, area: Area, made: dict[str, str], words: str, actor: Actor) -> dict[str, str]:
    """``made`` has the place's company; ``words`` are what item and measure are for."""
    company = session.scalars(
        select(PropertyCompany).where(PropertyCompany.public_id == made["company"])
    ).one()
    item = items.add(session, area, company, None, items.Entry(words, "2", date(2026, 1, 1)), actor)
    today = current_site().today()
    measure = measures.ask(session, area, company, None, RECTIFY, words, today, actor)
    return {"credit_item": item.public_id, "measure": measure.public_id}
