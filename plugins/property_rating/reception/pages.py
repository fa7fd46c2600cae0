"""What receptions add to pages of the core: what is overdue, what is to be asked again, and the next days."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card, Counts, PublicBlock

from . import queries
from .views_public import estates_of

ON_FRONT = 5


def dashboard_counts(area: Area) -> Counts:
    """Items past their promised day, and those that somebody else is to ask about."""
    return (
        queries.counting(area.id, queries.OVERDUE).scalar_subquery(),
        queries.counting(area.id, queries.TO_REVISIT).scalar_subquery(),
    )


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """Cards of what waits; none where nothing does."""
    overdue, to_ask = counts
    cards = []
    if overdue:
        cards.append(
            Card(
                title=gettext("Promises of property managers"),
                value=str(overdue),
                note=gettext("past the promised day"),
                endpoint="property_reception.items",
                values={"state": queries.OVERDUE},
                permission="property.view",
            )
        )
    if to_ask:
        cards.append(
            Card(
                title=gettext("Residents to be asked again"),
                value=str(to_ask),
                note=gettext("the company says it is solved"),
                endpoint="property_reception.items",
                values={"state": queries.TO_REVISIT},
                permission="property.reception",
            )
        )
    return cards


def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The next reception days; nothing where none is published."""
    rows = queries.upcoming(session, estates_of(area.id), limit=ON_FRONT)
    if not rows:
        return ()
    context = {"area": area, "rows": rows}
    return (
        PublicBlock(gettext("Reception days of property managers"), "property/reception_block.html", context),
    )
