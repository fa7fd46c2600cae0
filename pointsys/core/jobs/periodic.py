"""What is done regularly: each process asks every minute, and a unique row lets one of them do it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core.database import table_of, upsert
from pointsys.core.jobs.kinds import Periodic, periodics
from pointsys.core.jobs.models import PeriodicTick
from pointsys.core.jobs.services import took
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

# A turn that takes longer, or whose process is gone, is done by somebody else.
LEASE = timedelta(minutes=15)
ATTEMPTS = 3
KEPT = timedelta(days=7)

log = logging.getLogger(__name__)

Key = tuple[str, datetime]


def tick(stopping: Callable[[], bool] = lambda: False) -> list[str]:
    """Do what is due and nobody else does; returns the names. Raises only what the database raises."""
    site = current_site()
    now = site.now()
    due = {(item.name, item.slot(now, site.timezone)): item for item in periodics()}
    with read_scope() as session:
        open_keys = [key for key in due if not _is_taken(session, key, now)]
    if not open_keys:
        return []
    with unit_of_work(drain=False) as session:
        mine = [key for key in open_keys if _take(session, key, now)]
    for key in mine:
        if not stopping():
            _run(due[key], key, now)
    return [name for name, _slot in mine]


def _is_taken(session: Session, key: Key, now: datetime) -> bool:
    row = session.get(PeriodicTick, key)
    return row is not None and (row.finished_at is not None or row.lease_until >= now)


def _take(session: Session, key: Key, now: datetime) -> bool:
    name, slot = key
    values = {
        "name": name, "slot": slot, "attempts": 1, "lease_until": now + LEASE, "started_at": now, "error": "",
    }  # fmt: skip
    new = upsert(session, PeriodicTick).values(**values).on_conflict_do_nothing()
    if session.execute(new.returning(table_of(PeriodicTick).c.name)).first() is not None:
        return True
    cut_off = update(PeriodicTick).where(
        PeriodicTick.name == name, PeriodicTick.slot == slot, PeriodicTick.finished_at.is_(None),
        PeriodicTick.lease_until < now, PeriodicTick.attempts < ATTEMPTS,
    )  # fmt: skip
    return took(session, cut_off.values(attempts=PeriodicTick.attempts + 1, lease_until=now + LEASE))


def _run(item: Periodic, key: Key, now: datetime) -> None:
    error = ""
    try:
        item.run(now)
    except Exception as failure:
        log.exception("%s failed", item.name)
        error = type(failure).__name__
    with unit_of_work(drain=False) as session:
        mine = update(PeriodicTick).where(PeriodicTick.name == key[0], PeriodicTick.slot == key[1])
        took(session, mine.values(finished_at=current_site().now(), error=error))


def last_tick(session: Session) -> datetime | None:
    """When any process last took a turn."""
    return session.scalar(select(func.max(PeriodicTick.started_at)))


def failing(session: Session, since: datetime) -> list[PeriodicTick]:
    """Turns since then that failed or were cut off, the newest first."""
    query = select(PeriodicTick).where(
        PeriodicTick.started_at >= since,
        or_(
            PeriodicTick.error != "",
            (PeriodicTick.finished_at.is_(None)) & (PeriodicTick.lease_until < current_site().now()),
        ),
    )
    return list(session.scalars(query.order_by(PeriodicTick.started_at.desc()).limit(20)))


def forget_old(session: Session, now: datetime) -> None:
    """Drop the rows of last week's turns."""
    session.execute(
        delete(PeriodicTick)
        .where(PeriodicTick.slot < now - KEPT)
        .execution_options(synchronize_session=False)
    )
