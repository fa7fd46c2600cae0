"""Counters of failed attempts (S-13): a stranger is stopped, and nobody is locked out by a stranger.

An attempt is counted three times: for the account at this address (a holder who mistypes waits ten minutes), for the
address as a whole (guessing at many accounts), and for the account from addresses that its holder never used
(guessing from many places). Whoever has signed in from an address lately is held by the first counter alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import LoginFailure
from pointsys.core.alerts import raise_alert
from pointsys.core.database import upsert
from pointsys.core.site import current_site

LOCK = timedelta(minutes=10)
FAILURES_PER_LOGIN = 5
FAILURES_PER_ADDRESS = 30
FAILURES_PER_ACCOUNT = 20
# From here on nothing is even verified: hashing passwords is the dearest thing that strangers can make the site do.
FAILURES_FLOOD = 300

Subject = tuple[str, int]


@dataclass(frozen=True)
class Counters:
    """The counters of one attempt, each with its limit."""

    pair: Subject
    address: Subject
    account: Subject
    flood: Subject

    @property
    def all(self) -> tuple[Subject, ...]:
        """Those that a failure adds to."""
        return (self.pair, self.address, self.account)


def counters(name: str, address: str) -> Counters:
    """The counters of an attempt at ``name``, an account's outside id or what was typed."""
    return Counters(
        (f"login:{name[:60]}@{address}"[:130], FAILURES_PER_LOGIN),
        (f"address:{address}", FAILURES_PER_ADDRESS),
        (f"account:{name[:60]}", FAILURES_PER_ACCOUNT),
        (f"address:{address}", FAILURES_FLOOD),
    )


def locked_until(session: Session, subjects: Collection[Subject]) -> datetime | None:
    """When the first exhausted counter of (subject, limit) frees itself; None when sign-in may be tried."""
    now = current_site().now()
    for subject, limit in subjects:
        row = session.get(LoginFailure, subject)
        if row is not None and row.count >= limit and row.since + LOCK > now:
            return row.since + LOCK
    return None


def count_failure(session: Session, name: str, address: str, login: str = "") -> None:
    """Count one failed attempt; administrators are told when an address or the account ``login`` is at its limit."""
    counted = counters(name, address)
    count_subjects(session, counted.all)
    for (subject, limit), kind, told in (
        (counted.address, "sign_in.address", address),
        (counted.account, "sign_in.account", login),
    ):
        if not told:
            continue
        row = session.get(LoginFailure, subject, populate_existing=True)
        if row is not None and row.count == limit:
            raise_alert(session, kind, told[:100])


def count_subjects(session: Session, subjects: Collection[Subject]) -> None:
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


def clear_failures(session: Session, name: str) -> int:
    """Let an account's holder try again at once, wherever they are; returns how many counters there were."""
    own = LoginFailure.subject == f"account:{name[:60]}"
    # "second:" counts codes of the second factor, "again:" the password where it is asked for anew.
    paired = [
        LoginFailure.subject.startswith(f"login:{kind}{name[:60]}@", autoescape=True)
        for kind in ("", "second:", "again:")
    ]
    found = session.execute(delete(LoginFailure).where(or_(own, *paired)))
    return int(found.rowcount)  # type: ignore[attr-defined]


def failed_lately(session: Session, name: str) -> int:
    """How many failed attempts at an account count at present, from all addresses together."""
    own = LoginFailure.subject == f"account:{name[:60]}"
    count = session.scalar(
        select(LoginFailure.count).where(own, LoginFailure.since > current_site().now() - LOCK)
    )
    return count or 0
