"""How long audit rows are kept (S-20): three years unless the site says otherwise, and never less than 180 days.

Rows go in whole blocks from the beginning of the chain; the blocks themselves stay, so the chain does. The log says
what went, and a head is put outside before it goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit.blocks import AUDIT
from pointsys.core.audit.forgetting import lock_chain
from pointsys.core.audit.models import EXPIRED, AuditBlock, AuditRow
from pointsys.core.audit.rows import write
from pointsys.core.database import table_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem

KEEP_DAYS = "audit.keep_days"
DEFAULT_DAYS = 3 * 365
LEAST_DAYS = 180
MOST_DAYS = 36_500
LEAST = timedelta(days=LEAST_DAYS)
PRUNED = "audit.pruned"
_AT_ONCE = 20
_BLOCK = table_of(AuditBlock)
_AUDIT = table_of(AuditRow)


def keep_days(session: Session) -> int:
    """Days that audit rows are kept; a stored value below the least counts as the least."""
    from pointsys.core.settings import get_setting

    root = session.scalar(select(Area.id).where(Area.parent_id.is_(None)))
    stored = DEFAULT_DAYS if root is None else get_setting(session, root, KEEP_DAYS, DEFAULT_DAYS)
    return max(stored, LEAST_DAYS) if isinstance(stored, int) else DEFAULT_DAYS


def set_keep_days(session: Session, root: Area, days: int, actor: Actor) -> None:
    """Keep rows for so many days from now on; raises Problem kept_too_short or kept_too_long."""
    from pointsys.core.settings import set_setting

    if days < LEAST_DAYS:
        raise Problem(
            "kept_too_short",
            N_("The audit log is kept for at least %(least)s days (Cybersecurity Law, article 23)."),
            field="days",
            least=LEAST_DAYS,
        )
    if days > MOST_DAYS:
        raise Problem("kept_too_long", N_("At most %(most)s days."), field="days", most=MOST_DAYS)
    set_setting(session, root, KEEP_DAYS, days, actor)


def prune(now: datetime) -> int:
    """Remove the rows of the blocks that were sealed before the time kept; returns how many.

    Opens its own units of work; a few blocks each, so that nobody waits for long.
    """
    with read_scope() as session:
        edge = now - timedelta(days=keep_days(session))
    removed = 0
    while some := _prune_some(edge):
        removed += some
    return removed


def _prune_some(edge: datetime) -> int:
    with unit_of_work(drain=False) as session:
        lock_chain(session)
        oldest = (
            select(_BLOCK.c.position, _BLOCK.c.first_id, _BLOCK.c.last_id, _BLOCK.c.sealed_at)
            .where(_BLOCK.c.log == AUDIT, _BLOCK.c.pruned_at.is_(None))
            .order_by(_BLOCK.c.position)
            .limit(_AT_ONCE)
        )
        gone = []
        for block in session.execute(oldest):
            if block.sealed_at >= edge:
                break
            gone.append(block)
        if not gone:
            return 0
        count = 0
        for block in gone:
            rows = _AUDIT.c.id.between(block.first_id, block.last_id)
            session.execute(update(_AUDIT).where(rows).values(forgotten=EXPIRED))
            session.execute(delete(_AUDIT).where(rows))
            count += block.last_id - block.first_id + 1
        last = gone[-1].position
        session.execute(
            update(_BLOCK)
            .where(_BLOCK.c.position.in_([block.position for block in gone]))
            .values(pruned_at=current_site().now(), digests=None)
        )
        write(session, SYSTEM, PRUNED, "chain", str(last), count=count, after={"to": last, "rows": count})
    return count
