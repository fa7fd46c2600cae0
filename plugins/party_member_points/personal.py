"""What the plugin holds of one person: for the copy that they take away, and what goes when they are erased.

Facts and scores stand under the person's id and say not who it was, so they stay; what the parts hold in words goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import PointsFact, PointsResult
from .parts import PARTS


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Facts (by all row ids) and scores (by the kept id) of a person; totals in hundredths."""
    facts = session.scalars(select(PointsFact).where(PointsFact.person_id.in_(rows)).order_by(PointsFact.id))
    results = session.scalars(
        select(PointsResult).where(PointsResult.person_id == person).order_by(PointsResult.period)
    )
    return {
        "facts": [
            {
                "kind": fact.kind, "value": fact.value, "on": fact.on_date.isoformat() if fact.on_date else None,
                "assumed": fact.assumed, "source": fact.source, "said_at": fact.recorded_at.isoformat(),
            }
            for fact in facts
        ],
        "periods": [
            {
                "scheme": result.scheme, "period": result.period, "status": result.status,
                "total_hundredths": result.total, "grade": result.grade, "explanation": result.detail,
            }
            for result in results
        ],
        **PARTS.export_person(session, person, rows),
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Take away what the parts hold in words of a person (all row ids, ``person`` the kept one)."""
    PARTS.erase_person(session, person, rows)
