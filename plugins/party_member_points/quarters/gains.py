"""From which totals the gains of a sheet are counted: those of the sheet before, or of another area's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import canonical_ids, chunks, groups

from .calendar import Cut
from .models import CONFIRMED, PointsSheet, PointsSheetLine


def totals_of(session: Session, sheet_id: int | None) -> dict[int, int]:
    """Totals of a sheet by kept id, in hundredths."""
    if sheet_id is None:
        return {}
    line = PointsSheetLine
    rows = session.execute(select(line.person_id, line.total).where(line.sheet_id == sheet_id)).all()
    kept = canonical_ids(session, [row[0] for row in rows])
    return {kept[row[0]]: row[1] for row in rows}


def totals_elsewhere(session: Session, cut: Cut, people: Collection[int]) -> dict[int, int]:
    """The last confirmed total of the period on any sheet of an earlier cut, by kept id, in hundredths."""
    kept_of = {row: kept for kept, rows in groups(session, people).items() for row in rows}
    line, sheet = PointsSheetLine, PointsSheet
    rows: list[tuple[date, int, int, int]] = []
    for part in chunks(sorted(kept_of)):
        query = select(sheet.cut, sheet.id, line.person_id, line.total).join(sheet, sheet.id == line.sheet_id)
        query = query.where(
            line.person_id.in_(part),
            sheet.state == CONFIRMED,
            sheet.scheme_id == cut.scheme_id,
            sheet.period == cut.period,
            sheet.cut < cut.day,
        )
        rows += [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
    return {kept_of[person]: total for _cut, _sheet, person, total in sorted(rows)}
