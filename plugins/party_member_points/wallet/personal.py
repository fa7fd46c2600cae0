"""The wallet of a person: what they get of it, and what goes when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .folding import printed
from .models import PointsWalletOp


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Everything that moved."""
    query = select(PointsWalletOp).where(PointsWalletOp.person_id.in_(rows)).order_by(PointsWalletOp.id)
    return {
        "operations": [
            {
                "type": op.type,
                "points": printed(op.points),
                "at": op.at.isoformat(),
                "last_on": op.last_on.isoformat() if op.last_on else None,
                "title": op.title,
                "count": op.count,
                "reason": op.reason,
            }
            for op in session.scalars(query)
        ]
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words about the person go; amounts stay, so that stocks and sums stay true."""
    session.execute(
        update(PointsWalletOp)
        .where(PointsWalletOp.person_id.in_(rows), PointsWalletOp.reason != "")
        .values(reason="")
        .execution_options(synchronize_session=False)
    )
