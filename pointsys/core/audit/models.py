"""Rows of the audit log, and the blocks that chain them and the rows of the activity log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, append_only

BigId = BigInteger().with_variant(Integer, "sqlite")
# Stands in ``forgotten`` of a row that retention is about to remove.
EXPIRED = "expired"


class AuditRow(Base):
    """One act. ``object_id`` and ``account`` are outside ids; digests are keyed hashes of canonical JSON.

    ``nonce`` makes the commitment to ``actor`` and ``address`` that goes into ``mark`` and into the chain; where both
    were blanked, ``sealed_hash`` keeps the commitment and ``forgotten`` names the erasure. Rows from before there were
    marks have neither nonce nor mark until they are sealed.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_object", "object_type", "object_id"),
        Index("ix_audit_account", "account"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(100))
    event: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(64))
    area_id: Mapped[int | None] = mapped_column(Integer, index=True)
    result: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(64))
    before_digest: Mapped[str | None] = mapped_column(String(64))
    after_digest: Mapped[str | None] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(Integer, default=1)
    sealed_hash: Mapped[str | None] = mapped_column(String(64))
    account: Mapped[str | None] = mapped_column(String(16))
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    forgotten: Mapped[str | None] = mapped_column(String(50))


class AuditBlock(Base):
    """Consecutive rows of one log ("audit", "entry", "decision"), chained: ``hash`` covers the block before.

    ``content`` is SHA-256 over the rows' digests; ``digests`` keeps eight bytes of each, to name the row that differs.
    ``version`` says how rows were digested; 0 is for audit rows from before there were marks.
    """

    __tablename__ = "audit_block"
    __table_args__ = (
        Index("ix_audit_block_rows", "log", "first_id"),
        Index("ix_audit_block_last", "log", "last_id"),
    )

    position: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    log: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer)
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    sealed_at: Mapped[datetime]
    content: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    digests: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Set when retention removed the rows; the block stays, so that the chain does.
    pruned_at: Mapped[datetime | None]


append_only(
    "audit",
    (
        "id", "at", "actor", "event", "object_type", "object_id", "area_id", "result", "address",
        "before_digest", "after_digest", "count", "account", "mark",
    ),
    erasable=("actor", "address"),
    unless=f"OLD.forgotten = '{EXPIRED}'",
)  # fmt: skip
append_only(
    "audit_block",
    ("position", "log", "version", "first_id", "last_id", "sealed_at", "content", "hash"),
)
