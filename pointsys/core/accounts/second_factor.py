"""The second factor (S-15): codes of an authenticator app (RFC 6238), and recovery codes for when the phone is lost.

The secret is sealed in the account's row. It counts once ``confirm`` has seen a code made from it. A code is taken
once: the half minute it belongs to is kept, and none before or at it is taken again.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, RecoveryCode
from pointsys.core.actors import Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.database import table_of
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem

COLUMN = "account.totp"
STEP = 30
# Phones' clocks differ: the code before and after the present one are taken too.
WINDOW = 1
RECOVERY_CODES = 10
# Without letters and digits that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 12


def start(session: Session, account: Account, actor: Actor) -> None:
    """Make a secret for the holder to put into an app; refused while another one is in use (Problem)."""
    if account.totp_at is not None:
        raise Problem("has_second_factor", N_("Take the present second factor away first."))
    secret = pyotp.random_base32()
    account.totp = current_site().keyring.encrypt(COLUMN, account.public_id, secret)
    account.totp_step = None
    audit.write(session, actor, "account.second_factor_begun", "account", account.public_id)


def secret_of(account: Account) -> str:
    """The secret in base32; raises CannotDecrypt, and Problem where there is none."""
    if account.totp is None:
        raise Problem("no_second_factor", N_("There is no second factor yet: begin to set one up."))
    return current_site().keyring.decrypt(COLUMN, account.public_id, account.totp)


def address_for_app(account: Account, issuer: str) -> str:
    """The ``otpauth:`` address that apps read from a QR code."""
    return pyotp.TOTP(secret_of(account)).provisioning_uri(name=account.login, issuer_name=issuer)


def confirm(session: Session, account: Account, code: str, actor: Actor) -> list[str]:
    """Put the new second factor into force once the holder shows a code of it; returns the recovery codes, once.

    Raises Problem wrong_code.
    """
    if account.totp_at is not None or not _take_step(session, account, code):
        raise Problem(
            "wrong_code",
            N_("This code does not fit. Check that the clock of the phone is right, and type the code shown now."),
            field="code",
        )  # fmt: skip
    account.totp_at = current_site().now()
    audit.write(session, actor, "account.second_factor_set", "account", account.public_id)
    return _new_codes(session, account)


def renew_codes(session: Session, account: Account, actor: Actor) -> list[str]:
    """New recovery codes; the old ones are worth nothing any more."""
    audit.write(session, actor, "account.recovery_codes_made", "account", account.public_id)
    return _new_codes(session, account)


def verify(session: Session, account: Account, typed: str) -> bool:
    """Whether ``typed`` is a code of the app or a recovery code; either is spent by it."""
    text = "".join(ch for ch in normalise_text(typed).casefold() if ch.isalnum())
    if len(text) == _RECOVERY_LENGTH:
        gone = delete(RecoveryCode).where(
            RecoveryCode.account_id == account.id, RecoveryCode.code_hash == _recovery_hash(account, text)
        )
        return bool(session.execute(gone).rowcount == 1)  # type: ignore[attr-defined]
    return account.totp_at is not None and _take_step(session, account, text)


def codes_left(session: Session, account: Account) -> int:
    """How many recovery codes are not used yet."""
    own = select(func.count()).where(RecoveryCode.account_id == account.id)
    return session.scalar(own) or 0


def reset(session: Session, account: Account, actor: Actor) -> None:
    """Take the second factor away: by its holder, or by an administrator for somebody who lost phone and codes."""
    account.totp = account.totp_at = account.totp_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    audit.write(session, actor, "account.second_factor_removed", "account", account.public_id)


def _take_step(session: Session, account: Account, typed: str) -> bool:
    """Spend the half minute of a code of the app: of two uses at the same time one wins.

    Of a secret that does not open no code fits, and the administrators are told; recovery codes still do.
    """
    try:
        secret = secret_of(account)
    except CannotDecrypt:
        raise_alert(session, "key.failed", f"account {account.public_id} totp")
        return False
    step = _step_of(secret, typed, current_site().now())
    if step is None:
        return False
    table = table_of(Account)
    taken = session.execute(
        update(table)
        .where(table.c.id == account.id, or_(table.c.totp_step.is_(None), table.c.totp_step < step))
        .values(totp_step=step)
    )
    session.expire(account, ["totp_step"])
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The half minute that a code of six digits belongs to, near ``now``; None for a wrong one."""
    digits = "".join(ch for ch in normalise_text(typed) if ch.isdigit())
    totp, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    fitting = [
        step
        for step in range(here - WINDOW, here + WINDOW + 1)
        if secrets.compare_digest(totp.generate_otp(step), digits)
    ]
    return fitting[-1] if fitting else None


def _new_codes(session: Session, account: Account) -> list[str]:
    codes = [
        "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)
    ]
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    rows = [{"account_id": account.id, "code_hash": _recovery_hash(account, code)} for code in codes]
    session.execute(insert(table_of(RecoveryCode)), rows)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _recovery_hash(account: Account, code: str) -> str:
    # Some 59 bits at random: a fast hash is enough, and the account's id lets nobody try them on all accounts at once.
    return hashlib.sha256(f"{account.public_id}:{code}".encode()).hexdigest()
