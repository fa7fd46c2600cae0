"""What waits for somebody in an area: counts of open work in one statement, and what of it is overdue.

Everything counted here lies in indexes over what is open, so the cost does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.areas.models import subtree
from pointsys.core.batches import COMMITTED, OPEN, Batch
from pointsys.core.exports.models import WAITING as EXPORT_WAITS
from pointsys.core.exports.models import ExportFile
from pointsys.core.figures import AreaCounts, count_columns
from pointsys.core.objections.models import OPEN as OPEN_OBJECTION
from pointsys.core.objections.models import Objection
from pointsys.core.pending import PluginQuarantine

# An entry that nobody decided on for so long is overdue: points and hours wait for it.
DECIDE_WITHIN = timedelta(days=14)
# Rows that an import left out are offered for so long; whoever has not sent them again by then will not.
FAULTS_SHOWN = timedelta(days=7)
# The dates of so many waiting entries are looked at; where more wait, the oldest is one of these.
MOST_DATED = 2_000
# The words of the index, with no bound value in them: SQLite would not see that it fits.
WAITING = text("entry.status = 'pending'")
_NO_FAULTS = '"error": 0,'


@dataclass(frozen=True)
class OpenWork:
    """What is open below an area; dates are those of the oldest or nearest one, None where there is none.

    ``imports_open`` and ``imports_faulty`` are the area's own imports that wait for a decision, and finished ones whose
    rows at fault were left out. ``own_entries`` of those that wait were recorded by the reader. ``exports`` of others
    wait for a second person. ``stopped`` are the quarantined plugins of the site, ``extra`` what the caller asked for.
    """

    counts: AreaCounts
    oldest_entry: date | None
    imports_open: int
    imports_faulty: int
    objections: int
    objection_due: date | None
    stopped: frozenset[str]
    own_entries: int = 0
    exports: int = 0
    extra: tuple[Any, ...] = ()


def open_work(
    session: Session,
    area_id: int,
    now: datetime,
    extra: Sequence[ColumnElement[Any]] = (),
    *,
    account_id: int | None = None,
) -> OpenWork:
    """The open work of an area and below at the instant ``now``; ``extra`` columns share the one statement.

    ``account_id`` is the reader's.
    """
    inside = subtree(area_id)
    waiting = select(Entry.local_date).where(Entry.area_id.in_(inside), WAITING).limit(MOST_DATED).subquery()
    objections = (Objection.area_id.in_(inside), Objection.state == OPEN_OBJECTION)
    faulty = (
        Batch.state == COMMITTED,
        Batch.created_at >= now - FAULTS_SHOWN,
        Batch.counts.not_like(f"%{_NO_FAULTS}%"),
        Batch.counts.like('%"error": %'),
    )
    row: Sequence[Any] = session.execute(
        select(
            *count_columns(session, area_id),
            select(func.min(waiting.c.local_date)).scalar_subquery(),
            _batches(area_id, Batch.state.in_(OPEN)),
            _batches(area_id, *faulty),
            select(func.count()).select_from(Objection).where(*objections).scalar_subquery(),
            select(func.min(Objection.due_on)).where(*objections).scalar_subquery(),
            select(func.aggregate_strings(PluginQuarantine.plugin, ",")).scalar_subquery(),
            select(func.count())
            .select_from(Entry)
            .where(Entry.area_id.in_(inside), WAITING, Entry.recorded_by_account == account_id)
            .scalar_subquery(),
            select(func.count())
            .select_from(ExportFile)
            .where(
                ExportFile.area_id.in_(inside),
                ExportFile.state == EXPORT_WAITS,
                ExportFile.expires_at > now,
                ExportFile.account_id != (account_id or 0),
            )
            .scalar_subquery(),
            *extra,
        )
    ).one()
    people, unconfirmed, marked, oldest, unfinished, left_out, count, due, stopped, own, exports, *others = (
        row
    )
    counts = AreaCounts(int(people or 0), int(unconfirmed or 0), int(marked or 0))
    names = frozenset(stopped.split(",") if stopped else ())
    return OpenWork(
        counts, oldest, unfinished, left_out, count, due, names, int(own), int(exports), tuple(others)
    )


def _batches(area_id: int, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    query = select(func.count()).select_from(Batch).where(Batch.area_id == area_id, *conditions)
    return query.scalar_subquery()
