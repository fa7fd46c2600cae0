"""What is chained: the logs, which of their columns count, and how rows become a block and blocks a chain.

Columns that hold who somebody was (``recorded_by``, ``actor``, ``reason`` of a decision) can be erased and are left
out; the account's number stays in. A new column of a log needs a new version of its digest, never a change of this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, case, func, select
from sqlalchemy.orm import Session

from pointsys.core.audit.models import AuditBlock, AuditRow
from pointsys.core.audit.rows import body_of, committed_of, microseconds, packed, row_digest
from pointsys.core.database import Base, table_of

AUDIT = "audit"
ENTRY = "entry"
DECISION = "decision"
LOGS = (AUDIT, ENTRY, DECISION)
VERSION = 1
# Audit rows from before there were marks.
UNMARKED = 0
NOTHING = "0" * 64
PREFIX = 8
COLUMNS = {
    AUDIT: tuple(column.name for column in AuditRow.__table__.columns),
    ENTRY: (
        "id", "public_id", "activity_id", "area_id", "person_id", "person_area_id", "kind_id", "title", "local_date",
        "starts_at", "ends_at", "start_key", "quantity", "unit", "role", "source", "source_ref", "accepted_late",
        "batch_id", "recorded_by_account", "recorded_at",
    ),
    DECISION: ("id", "entry_id", "outcome", "account_id", "second_person", "at"),
}  # fmt: skip


@dataclass(frozen=True)
class Head:
    """The end of the chain: its last block, and how many rows of each log are in it."""

    position: int
    hash: str
    counts: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Rows of all logs."""
        return sum(self.counts.values())


def table_of_log(log: str) -> Table:
    """The table whose rows the log is."""
    return Base.metadata.tables[log]


def head(session: Session) -> Head:
    """The chain as it ends now, in one statement; position 0 before the first block."""
    block = table_of(AuditBlock).c
    size = block.last_id - block.first_id + 1
    sums = [func.sum(case((block.log == log, size), else_=0)) for log in LOGS]
    last = select(block.hash).order_by(block.position.desc()).limit(1).scalar_subquery()
    row = session.execute(select(func.max(block.position), last, *sums)).one()
    counts = {log: int(count or 0) for log, count in zip(LOGS, row[2:], strict=True)}
    return Head(row[0] or 0, row[1] or NOTHING, counts)


def tip(session: Session) -> tuple[int, str]:
    """Position and hash of the last block."""
    block = table_of(AuditBlock).c
    row = session.execute(select(block.position, block.hash).order_by(block.position.desc()).limit(1)).first()
    return (row.position, row.hash) if row else (0, NOTHING)


def plain_digest(log: str, row: Any) -> bytes:
    """SHA-256 of a row of the activity log, its columns in the order that ``COLUMNS`` fixes."""
    values = (microseconds(v) if isinstance(v, datetime) else v for v in row)
    return hashlib.sha256(packed(log, *values)).digest()


def digest_of(log: str, row: Any) -> bytes | None:
    """The digest of a stored row; None for one whose actor was blanked without keeping the commitment."""
    if log != AUDIT:
        return plain_digest(log, row)
    values = row._mapping
    committed = committed_of(values)
    return None if committed is None else row_digest(values["id"], values["mark"], body_of(values, committed))


@lru_cache(maxsize=8)
def rows_of(log: str) -> Any:
    """The SELECT of a log's rows with the columns that count, by id."""
    table = table_of_log(log)
    return select(*(table.c[name] for name in COLUMNS[log])).order_by(table.c.id)


def content_of(digests: Sequence[bytes]) -> str:
    """SHA-256 over the digests of a block's rows."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


def hash_of(before: str, block: Mapping[str, Any]) -> str:
    """The hash of a block on top of the one ``before``."""
    return hashlib.sha256(
        packed(
            before, block["position"], block["log"], block["version"], block["first_id"], block["last_id"],
            microseconds(block["sealed_at"]), block["content"],
        )
    ).hexdigest()  # fmt: skip
