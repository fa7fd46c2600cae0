"""What a verification asks the database as a whole: rows that are copies, and entries whose status no decision gave.

A mark fits any row with the same content, so one put in twice would pass row by row; and the status of an entry is the
one column of the log that may change.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.audit.blocks import DECISION, ENTRY, LOGS, table_of_log
from pointsys.core.audit.findings import MOST, Finding, Report
from pointsys.core.audit.models import AuditBlock
from pointsys.core.database import table_of
from pointsys.core.unit_of_work import read_scope

ENTRIES_AT_ONCE = 20_000
# What an entry is until somebody decides.
UNDECIDED = "pending"
_BLOCK = table_of(AuditBlock)


def copies(session: Session, report: Report) -> None:
    """Name rows whose mark an earlier row has: each row's random nonce, or its outside id, makes its mark its own."""
    for log in LOGS:
        table = table_of_log(log)
        twice = (
            select(table.c.mark, func.min(table.c.id).label("first"))
            .where(table.c.mark.is_not(None))
            .group_by(table.c.mark)
            .having(func.count() > 1)
            .subquery()
        )
        query = (
            select(table.c.id)
            .join(twice, (table.c.mark == twice.c.mark) & (table.c.id > twice.c.first))
            .order_by(table.c.id)
            .limit(MOST)
        )
        for row_id in session.scalars(query).all():
            report.add(Finding("copied", log, row_id, _place(session, report, log, row_id)))


def statuses(report: Report) -> None:
    """Name entries whose status is not what their last decision says, some thousand in each short transaction."""
    entry, decision = table_of_log(ENTRY), table_of_log(DECISION)
    decided = (
        select(decision.c.outcome)
        .where(decision.c.entry_id == entry.c.id)
        .order_by(decision.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    wrong = select(entry.c.id).where(entry.c.status != func.coalesce(decided, UNDECIDED)).order_by(entry.c.id)
    nth = select(entry.c.id).order_by(entry.c.id).offset(ENTRIES_AT_ONCE - 1).limit(1)
    last: int | None = 0
    while last is not None:
        with read_scope() as session:
            upto = session.scalar(nth.where(entry.c.id > last))
            some = wrong.where(entry.c.id > last)
            if upto is not None:
                some = some.where(entry.c.id <= upto)
            for row_id in session.scalars(some.limit(MOST)).all():
                # After all that the chain says: where a decision was taken out, that is the first bad row.
                report.add(Finding("status", ENTRY, row_id, report.head.position + 1))
            last = upto


def _place(session: Session, report: Report, log: str, row_id: int) -> int:
    """The block that holds a row, or the one that would come next."""
    holds = (_BLOCK.c.log == log, _BLOCK.c.first_id <= row_id, _BLOCK.c.last_id >= row_id)
    position = session.scalar(select(_BLOCK.c.position).where(*holds).limit(1))
    return position or report.head.position + 1
