"""One row for every write, denial and sign-in, in the transaction of the act itself; and what is chained of a row.

What the chain and the mark hold of the actor and the address is a commitment under a random nonce (S-44): without the
nonce it tells nothing, so both can be blanked later and the row still fits. Digests of states are keyed: equal for
equal states, and not to be guessed from the database alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.audit.models import AuditRow
from pointsys.core.database import Base, table_of
from pointsys.core.site import current_site

OK = "ok"
DENIED = "denied"
FAILED = "failed"

_INSERT = insert(table_of(AuditRow))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
NONCE = 16
# Made once: making an encoder takes longer than using it.
_pack = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode


def packed(*parts: object) -> bytes:
    """Parts (None, bool, int, str, dates) as bytes that differ whenever the parts do."""
    return _pack(parts).encode()


def microseconds(at: datetime) -> int:
    """An instant as a number that both databases give back the same."""
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=8)
def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, hashlib.sha256)


def row_key() -> bytes:
    """The key of marks and digests; it never leaves the site's keys and is not rotated."""
    return _derived(current_site().keyring.anchor_key, b"pointsys audit row")


def digest(state: Mapping[str, object] | None) -> str | None:
    """A keyed hash of ``state`` as canonical JSON: tells that something changed without keeping what."""
    if state is None:
        return None
    return hmac.digest(row_key(), _canonical(state).encode(), "sha256").hex()


def commitment(nonce: bytes, actor: str, address: str) -> str:
    """What the chain holds of who did it and from where."""
    return hashlib.sha256(nonce + packed(actor, address)).hexdigest()


def body_of(row: Any, committed: str) -> bytes:
    """What mark and chain hold of a row (a mapping of its columns), with the commitment in place of who did it."""
    return packed(
        committed, microseconds(row["at"]), row["account"], row["event"], row["object_type"], row["object_id"],
        row["area_id"], row["result"], row["before_digest"], row["after_digest"], row["count"],
    )  # fmt: skip


def mark_of(body: bytes) -> bytes:
    """16 bytes that only the site's key makes of a row: one that was put in by other means has none."""
    return hmac.digest(row_key(), body, "sha256")[:16]


def row_digest(row_id: int, mark: bytes | None, body: bytes) -> bytes:
    """SHA-256 of a stored row, for the chain."""
    return hashlib.sha256(packed(row_id, mark and mark.hex()) + body).digest()


def committed_of(row: Any) -> str | None:
    """The commitment of a stored row; None for one whose actor was blanked without keeping it."""
    if row["forgotten"] is not None:
        return row["sealed_hash"] or None
    if row["nonce"] is None or row["sealed_hash"] is not None:
        return None
    return commitment(row["nonce"], row["actor"], row["address"])


def _account_of(session: Session, actor: Actor) -> str | None:
    if actor.account or actor.account_id is None:
        return actor.account or None
    accounts = Base.metadata.tables["account"]
    return session.scalar(select(accounts.c.public_id).where(accounts.c.id == actor.account_id))


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
    nonce = secrets.token_bytes(NONCE)
    row: dict[str, object] = {
        "at": current_site().now(),
        "actor": actor.label,
        "account": _account_of(session, actor),
        "event": event,
        "object_type": object_type,
        "object_id": object_id,
        "area_id": area_id,
        "result": result,
        "address": actor.address,
        "before_digest": digest(before),
        "after_digest": digest(after),
        "count": count,
        "nonce": nonce,
    }
    row["mark"] = mark_of(body_of(row, commitment(nonce, actor.label, actor.address)))
    session.execute(_INSERT, [row])
