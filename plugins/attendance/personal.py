"""What the lists hold of one person: a copy for them, and what goes when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Activity

from .models import AttendanceKeeper, AttendanceMark, AttendanceSheet


def erase(session: Session, rows: Sequence[int]) -> None:
    """Delete the marks of a person (all row ids) that were not recorded: nothing counts them.

    Of the others the browser and the words go. Nobody keeps a list any more who is not known.
    """
    mine = AttendanceMark.person_id.in_(rows)
    session.execute(delete(AttendanceMark).where(mine, AttendanceMark.entry_id.is_(None)))
    session.execute(update(AttendanceMark).where(mine).values(device="", out_device="", reason=""))
    session.execute(delete(AttendanceKeeper).where(AttendanceKeeper.person_id.in_(rows)))


def export(session: Session, rows: Sequence[int]) -> Mapping[str, object]:
    """The marks of a person, by activity; instants in UTC."""
    mark = AttendanceMark
    found = session.execute(
        select(
            Activity.title,
            Activity.local_date,
            mark.in_at,
            mark.out_at,
            mark.present,
            mark.method,
            mark.out_method,
            mark.reason,
        )
        .join(AttendanceSheet, AttendanceSheet.activity_id == Activity.id)
        .join(mark, mark.sheet_id == AttendanceSheet.id)
        .where(mark.person_id.in_(rows))
        .order_by(mark.id)
    )
    return {
        "marks": [
            {
                "activity": row.title, "date": row.local_date.isoformat(),
                "came_at": row.in_at.isoformat() if row.in_at else None,
                "left_at": row.out_at.isoformat() if row.out_at else None,
                "present": row.present, "method": row.method, "out_method": row.out_method,
                "reason": row.reason,
            }
            for row in found
        ]
    }  # fmt: skip
