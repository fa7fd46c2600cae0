"""What waits for somebody in an area: counts of open work in one statement, and what of it is overdue.

Everything counted here lies in indexes over what is open, so the cost does not grow with the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import PENDING, Entry
from pointsys.core.areas.models import subtree
from pointsys.core.batches import COMMITTED, OPEN, Batch
from pointsys.core.objections.models import OPEN as OPEN_OBJECTION
from pointsys.core.objections.models import Objection
from pointsys.core.pending import PluginQuarantine

# An entry that nobody decided on for so long is overdue: points and hours wait for it.
DECIDE_WITHIN = timedelta(days=14)
# Rows that an import left out are offered for so long; whoever has not sent them again by then will not.
FAULTS_SHOWN = timedelta(days=7)
_NO_FAULTS = '"error": 0,'


@dataclass(frozen=True)
class OpenWork:
    """What is open below an area; dates are those of the oldest or nearest one, None where there is none.

    ``imports_open`` and ``imports_faulty`` are the area's own imports that wait for a decision, and finished ones whose
    rows at fault were left out. ``stopped`` are the quarantined plugins of the site.
    """

    oldest_entry: date | None
    imports_open: int
    imports_faulty: int
    objections: int
    objection_due: date | None
    stopped: frozenset[str]


def open_work(session: Session, area_id: int, now: datetime) -> OpenWork:
    """The open work of an area and below at the instant ``now``."""
    inside = subtree(area_id)
    objections = (Objection.area_id.in_(inside), Objection.state == OPEN_OBJECTION)
    faulty = (
        Batch.state == COMMITTED,
        Batch.created_at >= now - FAULTS_SHOWN,
        Batch.counts.not_like(f"%{_NO_FAULTS}%"),
        Batch.counts.like('%"error": %'),
    )
    row = session.execute(
        select(
            select(func.min(Entry.local_date))
            .where(Entry.area_id.in_(inside), Entry.status == PENDING)
            .scalar_subquery(),
            _batches(area_id, Batch.state.in_(OPEN)),
            _batches(area_id, *faulty),
            select(func.count()).select_from(Objection).where(*objections).scalar_subquery(),
            select(func.min(Objection.due_on)).where(*objections).scalar_subquery(),
            select(func.aggregate_strings(PluginQuarantine.plugin, ",")).scalar_subquery(),
        )
    ).one()
    oldest, unfinished, left_out, count, due, stopped = row
    return OpenWork(
        oldest, unfinished, left_out, count, due, frozenset(stopped.split(",") if stopped else ())
    )


def _batches(area_id: int, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    query = select(func.count()).select_from(Batch).where(Batch.area_id == area_id, *conditions)
    return query.scalar_subquery()
