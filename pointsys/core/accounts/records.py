"""What the holder of an account may look up about its sign-ins: when, whence, by what, and the refused attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import SignInRecord
from pointsys.core.database import table_of
from pointsys.core.site import current_site

OK = "ok"
REFUSED = "refused"
KEPT = timedelta(days=180)
# An address from which one has signed in within this time is not a stranger's.
KNOWN_FOR = timedelta(days=30)
_INSERT = insert(table_of(SignInRecord))


def note_sign_in(
    session: Session, account_id: int, way: str, result: str, address: str, browser: str
) -> None:
    """Write one sign-in or refused attempt down."""
    row = {
        "account_id": account_id,
        "at": current_site().now(),
        "way": way,
        "result": result,
        "address": address,
        "browser": browser[:200],
    }
    session.execute(_INSERT, [row])


def sign_ins_of(session: Session, account_id: int, limit: int = 20) -> Sequence[SignInRecord]:
    """The last sign-ins and refused attempts of an account, the newest first."""
    own = select(SignInRecord).where(SignInRecord.account_id == account_id)
    return session.scalars(own.order_by(SignInRecord.at.desc(), SignInRecord.id.desc()).limit(limit)).all()


def is_known_address(session: Session, account_id: int, address: str) -> bool:
    """Whether the account's holder has signed in from this address lately."""
    known = select(literal(1)).where(
        SignInRecord.account_id == account_id,
        SignInRecord.at > current_site().now() - KNOWN_FOR,
        SignInRecord.address == address,
        SignInRecord.result == OK,
    )
    return session.scalar(known.limit(1)) is not None


def oldest_kept(now: datetime) -> datetime:
    """What was noted before this instant is forgotten."""
    return now - KEPT
