"""Making accounts, signing in and out, granting roles; every function works in the caller's transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, LoginFailure, LoginSession, OneTimeLink, RoleGrant
from pointsys.core.actors import Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.database import upsert
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
LOCK = timedelta(minutes=10)
FAILURES_PER_LOGIN = 5
FAILURES_PER_ADDRESS = 30
SIGN_IN = "sign_in"
FIRST_RUN = "first_run"

# Words that stand in every list of leaked passwords and pass the rule of length; the rest is the rule's work.
_COMMON = frozenset(
    [
        "password1!",
        "password123",
        "1234567890",
        "12345678910",
        "qwertyuiop",
        "0123456789",
        "1qaz2wsx3edc",
        "admin12345",
        "iloveyou123",
        "abc1234567",
        "a123456789",
        "qwerty12345",
        "pointsys123",
    ]
)


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache
def _decoy_hash() -> str:
    # Verified against when there is no such account, so that both cases take as long.
    return _hasher().hash("nobody has this password")


def token_hash(token: str) -> str:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def normalise_login(raw: str) -> str:
    """The form in which logins are compared: NFKC, no invisible characters, lower case; raises Problem."""
    login = normalise_text(raw).casefold().replace(" ", "")
    if not 2 <= len(login) <= 60:
        raise Problem("bad_login", N_("Choose a sign-in name of 2 to 60 characters."), field="login")
    return login


def check_password(password: str, login: str) -> None:
    """Refuse a password that is short, of one kind of character, common, or the sign-in name; raises Problem."""
    classes = sum(
        any(test(ch) for ch in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda ch: not ch.isalnum())
    )
    if len(password) < 10 or len(password) > 200 or classes < 3:
        raise Problem(
            "weak_password",
            N_("Use at least 10 characters with three of: small letters, capitals, digits, signs."),
            field="password",
        )
    if password.casefold() in _COMMON or login in password.casefold():
        raise Problem(
            "common_password", N_("This password is easily guessed: choose another."), field="password"
        )


def create_account(
    session: Session,
    login: str,
    actor: Actor,
    *,
    person_id: int | None = None,
    password: str | None = None,
    name: str = "",
) -> Account:
    """A new account without any role; raises Problem for a taken or bad name."""
    login = normalise_login(login)
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        raise Problem("login_taken", N_("This sign-in name is taken."), field="login")
    if person_id is not None and session.scalar(select(Account.id).where(Account.person_id == person_id)):
        raise Problem("person_has_account", N_("This person has an account already."), field="person")
    if password is not None:
        check_password(password, login)
    account = Account(
        login=login,
        name=name,
        person_id=person_id,
        password_hash=_hasher().hash(password) if password is not None else None,
        created_at=current_site().now(),
    )
    session.add(account)
    session.flush()
    audit.write(session, actor, "account.created", "account", account.public_id, after={"login": login})
    return account


def hash_password(password: str) -> str:
    """What is stored of a password; takes its 45 ms outside of any write transaction."""
    return _hasher().hash(password)


def set_password(session: Session, account: Account, password: str, actor: Actor) -> None:
    """Set a new password and end every session of the account."""
    check_password(password, account.login)
    store_password(session, account, hash_password(password), actor)


def store_password(session: Session, account: Account, hashed: str, actor: Actor) -> None:
    """Store what ``hash_password`` gave for a checked password, and end every session of the account."""
    account.password_hash = hashed
    end_sessions(session, account.id)
    _retire_links(session, account.id)
    audit.write(session, actor, "account.password_set", "account", account.public_id)


def grant_role(session: Session, account: Account, role: str, area: Area, actor: Actor) -> None:
    """Give a role on ``area`` and below; giving it twice changes nothing. Nobody grants to themselves."""
    if role not in ROLE_TITLES:
        raise Problem("unknown_role", N_("There is no role named %(role)s."), field="role", role=role)
    if actor.account_id == account.id:
        raise Problem("own_roles", N_("Somebody else has to change your own roles."), field="role")
    open_grant = select(RoleGrant.id).where(
        RoleGrant.account_id == account.id,
        RoleGrant.role == role,
        RoleGrant.area_id == area.id,
        RoleGrant.ended_at.is_(None),
    )
    if session.scalar(open_grant) is not None:
        return
    now = current_site().now()
    session.add(
        RoleGrant(account_id=account.id, role=role, area_id=area.id, granted_by=actor.label, granted_at=now)
    )
    session.flush()
    audit.write(
        session, actor, "role.granted", "account", account.public_id, area_id=area.id, after={"role": role}
    )


def end_role(session: Session, grant: RoleGrant, actor: Actor) -> None:
    """Take a role back; its holder's next request is without it."""
    if actor.account_id == grant.account_id:
        raise Problem("own_roles", N_("Somebody else has to change your own roles."), field="role")
    grant.ended_at = current_site().now()
    account = session.get_one(Account, grant.account_id)
    audit.write(
        session,
        actor,
        "role.ended",
        "account",
        account.public_id,
        area_id=grant.area_id,
        before={"role": grant.role},
    )


