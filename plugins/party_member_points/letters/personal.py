"""Letters about a person: what they get of them, and what goes when they are erased; the core empties the papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Document

from ..models import PointsHomeUnit
from .models import PointsLetter, PointsLetterEvent


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Which letters went to which unit, and whether it acknowledged them; the papers are among the documents."""
    query = (
        select(
            Document.number,
            PointsHomeUnit.name,
            PointsLetter.period,
            PointsLetter.sent_at,
            PointsLetter.state,
        )
        .join(Document, Document.id == PointsLetter.document_id)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsLetter.unit_id)
        .where(PointsLetter.person_id.in_(rows))
        .order_by(PointsLetter.id)
    )
    return {
        "letters": [
            {
                "number": row[0],
                "unit": row[1],
                "period": row[2],
                "sent_at": row[3].isoformat(),
                "state": row[4],
            }
            for row in session.execute(query)
        ]
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Units' words about the person go; that letters were sent and acknowledged stays."""
    letters = select(PointsLetter.id).where(PointsLetter.person_id.in_(rows))
    session.execute(
        update(PointsLetterEvent)
        .where(PointsLetterEvent.letter_id.in_(letters), PointsLetterEvent.state == "acknowledged")
        .values(note="")
        .execution_options(synchronize_session=False)
    )
