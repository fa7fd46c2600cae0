"""Signed-in browsers: opening, reading, ending; the cookie holds a secret of which only the hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.accounts.notices import has_unseen
from pointsys.core.actors import Actor, Grant
from pointsys.core.site import current_site

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


def token_hash(token: str) -> str:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class SignedIn:
    """An account with a fresh session; ``token`` goes into the cookie and nowhere else.

    ``letters`` is the size of letters that its holder chose once, for browsers that do not know it yet.
    """

    account_id: int
    token: str
    letters: int | None = None


@dataclass(frozen=True)
class SessionState:
    """A live session: its actor, when it was last written that it is in use, and whether notices wait for the actor."""

    actor: Actor
    last_seen_at: datetime
    notices: bool = False


def open_session(session: Session, account: Account, address: str, browser: str) -> SignedIn:
    """Sign an account in: 256 random bits for the cookie, their hash in the table."""
    now = current_site().now()
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            address=address,
            browser=browser[:200],
        )
    )
    account.last_seen_at = now
    actor = Actor(account.login, account_id=account.id, address=address)
    audit.write(session, actor, "sign_in", "account", account.public_id)
    return SignedIn(account.id, token, account.letters)


def load_session(session: Session, token: str, address: str) -> SessionState | None:
    """Who this cookie belongs to; None if it is unknown, idle for 30 minutes, 12 hours old, or its account disabled.

    One statement: every page pays for it.
    """
    now = current_site().now()
    rows = session.execute(
        select(
            LoginSession.created_at, LoginSession.last_seen_at,
            Account.id, Account.login, Account.person_id, RoleGrant.role, RoleGrant.area_id,
            has_unseen.label("notices"),
        )
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(RoleGrant, and_(RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None)))
        .where(LoginSession.token_hash == token_hash(token), Account.disabled_at.is_(None))
    ).all()  # fmt: skip
    if not rows or rows[0].last_seen_at + IDLE < now or rows[0].created_at + ABSOLUTE < now:
        return None
    first = rows[0]
    actor = Actor(
        first.login,
        account_id=first.id,
        person_id=first.person_id,
        grants=tuple(Grant(row.role, row.area_id) for row in rows if row.role is not None),
        address=address,
    )
    return SessionState(actor, first.last_seen_at, bool(first.notices))


def touch_session(session: Session, token: str) -> None:
    """Note that a session is in use; called at most once a minute."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash(token))
        .values(last_seen_at=current_site().now())
    )


def end_session(session: Session, token: str) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


def end_sessions(session: Session, account_id: int) -> None:
    """End every session of an account."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))
