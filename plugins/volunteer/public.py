"""The plugin's block of an area's public page: this year's hours of the area, and the first of those who agreed.

Sums of fewer than five people are not shown, and no grid names anybody. Names are masked, and the list is made of
nobody but people who agreed to stand on rankings, so that taking it back works at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    Person,
    PublicBlock,
    current_site,
    mask_name,
    public_settings,
    ranking_people,
    subtree,
)

from . import queries
from .hours import periods_of
from .models import VolunteerBalance
from .reports.models import VolunteerUnranked

FEWEST = 5


@dataclass(frozen=True)
class PublicLine:
    """One line that strangers read: ``rank`` is that among those who agreed, ``name`` is masked."""

    rank: int
    name: str
    minutes: int


def first_who_agreed(session: Session, area_id: int, period: str, limit: int) -> list[PublicLine]:
    """The people below ``area_id`` who agreed to stand on rankings, by minutes, most first; one statement."""
    balance, minutes = VolunteerBalance, func.sum(VolunteerBalance.minutes)
    totals = (
        select(
            balance.person_id,
            minutes.label("minutes"),
            func.rank().over(order_by=minutes.desc()).label("rank"),
        )
        .where(
            balance.person_id.in_(ranking_people()),
            balance.person_id.not_in(select(VolunteerUnranked.person_id)),
            balance.area_id.in_(subtree(area_id)),
            balance.period == period,
        )
        .group_by(balance.person_id)
        .having(minutes > 0)
        .subquery("totals")
    )
    rows = session.execute(
        select(totals.c.rank, Person.name, totals.c.minutes)
        .join(Person, Person.id == totals.c.person_id)
        .order_by(totals.c.minutes.desc(), Person.sort_key, Person.id)
        .limit(limit)
    )
    return [PublicLine(int(rank), mask_name(name), int(total)) for rank, name, total in rows]


def blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The block, or nothing where there is nothing that may be told."""
    settings = public_settings(session, area.id)
    today = current_site().today()
    year = periods_of(today)[1]
    total = queries.area_total(session, area.id, year)
    # A first character and a handful of houses would name somebody all the same.
    ranking = settings.ranking and area.level != "grid"
    lines = first_who_agreed(session, area.id, year, settings.top) if ranking else []
    if total.people < FEWEST and not lines:
        return ()
    context = {
        "total": total if total.people >= FEWEST else None,
        "lines": lines,
        "ranking": ranking,
        "year": year,
        "today": today,
    }
    return (PublicBlock(gettext("Volunteer hours of %(year)s", year=year), "volunteer/public.html", context),)
