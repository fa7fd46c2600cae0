"""What sheets hold of one person, for the copy that they take away. A sheet names nobody but by an id, so that erasing
needs nothing here: the line stays, and what it was computed from stays under that id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import PointsSheet, PointsSheetLine


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """The person's line on every sheet, by all of their rows; amounts in hundredths."""
    sheet, line = PointsSheet, PointsSheetLine
    found = session.execute(
        select(line, sheet)
        .join(sheet, sheet.id == line.sheet_id)
        .where(line.person_id.in_(rows))
        .order_by(sheet.id)
    )
    return {
        "lines": [
            {
                "sheet": row[1].public_id, "cut": row[1].cut.isoformat(), "period": row[1].period, "number": row[1].no,
                "state": row[1].state, "total": row[0].total_text, "gain_hundredths": row[0].gain,
                "credited_hundredths": row[0].credited, "grade": row[0].grade, "categories": row[0].categories,
                "row_on_the_notice": row[0].place,
            }
            for row in found
        ]
    }  # fmt: skip
