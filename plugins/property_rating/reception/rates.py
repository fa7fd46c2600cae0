"""How much of what people brought to receptions was solved, as somebody else found when asking again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks, subtree

from ..registry.models import PropertyCompany, PropertyEstate
from .models import CONFIRMED, OPEN, SOLVED, PropertyReception, PropertyReceptionItem

_CONFIRMED = func.coalesce(
    func.sum(
        case(
            (and_(PropertyReceptionItem.state == SOLVED, PropertyReceptionItem.revisit == CONFIRMED), 1),
            else_=0,
        )
    ),
    0,
)


def solved(
    session: Session, company_ids: Collection[int], first: date, last: date
) -> dict[tuple[int, int], tuple[int, int]]:
    """(company, estate) -> (items, those found solved when asked again) of receptions held from ``first`` to ``last``.

    Both days inside; pairs without items are absent. The company is the one of the reception day.
    """
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for part in chunks(set(company_ids)):
        query = (
            select(
                PropertyReception.company_id, PropertyReception.estate_id,
                func.count(PropertyReceptionItem.id), _CONFIRMED,
            )
            .join(PropertyReceptionItem, PropertyReceptionItem.reception_id == PropertyReception.id)
            .where(
                PropertyReception.company_id.in_(part),
                PropertyReception.on_date >= first,
                PropertyReception.on_date <= last,
            )
            .group_by(PropertyReception.company_id, PropertyReception.estate_id)
        )  # fmt: skip
        for company, estate, items, confirmed in session.execute(query):
            found[company, estate] = (int(items), int(confirmed))
    return found


@dataclass(frozen=True)
class RateLine:
    """An estate with its company: receptions held, items, found solved, still open past the promised day."""

    estate: str
    estate_public_id: str
    company: str
    company_public_id: str
    receptions: int
    items: int
    solved: int
    overdue: int

    @property
    def percent(self) -> int | None:
        """Share of the items found solved, in whole percent cut off; None without items."""
        return 100 * self.solved // self.items if self.items else None


def rates_below(session: Session, area_id: int, first: date, last: date, today: date) -> list[RateLine]:
    """Estates of an area and below with receptions from ``first`` to ``last``, the lowest rate first; one statement."""
    late = case(
        (and_(PropertyReceptionItem.state == OPEN, PropertyReceptionItem.promised_on < today), 1), else_=0
    )
    query = (
        select(
            PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name, PropertyCompany.public_id,
            func.count(PropertyReception.id.distinct()), func.count(PropertyReceptionItem.id), _CONFIRMED,
            func.coalesce(func.sum(late), 0),
        )
        .select_from(PropertyReception)
        .join(PropertyEstate, PropertyEstate.id == PropertyReception.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyReception.company_id)
        .outerjoin(PropertyReceptionItem, PropertyReceptionItem.reception_id == PropertyReception.id)
        .where(
            PropertyEstate.area_id.in_(subtree(area_id)),
            PropertyReception.on_date >= first,
            PropertyReception.on_date <= last,
            PropertyReception.called_off_at.is_(None),
        )
        .group_by(
            PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name, PropertyCompany.public_id
        )
    )  # fmt: skip
    rows = [RateLine(*row[:4], *(int(number) for number in row[4:])) for row in session.execute(query)]
    return sorted(
        rows, key=lambda row: (row.percent is None, row.percent or 0, -row.items, row.estate, row.company)
    )
