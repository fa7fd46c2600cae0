"""What standing adds to pages of the core: measures that are overdue or wait for somebody to look at them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import func, select

from pointsys.plugin import Area, Card, Counts, current_site, subtree

from .models import OPEN, REPORTED, PropertyMeasure


def dashboard_counts(area: Area) -> Counts:
    """Overdue measures of the area, and those reported done."""
    inside = PropertyMeasure.area_id.in_(subtree(area.id))
    counted = select(func.count()).select_from(PropertyMeasure).where(inside)
    return (
        counted.where(
            PropertyMeasure.state == OPEN, PropertyMeasure.due_on < current_site().today()
        ).scalar_subquery(),
        counted.where(PropertyMeasure.state == REPORTED).scalar_subquery(),
    )


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """One card each, where there are any."""
    overdue, reported = counts
    titles = (
        (overdue, "overdue", gettext("Overdue measures of property companies")),
        (reported, REPORTED, gettext("Measures to be looked at")),
    )
    return [
        Card(title=title, value=str(count), endpoint="property_measures.index", values={"state": state},
             permission="property.standing")
        for count, state, title in titles
        if count
    ]  # fmt: skip
