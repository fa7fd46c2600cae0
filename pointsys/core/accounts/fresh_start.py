"""A member's account that is given work of the staff starts anew.

Workers hand one-time codes to members. Whoever kept one, and used it, has a password, a session or a key in the account
of somebody else; none of them may go on working once the account reaches further than the member's own data.
"""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pointsys.core import audit, feeds
from pointsys.core.accounts import second_factor
from pointsys.core.accounts.links import retire_links
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import Actor
from pointsys.core.permissions import MEMBER, RESIDENT
from pointsys.core.tokens.services import revoke_all

PLAIN = (MEMBER, RESIDENT)


def needs_fresh_start(session: Session, account: Account, role: str) -> bool:
    """Whether ``role`` takes the account beyond its member, and somebody could have got into it before.

    Not where it is staff's already, whose codes no worker makes, nor where nobody has signed in to it ever.
    """
    if role in PLAIN:
        return False
    open_session = exists().where(LoginSession.account_id == account.id)
    used = account.password_hash is not None or account.last_seen_at is not None
    if not used and not session.scalar(select(open_session)):
        return False
    held = session.execute(
        select(RoleGrant.role, RoleGrant.ended_at).where(RoleGrant.account_id == account.id)
    ).all()
    staff_now = any(row.role not in PLAIN and row.ended_at is None for row in held)
    return not staff_now and any(row.role in PLAIN for row in held)


def start_anew(session: Session, account: Account, actor: Actor) -> None:
    """Void the password, the second factor, every session, link, code, token and feed; a new link leads in again."""
    ended = end_sessions(session, account.id)
    retire_links(session, account.id)
    revoke_all(session, account.id, actor)
    feeds.revoke_feed(session, account, actor)
    if account.totp is not None:
        second_factor.reset(session, account, actor)
    account.password_hash = account.password_at = None
    session.flush()
    audit.write(session, actor, "account.started_anew", "account", account.public_id, count=max(ended, 1))
