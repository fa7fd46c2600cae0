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


def packed(*parts: object) -> bytes:
    """Parts (None, bool, int, str, dates) as bytes that differ whenever the parts do."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=str).encode()


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
    text = json.dumps(state, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hmac.digest(row_key(), text.encode(), hashlib.sha256).hex()


def commitment(nonce: bytes, actor: str, address: str) -> str:
    """What the chain holds of who did it and from where."""
    return hashlib.sha256(nonce + packed(actor, address)).hexdigest()


def _public(row: Any) -> tuple[object, ...]:
    """What is chained as it stands."""
    return (
        microseconds(row["at"]), row["account"], row["event"], row["object_type"], row["object_id"], row["area_id"],
        row["result"], row["before_digest"], row["after_digest"], row["count"],
    )  # fmt: skip


def mark_of(row: Any, committed: str) -> bytes:
    """16 bytes that only the site's key makes of a row: one that was put in by other means has none."""
    return hmac.digest(row_key(), packed(committed, *_public(row)), hashlib.sha256)[:16]


def row_digest(row: Any, committed: str) -> bytes:
    """SHA-256 of a stored row (a mapping of its columns), for the chain."""
    mark = row["mark"]
    return hashlib.sha256(packed(row["id"], committed, mark and mark.hex(), *_public(row))).digest()


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
    row["mark"] = mark_of(row, commitment(nonce, actor.label, actor.address))
    session.execute(_INSERT, [row])
