"""Estates and companies of an address, as the pages and programs of an area reach them; 404 for all others."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import current_area, missing

from .models import PropertyCompany, PropertyEstate
from .queries import company_known, estate_below


def estate_of(session: Session, public_id: str, *, lock: bool = False) -> PropertyEstate:
    """The estate of this address, if it lies in the page's area or below."""
    return estate_below(session, current_area().id, public_id, lock=lock) or missing()


def company_of(session: Session, public_id: str) -> PropertyCompany:
    """The company of this address, if it is known in the page's area."""
    return company_known(session, current_area().id, public_id) or missing()
