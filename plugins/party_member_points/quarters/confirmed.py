"""What other parts ask of confirmed sheets: up to which day an area's points are settled."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import ancestors

from .models import CONFIRMED, PointsSheet


def confirmed_until(session: Session, area_id: int, branch: str = "") -> date | None:
    """The last day that a confirmed sheet over ``area_id`` covers, that of ``branch`` alone included; None without one.

    Something that happened by then enters the log as an adjusting entry and needs a reason. One statement.
    """
    query = select(func.max(PointsSheet.cut)).where(
        PointsSheet.area_id.in_(ancestors(area_id)),
        PointsSheet.state == CONFIRMED,
        PointsSheet.branch.in_(("", branch)),
    )
    found: date | None = session.scalar(query)
    return found
