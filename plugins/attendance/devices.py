"""Which phones were used to sign in: kept as a hash, so that one phone for many people can be seen and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Activity, Area, DeviceUse, subtree

from .models import AttendanceMark, AttendanceSheet

# Whoever looks for what stands out looks at some weeks.
MOST = 20_000


def used(session: Session, area: Area, first: date, last: date) -> Sequence[DeviceUse]:
    """Each stamp that came from somebody's own phone, in activities of an area and below; one statement."""
    mark = AttendanceMark
    query = (
        select(
            mark.person_id,
            mark.in_at,
            mark.out_at,
            mark.device,
            mark.out_device,
            Activity.public_id,
            Activity.title,
        )
        .join(AttendanceSheet, AttendanceSheet.id == mark.sheet_id)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .where(
            AttendanceSheet.area_id.in_(subtree(area.id)),
            Activity.local_date.between(first, last),
            (mark.device != "") | (mark.out_device != ""),
        )
        .order_by(mark.id)
        .limit(MOST)
    )
    found = []
    for row in session.execute(query):
        for device, at in ((row.device, row.in_at), (row.out_device, row.out_at)):
            if device and at is not None:
                found.append(DeviceUse(device, row.person_id, at, row.public_id, row.title))
    return found[:MOST]