def disable_account(session: Session, account: Account, actor: Actor) -> None:
    """Lock an account out at once; what it did stays."""
    account.disabled_at = current_site().now()
    end_sessions(session, account.id)
    _retire_links(session, account.id)
    audit.write(session, actor, "account.disabled", "account", account.public_id)


def enable_account(session: Session, account: Account, actor: Actor) -> None:
    """Let a disabled account in again."""
    account.disabled_at = None
    audit.write(session, actor, "account.enabled", "account", account.public_id)


@dataclass(frozen=True)
class SignedIn:
    """An account with a fresh session; ``token`` goes into the cookie and nowhere else.

    ``letters`` is the size of letters that its holder chose once, for browsers that do not know it yet.
    """

    account_id: int
    token: str
    letters: int | None = None


def locked_until(session: Session, subjects: Collection[tuple[str, int]]) -> datetime | None:
    """When the first exhausted counter of (subject, limit) frees itself; None when sign-in may be tried."""
    now = current_site().now()
    for subject, limit in subjects:
        row = session.get(LoginFailure, subject)
        if row is not None and row.count >= limit and row.since + LOCK > now:
            return row.since + LOCK
    return None


def throttle_subjects(login: str, address: str) -> list[tuple[str, int]]:
    """The counters of one attempt: per login *and* address, so that a stranger locks nobody out, and per address."""
    return [
        (f"login:{login[:60]}@{address}"[:130], FAILURES_PER_LOGIN),
        (f"address:{address}", FAILURES_PER_ADDRESS),
    ]


def count_failure(session: Session, login: str, address: str) -> None:
    """Count one failed sign-in."""
    count_subjects(session, throttle_subjects(login, address))


def count_subjects(session: Session, subjects: Collection[tuple[str, int]]) -> None:
    """Count one failure against each (subject, limit); a counter older than the lock starts again."""
    now = current_site().now()
    for subject, _limit in subjects:
        session.execute(
            delete(LoginFailure).where(LoginFailure.subject == subject, LoginFailure.since < now - LOCK)
        )
        session.execute(
            upsert(session, LoginFailure).on_conflict_do_update(
                index_elements=["subject"], set_={"count": LoginFailure.count + 1}
            ),
            [{"subject": subject, "count": 1, "since": now}],
        )


def verify_password(session: Session, login: str, password: str) -> Account | None:
    """The account if login and password fit and it is not disabled; takes as long when there is none."""
    account = session.scalar(select(Account).where(Account.login == login))
    stored = account.password_hash if account is not None and account.password_hash else _decoy_hash()
    try:
        _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return None
    if account is None or account.disabled_at is not None or account.password_hash is None:
        return None
    return account


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


def end_sessions(session: Session, account_id: int) -> None:
    """End every session of an account."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))


def _retire_links(session: Session, account_id: int) -> None:
    """Links that nobody has used yet are worth nothing any more: they may lie about in chats."""
    unused = update(OneTimeLink).where(OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None))
    session.execute(unused.values(used_at=current_site().now()))


def end_session(session: Session, token: str) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


@dataclass(frozen=True)
class SessionState:
    """A live session: its actor and when it was last written that it is in use."""

    actor: Actor
    last_seen_at: datetime


def load_session(session: Session, token: str, address: str) -> SessionState | None:
    """Who this cookie belongs to; None if it is unknown, idle for 30 minutes, 12 hours old, or its account disabled.

    One statement: every page pays for it.
    """
    now = current_site().now()
    rows = session.execute(
        select(
            LoginSession.created_at, LoginSession.last_seen_at,
            Account.id, Account.login, Account.person_id, RoleGrant.role, RoleGrant.area_id,
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
    return SessionState(actor, first.last_seen_at)


def touch_session(session: Session, token: str) -> None:
    """Note that a session is in use; called at most once a minute."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash(token))
        .values(last_seen_at=current_site().now())
    )


def create_link(
    session: Session, purpose: str, *, account_id: int | None = None, valid: timedelta = timedelta(minutes=10)
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


def renew_link(session: Session, account: Account, valid: timedelta) -> str:
    """A token for a fresh one-time sign-in link; those that nobody has used yet are void from now on."""
    _retire_links(session, account.id)
    return create_link(session, SIGN_IN, account_id=account.id, valid=valid)


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
    return session.get_one(OneTimeLink, token_hash(token))


def has_accounts(session: Session) -> bool:
    """Whether anybody can sign in yet."""
    return bool(session.scalar(select(func.count()).select_from(Account)))
