"""What results hold of one person: the copy that they take away, and the words that go when they are erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import CONFIRMED, PUBLIC, REOPENED, PointsAnnual, PointsAnnualEvent, PointsAnnualLine

# Before it is public a grade is not said to anybody.
TOLD = (PUBLIC, CONFIRMED, REOPENED)


def export(session: Session, person: int, rows: Sequence[int]) -> list[dict[str, object]]:
    """Grades of a person (all row ids) that were published."""
    line = PointsAnnualLine
    found = session.execute(
        select(PointsAnnual, line)
        .join(line, line.annual_id == PointsAnnual.id)
        .where(line.person_id.in_(rows), PointsAnnual.state.in_(TOLD))
        .order_by(PointsAnnual.period, PointsAnnual.no)
    )
    return [
        {
            "period": result.period, "no": result.no, "state": result.state, "total": mine.total_text,
            "service_minutes": mine.minutes, "activities": mine.activities, "proposed_grade": mine.quota_grade,
            "grade": mine.grade, "reason": mine.step_reason, "decided_by": mine.decided_by,
        }
        for result, mine in found
    ]  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """The reasons that were given for a person's grades go; the grades stay."""
    session.execute(
        update(PointsAnnualLine).where(PointsAnnualLine.person_id.in_(rows)).values(step_reason="")
    )
    session.execute(update(PointsAnnualEvent).where(PointsAnnualEvent.person_id.in_(rows)).values(reason=""))
