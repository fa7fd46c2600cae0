"""What is chained: the logs, which of their columns count, and how rows become a block and blocks a chain.

Columns that hold who somebody was (``recorded_by``, ``actor``, ``reason`` of a decision) can be erased and are left
out; the account's number stays in. A new column of a log needs a new version of its digest, never a change of this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, case, func, select
from sqlalchemy.orm import Session

from pointsys.core.audit.models import AuditBlock, AuditRow
from pointsys.core.audit.rows import body_of, committed_of, microseconds, packed, row_digest, row_key
from pointsys.core.database import Base, table_of

AUDIT = "audit"
ENTRY = "entry"
DECISION = "decision"
LOGS = (AUDIT, ENTRY, DECISION)
VERSION = 1
# Rows from before there were marks.
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
# What the rows of one act do not share.
OWN = {ENTRY: ("public_id", "person_id", "person_area_id"), DECISION: ("entry_id",)}
MARK = 16
KNOWN = 1_000


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


def _packed_row(log: str, values: Sequence[Any]) -> bytes:
    return packed(log, *[microseconds(v) if isinstance(v, datetime) else v for v in values])


def plain_digest(log: str, row: Any) -> bytes:
    """SHA-256 of a row of the activity log, its columns in the order that ``COLUMNS`` fixes."""
    return hashlib.sha256(_packed_row(log, row[: len(COLUMNS[log])])).digest()


def marker(log: str, place: Callable[[str], Any]) -> Callable[[Any], bytes]:
    """What makes the mark of a row of the activity log: 16 bytes under the site's key, of ``COLUMNS`` but the number.

    ``place`` tells where in a row a column stands. What the rows of one act share is packed once, for the
    sake of large imports.
    """
    key, own = row_key(), OWN[log]
    shared_of = itemgetter(*(place(name) for name in COLUMNS[log] if name not in own and name != "id"))
    own_of = itemgetter(*(place(name) for name in own))
    # The last of its own are numbers, so that the text can be read in one way only.
    text = "{} {} {}".format if len(own) > 1 else "{}".format
    known: dict[Any, Any] = {}

    def mark(row: Any) -> bytes:
        shared = shared_of(row)
        begun = known.get(shared)
        if begun is None:
            if len(known) >= KNOWN:
                known.clear()
            begun = known[shared] = hashlib.blake2b(_packed_row(log, shared), key=key, digest_size=MARK)
        whole = begun.copy()
        values = own_of(row)
        whole.update((text(*values) if len(own) > 1 else text(values)).encode())
        return cast(bytes, whole.digest())

    return mark


def digest_of(log: str, row: Any) -> bytes | None:
    """The digest of a stored row; None for one whose actor was blanked without keeping the commitment."""
    if log != AUDIT:
        return plain_digest(log, row)
    values = row._mapping
    committed = committed_of(values)
    return None if committed is None else row_digest(values["id"], values["mark"], body_of(values, committed))


def selected(log: str) -> tuple[str, ...]:
    """The columns that ``rows_of`` gives: those that count, and the mark."""
    return COLUMNS[log] if log == AUDIT else (*COLUMNS[log], "mark")


@lru_cache(maxsize=8)
def rows_of(log: str) -> Any:
    """The SELECT of a log's rows with the columns of ``selected``, by id."""
    table = table_of_log(log)
    return select(*(table.c[name] for name in selected(log))).order_by(table.c.id)


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
