"""Secret addresses of calendar feeds: one for each account, stored as a hash, shown once, taken back at any time.

Whoever has the address reads the feed, as calendar programs cannot sign in; so it opens nothing else, and it is worth
nothing once it is taken back, another one is made, or the account is disabled.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.sessions import token_hash
from pointsys.core.actors import Actor
from pointsys.core.database import Base
from pointsys.core.site import current_site

# 192 random bits.
TOKEN_BYTES = 24


class FeedToken(Base):
    """The feed of an account; at most one that is not revoked."""

    __tablename__ = "feed_token"
    __table_args__ = (
        Index(
            "uq_feed_token_open",
            "account_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def open_feed(session: Session, account_id: int) -> FeedToken | None:
    """The feed that the account has now."""
    return session.scalar(
        select(FeedToken).where(FeedToken.account_id == account_id, FeedToken.revoked_at.is_(None))
    )


def create_feed(session: Session, account: Account, actor: Actor) -> str:
    """A new secret for the account's feed, URL-safe; the one before is worth nothing from now on."""
    _revoke(session, account.id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        FeedToken(token_hash=token_hash(token), account_id=account.id, created_at=current_site().now())
    )
    session.flush()
    audit.write(session, actor, "feed.created", "account", account.public_id)
    return token


def revoke_feed(session: Session, account: Account, actor: Actor) -> bool:
    """Take the feed back; False when there was none."""
    revoked = _revoke(session, account.id)
    if revoked:
        audit.write(session, actor, "feed.revoked", "account", account.public_id)
    return revoked


def _revoke(session: Session, account_id: int) -> bool:
    feed = open_feed(session, account_id)
    if feed is None:
        return False
    feed.revoked_at = current_site().now()
    session.flush()
    return True


def person_of_feed(session: Session, token: str) -> int | None:
    """Id of the person whose feed this is; None for an unknown or revoked token, and for a disabled account."""
    return session.scalar(
        select(Account.person_id)
        .join(FeedToken, FeedToken.account_id == Account.id)
        .where(
            FeedToken.token_hash == token_hash(token),
            FeedToken.revoked_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )
