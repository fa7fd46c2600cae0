"""Signed-in browsers: opening, reading, ending; the cookie holds a secret of which only the hash is stored.

A session may be ``pending``: its holder has still to show the second factor (and is nobody until then), to change the
password, or to set a second factor up. ``signing_in`` decides which.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.accounts.notices import has_unseen
from pointsys.core.accounts.records import OK, note_sign_in
from pointsys.core.accounts.rules import sign_in_rules
from pointsys.core.actors import Actor, Grant
from pointsys.core.people.models import Person
from pointsys.core.site import current_site

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# How long somebody may search for their phone after the password fitted.
HALF = timedelta(minutes=10)
# How long one counts as having just proved who one is.
FRESH = timedelta(minutes=15)

PASSWORD, LINK, CODE = "password", "link", "code"
SECOND_FACTOR_PENDING, PASSWORD_PENDING, SET_UP_PENDING = "second_factor", "password", "set_up"


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
    pending: str = ""


@dataclass(frozen=True)
class SessionState:
    """A live session: its actor, when it was last written that it is in use, and whether notices wait for the actor.

    ``fresh_until`` is when acts that hand on power ask again who one is; ``opened_by`` how the session began.
    """

    actor: Actor
    last_seen_at: datetime
    notices: bool = False
    pending: str = ""
    opened_by: str = PASSWORD
    fresh_until: datetime | None = None
    name: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether its holder has proved just now who they are."""
        return self.fresh_until is not None and current_site().now() < self.fresh_until


def open_session(
    session: Session, account: Account, address: str, browser: str, *, way: str = PASSWORD, pending: str = ""
) -> SignedIn:
    """Sign an account in: 256 random bits for the cookie, their hash in the table.

    ``way`` is how it proved itself. With the second factor still pending nobody is signed in yet, and nothing says so.
    Beyond the number of browsers that the site allows the account, those not used for longest are signed out.
    """
    now = current_site().now()
    token = secrets.token_urlsafe(32)
    half = pending == SECOND_FACTOR_PENDING
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            address=address,
            browser=browser[:200],
            opened_by=way,
            pending=pending,
            fresh_at=None if half else now,
        )
    )
    session.flush()
    if not half:
        account.last_seen_at = now
        actor = Actor(account.login, account_id=account.id, address=address, account=account.public_id)
        audit.write(session, actor, "sign_in", "account", account.public_id, after={"way": way})
        note_sign_in(session, account.id, way, OK, address, browser)
        _end_surplus(session, account, actor, token_hash(token))
    return SignedIn(account.id, token, account.letters, pending)


def _end_surplus(session: Session, account: Account, actor: Actor, new: str) -> None:
    """Hold an account to the number of browsers that the site allows it; the ``new`` one is never the one too many."""
    own = LoginSession.account_id == account.id
    if (session.scalar(select(func.count()).where(own)) or 0) <= 1:
        return
    most = sign_in_rules(session).most_sessions
    now = current_site().now()
    live = and_(LoginSession.last_seen_at >= now - IDLE, LoginSession.created_at >= now - ABSOLUTE)
    newest = (
        select(LoginSession.token_hash)
        .where(own, live, LoginSession.pending != SECOND_FACTOR_PENDING, LoginSession.token_hash != new)
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.created_at.desc())
    )
    surplus = session.scalars(newest).all()[most - 1 :]
    if surplus:
        session.execute(delete(LoginSession).where(LoginSession.token_hash.in_(surplus)))
        audit.write(session, actor, "session.surplus_ended", "account", account.public_id, count=len(surplus))


