"""How the proof of the logs stands, for the health page and the auditor's page: cheap, and without verifying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.audit.anchors import ANCHORED
from pointsys.core.audit.blocks import AUDIT, PREFIX, UNMARKED, digest_of, rows_of, tip
from pointsys.core.audit.jobs import CHAIN, VERIFIED
from pointsys.core.audit.models import AuditBlock, AuditRow
from pointsys.core.audit.rows import OK, body_of, committed_of, mark_of
from pointsys.core.audit.verify import oldest_unsealed
from pointsys.core.database import table_of
from pointsys.core.site import current_site

SEALED_WITHIN = timedelta(minutes=10)
# A day, and two hours for a night's work.
ANCHORED_WITHIN = timedelta(hours=26)
_AUDIT = table_of(AuditRow)


@dataclass(frozen=True)
class ChainState:
    """Block and hash of the head; the last check (``broken``: what it found first, "" for nothing); what waits."""

    now: datetime
    position: int
    hash: str
    oldest_unsealed: datetime | None
    checked_at: datetime | None
    broken: str
    anchored_at: datetime | None
    begun_at: datetime | None

    @property
    def waits_long(self) -> bool:
        """Whether rows wait for the sealer for longer than they should."""
        return self.oldest_unsealed is not None and self.oldest_unsealed < self.now - SEALED_WITHIN

    @property
    def anchor_old(self) -> bool:
        """Whether the last head outside is too old; a young site has none yet."""
        last = self.anchored_at or self.begun_at
        return last is not None and last < self.now - ANCHORED_WITHIN


def chain_state(session: Session) -> ChainState:
    """As things stand: seven statements, however long the logs are."""
    position, hash_ = tip(session)
    checked = _last(session, VERIFIED)
    anchored = _last(session, ANCHORED)
    failed = checked is not None and checked.result != OK
    begun = session.scalar(select(_AUDIT.c.at).order_by(_AUDIT.c.id).limit(1))
    return ChainState(
        current_site().now(), position, hash_, oldest_unsealed(session),
        checked.at if checked else None, checked.object_id if checked and failed else "",
        anchored.at if anchored else None, begun,
    )  # fmt: skip


def _last(session: Session, event: str) -> AuditRow | None:
    query = select(AuditRow).where(AuditRow.object_type == CHAIN, AuditRow.event == event)
    return session.scalar(query.order_by(AuditRow.id.desc()).limit(1))


@dataclass(frozen=True)
class RowState:
    """How one row is proved: the block that holds it (None while it waits), and whether it fits block and mark."""

    position: int | None
    sealed_at: datetime | None
    fits: bool


def row_state(session: Session, row_id: int) -> RowState:
    """The proof of one audit row, looked at now; two statements."""
    block = session.scalar(
        select(AuditBlock)
        .where(AuditBlock.log == AUDIT, AuditBlock.first_id <= row_id)
        .order_by(AuditBlock.first_id.desc())
        .limit(1)
    )
    row = session.execute(rows_of(AUDIT).where(_AUDIT.c.id == row_id)).one()
    values = row._mapping
    digest, committed = digest_of(AUDIT, row), committed_of(values)
    marked = committed is not None and values["mark"] == mark_of(body_of(values, committed))
    if block is None or block.last_id < row_id:
        return RowState(None, None, marked)
    kept = (block.digests or b"")[(row_id - block.first_id) * PREFIX :][:PREFIX]
    fits = digest is not None and kept == digest[:PREFIX] and (marked or block.version == UNMARKED)
    return RowState(block.position, block.sealed_at, fits)
