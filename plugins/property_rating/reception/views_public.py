"""What strangers read: the reception days to come, and how much was solved; no name of anybody but the manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from sqlalchemy import select

from pointsys.plugin import (
    current_area,
    current_site,
    public,
    public_here,
    read_scope,
    show_unlisted,
    subtree,
)

from ..registry.models import PropertyEstate
from . import queries, rates

blueprint = Blueprint("property_reception_public", __name__, template_folder="../templates")

MOST = 100
YEAR = timedelta(days=365)


def estates_of(area_id: int) -> Any:
    """A query of the ids of an area's estates and those below, for ``queries.upcoming``."""
    return select(PropertyEstate.id).where(PropertyEstate.area_id.in_(subtree(area_id)))


@blueprint.get("/public/<code>/property/receptions")
@public
def index(code: str) -> Any:
    """Days to come of the area's estates, and what was solved within the last twelve months."""
    area, today = current_area(), current_site().today()
    with read_scope() as session:
        public_here(session)
        return show_unlisted(
            "property/reception_public.html",
            area=area,
            rows=queries.upcoming(session, estates_of(area.id), limit=MOST),
            rates=rates.rates_below(session, area.id, today - YEAR, today, today),
        )
