"""Counters of failed attempts, per name and address: a stranger at one address locks nobody else out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import LoginFailure
from pointsys.core.database import upsert
from pointsys.core.site import current_site

LOCK = timedelta(minutes=10)
FAILURES_PER_LOGIN = 5
FAILURES_PER_ADDRESS = 30


def throttle_subjects(login: str, address: str) -> list[tuple[str, int]]:
    """The counters of one attempt: per login *and* address, so that a stranger locks nobody out, and per address."""
    return [
        (f"login:{login[:60]}@{address}"[:130], FAILURES_PER_LOGIN),
        (f"address:{address}", FAILURES_PER_ADDRESS),
    ]


def locked_until(session: Session, subjects: Collection[tuple[str, int]]) -> datetime | None:
    """When the first exhausted counter of (subject, limit) frees itself; None when sign-in may be tried."""
    now = current_site().now()
    for subject, limit in subjects:
        row = session.get(LoginFailure, subject)
        if row is not None and row.count >= limit and row.since + LOCK > now:
            return row.since + LOCK
    return None


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
