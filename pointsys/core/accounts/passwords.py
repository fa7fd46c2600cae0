"""Which passwords are taken, how they are stored, and whether one fits."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.links import retire_links
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import Actor
from pointsys.kit.problems import N_, Problem

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
    retire_links(session, account.id)
    audit.write(session, actor, "account.password_set", "account", account.public_id)


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
