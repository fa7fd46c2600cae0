"""Links that work once: to sign in, and to make the first account of a site."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, OneTimeLink, SignInCode
from pointsys.core.accounts.sessions import end_sessions, token_hash
from pointsys.core.actors import Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.site import current_site
from pointsys.core.tokens.services import revoke_all
from pointsys.kit.problems import N_, Problem

SIGN_IN = "sign_in"
FIRST_RUN = "first_run"
# Long enough to be opened while the one who made it is still on the telephone.
VALID = timedelta(minutes=10)


def create_link(
    session: Session, purpose: str, *, account_id: int | None = None, valid: timedelta = VALID
) -> str:
    """A token for a one-time link; only its hash is stored."""
    token = secrets.token_urlsafe(24)
    expires_at = current_site().now() + valid
    session.add(
        OneTimeLink(
            token_hash=token_hash(token), purpose=purpose, account_id=account_id, expires_at=expires_at
        )
    )
    return token


def renew_link(session: Session, account: Account, valid: timedelta = VALID) -> str:
    """A token for a fresh one-time sign-in link; those that nobody has used yet are void from now on."""
    retire_links(session, account.id)
    return create_link(session, SIGN_IN, account_id=account.id, valid=valid)


def retire_links(session: Session, account_id: int) -> None:
    """Links and codes that nobody has used yet are worth nothing any more: they may lie about in chats and bins."""
    unused = update(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None))
    session.execute(unused.values(used_at=current_site().now(), retired=True))
    session.execute(delete(SignInCode).where(SignInCode.account_id == account_id))


def link_is_good(session: Session, token: str, purpose: str) -> OneTimeLink | None:
    """The unused, unexpired link of this token."""
    link = session.get(OneTimeLink, token_hash(token))
    if link is None or link.purpose != purpose or link.used_at is not None:
        return None
    return link if link.expires_at > current_site().now() else None


def use_link(session: Session, token: str, purpose: str) -> OneTimeLink:
    """Spend a link: of two uses at the same time one wins; raises Problem when it is used, expired or unknown."""
    now = current_site().now()
    spent = session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
        .values(used_at=now)
    )
    if spent.rowcount != 1:  # type: ignore[attr-defined]
        raise Problem("link_used", N_("This link was used already or has expired. Ask for a new one."))
    link = session.get_one(OneTimeLink, token_hash(token))
    # The code that stands beside it on the slip has done its work too.
    session.execute(delete(SignInCode).where(SignInCode.account_id == link.account_id))
    return link


def was_used(session: Session, token: str) -> OneTimeLink | None:
    """The sign-in link of this token if somebody did sign in with it; None for unknown, expired and void ones."""
    link = session.get(OneTimeLink, token_hash(token))
    if link is None or link.purpose != SIGN_IN or link.used_at is None or link.retired:
        return None
    return link


def use_twice(session: Session, token: str, address: str) -> None:
    """Answer the second use of a link: one of the two was a thief, so every session and token ends, once."""
    link = was_used(session, token)
    if link is None or link.account_id is None:
        return
    link.retired = True
    account = session.get_one(Account, link.account_id)
    actor = Actor("anonymous", address=address)
    ended = end_sessions(session, account.id)
    retire_links(session, account.id)
    revoke_all(session, account.id, actor)
    raise_alert(session, "link.reused", account.login)
    audit.write(
        session, actor, "account.link_reused", "account", account.public_id, result=audit.DENIED, count=max(ended, 1)
    )  # fmt: skip
