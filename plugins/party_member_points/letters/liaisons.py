"""Which units an account stands for, and where.

A link counts while its days last and while the account holds the role of a liaison over the place of the link; both
can be taken away alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, current_site, visible_areas

from ..models import PointsHomeUnit
from .models import PointsLiaison

PERMISSION = "points.unit"


@dataclass(frozen=True)
class LiaisonUnit:
    """A unit that somebody stands for, as far as the people of ``area_id`` and below go."""

    unit_id: int
    name: str
    area_id: int


def units_of(session: Session, actor: Actor) -> list[LiaisonUnit]:
    """The units for which the actor stands today, by name; nothing for anybody else. One statement."""
    if actor.account_id is None:
        return []
    query = (
        select(PointsHomeUnit.id, PointsHomeUnit.name, PointsLiaison.area_id)
        .join(PointsLiaison, PointsLiaison.unit_id == PointsHomeUnit.id)
        .where(
            PointsLiaison.account_id == actor.account_id,
            PointsLiaison.area_id.in_(visible_areas(actor, PERMISSION)),
            *_today(),
        )
        .order_by(PointsHomeUnit.name, PointsLiaison.area_id)
        .distinct()
    )
    return [LiaisonUnit(*row) for row in session.execute(query)]


def _today() -> tuple[ColumnElement[bool], ...]:
    today = current_site().today()
    return PointsLiaison.from_on <= today, or_(PointsLiaison.to_on.is_(None), PointsLiaison.to_on >= today)