def load_session(session: Session, token: str, address: str) -> SessionState | None:
    """Who this cookie belongs to; None if it is unknown, idle for 30 minutes, 12 hours old, or its account disabled.

    One statement: every page pays for it.
    """
    now = current_site().now()
    rows = session.execute(
        select(
            LoginSession.created_at, LoginSession.last_seen_at, LoginSession.pending, LoginSession.opened_by,
            LoginSession.fresh_at, Account.id, Account.login, Account.person_id, RoleGrant.role, RoleGrant.area_id,
            has_unseen.label("notices"), func.coalesce(func.nullif(Account.name, ""), Person.name, "").label("name"),
            Account.public_id,
        )
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(RoleGrant, and_(RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None)))
        .outerjoin(Person, Person.id == Account.person_id)
        .where(LoginSession.token_hash == token_hash(token), Account.disabled_at.is_(None))
    ).all()  # fmt: skip
    if not rows or rows[0].last_seen_at + IDLE < now or rows[0].created_at + ABSOLUTE < now:
        return None
    first = rows[0]
    if first.pending == SECOND_FACTOR_PENDING and first.created_at + HALF < now:
        return None
    actor = Actor(
        first.login,
        account_id=first.id,
        person_id=first.person_id,
        grants=tuple(Grant(row.role, row.area_id) for row in rows if row.role is not None),
        address=address,
        account=first.public_id,
    )
    fresh_until = first.fresh_at + FRESH if first.fresh_at is not None else None
    return SessionState(
        actor,
        first.last_seen_at,
        bool(first.notices),
        first.pending,
        first.opened_by,
        fresh_until,
        first.name,
    )


def touch_session(session: Session, token: str) -> None:
    """Note that a session is in use; called at most once a minute."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash(token))
        .values(last_seen_at=current_site().now())
    )


def is_open(session: Session, token: str) -> bool:
    """Whether nobody has ended the session of this token meanwhile."""
    return session.get(LoginSession, token_hash(token)) is not None


def end_session(session: Session, token: str) -> bool:
    """Sign out: the cookie is worth nothing from now on; False where it was worth nothing before."""
    ended = session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_sessions(session: Session, account_id: int, *, but: str | None = None) -> int:
    """End every session of an account, except the one with the token ``but``; returns how many there were."""
    others = delete(LoginSession).where(LoginSession.account_id == account_id)
    if but is not None:
        others = others.where(LoginSession.token_hash != token_hash(but))
    return int(session.execute(others).rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in, as its holder sees it; ``key`` names it among those of the account."""

    key: str
    address: str
    browser: str
    created_at: datetime
    last_seen_at: datetime
    own: bool


_KEY = 16


def sessions_of(session: Session, account_id: int, token: str | None = None) -> list[OpenSession]:
    """The live sessions of an account, the last used first; that of ``token`` is marked as one's own."""
    now = current_site().now()
    here = token_hash(token) if token else ""
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.last_seen_at >= now - IDLE,
            LoginSession.created_at >= now - ABSOLUTE,
            LoginSession.pending != SECOND_FACTOR_PENDING,
        )
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.token_hash)
    )
    return [
        # A part of the hash: enough to name it, and no more a secret than the whole.
        OpenSession(
            row.token_hash[:_KEY],
            row.address,
            row.browser,
            row.created_at,
            row.last_seen_at,
            row.token_hash == here,
        )
        for row in rows
    ]


def end_session_of(session: Session, account: Account, key: str, actor: Actor) -> bool:
    """End the session of ``account`` that ``key`` names; False when there is none any more."""
    named = and_(LoginSession.account_id == account.id, func.substr(LoginSession.token_hash, 1, _KEY) == key)
    if not session.execute(delete(LoginSession).where(named)).rowcount:  # type: ignore[attr-defined]
        return False
    audit.write(session, actor, "session.ended", "account", account.public_id)
    return True


def freshen(session: Session, token: str) -> None:
    """Note that the holder of a session has just proved anew who they are."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash(token))
        .values(fresh_at=current_site().now())
    )


def settle(session: Session, token: str, pending: str) -> None:
    """Set what a session still waits for; "" opens it wholly."""
    session.execute(
        update(LoginSession).where(LoginSession.token_hash == token_hash(token)).values(pending=pending)
    )
