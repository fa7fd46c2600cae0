"""The audit log: one row for every write, denial and sign-in, in the transaction of the act itself.

Rows are written unsealed; sealing them into a hash chain is a later, separate act over ``sealed_hash``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core.actors import Actor
from pointsys.core.database import Base, append_only, table_of
from pointsys.core.site import current_site

OK = "ok"
DENIED = "denied"
FAILED = "failed"


class AuditRow(Base):
    """One act. ``object_id`` and ``area_code`` are outside ids; digests are SHA-256 of canonical JSON."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
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


append_only(
    "audit",
    (
        "id", "at", "actor", "event", "object_type", "object_id", "area_id",
        "result", "address", "before_digest", "after_digest", "count",
    ),
)  # fmt: skip


_INSERT = insert(table_of(AuditRow))


def digest(state: Mapping[str, object] | None) -> str | None:
    """SHA-256 of ``state`` as canonical JSON: tells that something changed without keeping what."""
    if state is None:
        return None
    text = json.dumps(state, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write(
    session: Session,
    actor: Actor,
    event: str,
    object_type: str,
    object_id: str,
    *,
    area_id: int | None = None,
    result: str = OK,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    count: int = 1,
) -> None:
    """Add the row of one act (a batch is one row with its ``count``) to the caller's transaction."""
    session.execute(
        _INSERT,
        [
            {
                "at": current_site().now(),
                "actor": actor.label,
                "event": event,
                "object_type": object_type,
                "object_id": object_id,
                "area_id": area_id,
                "result": result,
                "address": actor.address,
                "before_digest": digest(before),
                "after_digest": digest(after),
                "count": count,
            }
        ],
    )
