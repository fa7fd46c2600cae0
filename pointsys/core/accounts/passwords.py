"""Which passwords are taken, how they are stored, and whether one fits (S-14).

Hashing takes 45 ms and happens outside of write transactions: ``check_password`` and ``check_not_used_before``
first, then ``hash_password``, then ``store_password`` in the unit of work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.links import retire_links
from pointsys.core.accounts.models import Account, PasswordHistory
from pointsys.core.accounts.rules import DJBH, PROFILES, Profile
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import Actor
from pointsys.core.site import current_site
from pointsys.core.tokens.services import revoke_all
from pointsys.kit.problems import N_, Problem

LONGEST = 200
KEPT = max(profile.barred for profile in PROFILES.values())
# What the shipped list of leaked passwords lacks and people here would think of first.
_LOCAL = frozenset({"pointsys", "jifen", "shequ", "jiedao", "zhongguo", "dangyuan", "zhiyuanzhe", "woaini"})
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_WEAK = {
    DJBH.name: N_("Use at least 10 characters with three of: small letters, capitals, digits, signs."),
    "modern": N_("Use at least 12 characters. Several words in a row are easy to keep in mind."),
}


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache
def _decoy_hash() -> str:
    # Verified against when there is no such account, so that both cases take as long.
    return _hasher().hash("nobody has this password")


@lru_cache
def _leaked() -> frozenset[str]:
    # Half a megabyte that only whoever sets a password needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"]) | _LOCAL


def is_common(password: str) -> bool:
    """Whether a password stands in the list of leaked ones, as it is or dressed up with digits and signs."""
    plain = password.casefold()
    undressed = _AROUND.sub("", plain)
    listed = plain in _leaked() or (len(undressed) >= 3 and undressed in _leaked())
    return listed or _repeats(plain) or _is_run(undressed)


def _repeats(text: str) -> bool:
    """Whether a text is one to four signs over and over."""
    return bool(text) and 0 < (text + text).find(text, 1) <= 4


def _is_run(text: str) -> bool:
    """Whether a text is nothing but a piece of the alphabet or of a row of keys, read either way."""
    return len(text) >= 3 and any(text in row or text[::-1] in row for row in _ROWS)


def check_password(password: str, login: str, profile: Profile = DJBH) -> None:
    """Refuse a password that is too short, too uniform, commonly used or holds the sign-in name; raises Problem."""
    classes = sum(
        any(test(ch) for ch in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda ch: not ch.isalnum())
    )
    if not profile.length <= len(password) <= LONGEST or classes < profile.classes:
        raise Problem("weak_password", _WEAK[profile.name], field="password")
    if login in password.casefold():
        raise Problem(
            "common_password",
            N_("A password must not hold the sign-in name: choose another."),
            field="password",
        )
    if is_common(password):
        raise Problem(
            "common_password", N_("This password is easily guessed: choose another."), field="password"
        )


def old_hashes(session: Session, account: Account, profile: Profile) -> Sequence[str]:
    """Hashes of the passwords that the profile bars from coming back, the present one among them."""
    if not profile.barred:
        return ()
    kept = (
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.account_id == account.id)
        .order_by(PasswordHistory.id.desc())
        .limit(profile.barred)
    )
    present = [account.password_hash] if account.password_hash else []
    return list(dict.fromkeys([*present, *session.scalars(kept)]))[: profile.barred]


def check_not_used_before(password: str, hashes: Collection[str]) -> None:
    """Refuse a password that is among the last ones; raises Problem. Takes 45 ms for each of them."""
    if any(_fits(stored, password) for stored in hashes):
        raise Problem(
            "used_before", N_("You had this password before: choose one that is new."), field="password"
        )


def hash_password(password: str) -> str:
    """What is stored of a password; takes its 45 ms outside of any write transaction."""
    return _hasher().hash(password)


def set_password(session: Session, account: Account, password: str, actor: Actor) -> None:
    """Set a new password; every session and token of the account ends."""
    check_password(password, account.login)
    store_password(session, account, hash_password(password), actor)


def store_password(session: Session, account: Account, hashed: str, actor: Actor) -> None:
    """Store what ``hash_password`` gave for a checked password; every session and token of the account ends."""
    now = current_site().now()
    account.password_hash, account.password_at = hashed, now
    session.add(PasswordHistory(account_id=account.id, password_hash=hashed, at=now))
    session.flush()
    newest = (
        select(PasswordHistory.id)
        .where(PasswordHistory.account_id == account.id)
        .order_by(PasswordHistory.id.desc())
        .limit(KEPT)
    )
    kept = session.scalars(newest).all()
    session.execute(
        delete(PasswordHistory).where(
            PasswordHistory.account_id == account.id, PasswordHistory.id.not_in(kept)
        )
    )
    end_sessions(session, account.id)
    retire_links(session, account.id)
    # A new password is the answer to a theft, and whoever got in may have made tokens.
    revoke_all(session, account.id, actor)
    audit.write(session, actor, "account.password_set", "account", account.public_id)


def expires_at(account: Account, profile: Profile) -> datetime | None:
    """When the account's password has to be changed; None without a password or where they do not expire."""
    if profile.lasts is None or account.password_hash is None:
        return None
    return (account.password_at or account.created_at) + profile.lasts


def verify_password(account: Account | None, password: str) -> bool:
    """Whether the password is that of an account that may sign in; takes as long when there is no account."""
    stored = account.password_hash if account is not None and account.password_hash else None
    fits = _fits(stored or _decoy_hash(), password)
    return fits and stored is not None and account is not None and account.disabled_at is None


def _fits(stored: str, password: str) -> bool:
    try:
        return bool(_hasher().verify(stored, password))
    except (VerificationError, InvalidHashError):
        return False
