"""How many claims there are of what kind: for cards and lists."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import PersonAlias, subtree

from .models import SUBMITTED, VERIFIED, PointsClaim


def claims_waiting(area_id: int) -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """How many claims of an area and below wait to be verified, and to be confirmed, as parts of a statement."""

    def of(state: str) -> ScalarSelect[int]:
        query = select(func.count()).where(
            PointsClaim.area_id.in_(subtree(area_id)), PointsClaim.state == state
        )
        return query.scalar_subquery()

    return of(SUBMITTED), of(VERIFIED)


def waiting_counts(session: Session, area_id: int) -> tuple[int, int]:
    """The same two numbers; one statement."""
    row = session.execute(select(*claims_waiting(area_id))).one()
    return int(row[0]), int(row[1])


def open_own(session: Session, person_id: int) -> dict[str, int]:
    """How many claims of a human being (a kept id) are in each state; one statement."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person_id)
    rows = session.execute(
        select(PointsClaim.state, func.count())
        .where(or_(PointsClaim.person_id == person_id, PointsClaim.person_id.in_(merged)))
        .group_by(PointsClaim.state)
    )
    return {str(row[0]): int(row[1]) for row in rows}
