"""Blanking who a row names (S-08, S-44): the chain holds a commitment, so it stays whole.

Each blanked row keeps its commitment and a tag that only the site's key makes; a row of the log says how many rows were
blanked. A row that was blanked by other means has no such tag, and ``verify`` names it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection

from sqlalchemy import bindparam, or_, select, text, update
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.audit.models import AuditRow
from pointsys.core.audit.rows import NONCE, commitment, packed, row_key, write
from pointsys.core.database import dialect_of, new_public_id, table_of

FORGOTTEN = "audit.forgotten"
# One sealer, one forgetting and one pruning at a time on PostgreSQL; SQLite has one writer anyway.
LOCK = 7_318_246
_AT_ONCE = 1_000
_AUDIT = table_of(AuditRow)


def lock_chain(session: Session) -> None:
    """Wait until nobody else seals, blanks or removes rows, and keep them from it until this transaction ends."""
    if dialect_of(session) == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def tag_of(ref: str, row_id: int, committed: str) -> str:
    """What ``forgotten`` says of a row that the erasure ``ref`` blanked."""
    tag = hmac.digest(row_key(), packed("forgotten", ref, row_id, committed), hashlib.sha256)
    return f"{ref}:{tag.hex()[:32]}"


def forget(
    session: Session,
    actor: Actor,
    *,
    label: str,
    account: str = "",
    logins: Collection[str] = (),
) -> int:
    """Blank actor and address of every row by the account (its public id) or by one of the ``logins``.

    ``label`` ("erased-<public id>") stands in place of the login from now on; returns the number of rows. The acts
    themselves stay: what was done, when, to what, by which account.
    """
    lock_chain(session)
    ours = [_AUDIT.c.account == account] if account else []
    for login in logins:
        # What programs did with a token of the login stands as login/token.
        ours += [_AUDIT.c.actor == login, _AUDIT.c.actor.startswith(f"{login}/", autoescape=True)]
    if not ours:
        return 0
    ref, done, last = new_public_id(), 0, 0
    rows = (
        select(_AUDIT.c.id, _AUDIT.c.nonce, _AUDIT.c.actor, _AUDIT.c.address)
        .where(or_(*ours), _AUDIT.c.forgotten.is_(None))
        .order_by(_AUDIT.c.id)
        .limit(_AT_ONCE)
    )
    blank = update(_AUDIT).where(_AUDIT.c.id == bindparam("row_id"))
    while found := session.execute(rows.where(_AUDIT.c.id > last)).all():
        values = []
        for row in found:
            # A row from before there were nonces that was not sealed yet: nothing else knows its commitment.
            kept = commitment(row.nonce or secrets.token_bytes(NONCE), row.actor, row.address)
            values.append(
                {
                    "row_id": row.id, "actor": label, "address": "", "nonce": None, "sealed_hash": kept,
                    "forgotten": tag_of(ref, row.id, kept),
                }
            )  # fmt: skip
        session.execute(blank, values)
        done, last = done + len(values), found[-1].id
    if done:
        write(session, actor, FORGOTTEN, "erasure", ref, count=done, after={"rows": done})
    return done
