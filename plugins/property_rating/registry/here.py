"""Estates and companies of an address, as the pages and programs of an area reach them; 404 for all others."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import current_actor, current_area, current_site, missing, visible_areas

from .models import PropertyCompany, PropertyEstate
from .queries import ACTS_FOR, companies_of_actor, company_known, estate_below


def estate_of(session: Session, public_id: str, *, lock: bool = False) -> PropertyEstate:
    """The estate of this address, if it lies in the page's area or below."""
    return estate_below(session, current_area().id, public_id, lock=lock) or missing()


def own_companies(session: Session) -> list[int]:
    """The companies that the reader acts for: none for a liaison whose account is not linked, 404 for anybody else."""
    actor = current_actor()
    found = companies_of_actor(session, actor, current_site().today())
    if not found and session.scalar(visible_areas(actor, ACTS_FOR).limit(1)) is None:
        missing()
    return found


def company_of(session: Session, public_id: str) -> PropertyCompany:
    """The company of this address, if it is known in the page's area."""
    return company_known(session, current_area().id, public_id) or missing()
