"""One writer at a time for a person's wallet: the row that is locked, and the instant an operation gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks, current_site, groups, table_of, upsert

from .models import PointsWallet, PointsWalletOp


def lock_wallets(session: Session, people: Collection[int]) -> None:
    """Lock the wallets of people (kept ids) until the transaction ends, in one order, opening those that are new."""
    now = current_site().now()
    for part in chunks(sorted(people), 1_000):
        rows = [{"person_id": person, "opened_at": now} for person in part]
        session.execute(upsert(session, PointsWallet).values(rows).on_conflict_do_nothing())
        query = (
            select(PointsWallet.person_id)
            .where(PointsWallet.person_id.in_(part))
            .order_by(PointsWallet.person_id)
            .with_for_update()
        )
        session.execute(query).all()


def instant_after(session: Session, people: Collection[int]) -> datetime:
    """Now, but never before an operation that people (kept ids) have already: a clock set back reorders nothing."""
    latest = current_site().now()
    for part in chunks(rows_of(session, people)):
        last = session.scalar(select(func.max(PointsWalletOp.at)).where(PointsWalletOp.person_id.in_(part)))
        latest = max(latest, last) if last is not None else latest
    return latest


def rows_of(session: Session, people: Collection[int]) -> list[int]:
    """Ids of all rows of human beings, merged ones included."""
    return [row for several in groups(session, people).values() for row in several]


def insert_ops(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write operations."""
    for part in chunks(rows, 1_000):
        session.execute(insert(table_of(PointsWalletOp)), [dict(row) for row in part])
