"""Closing again whom a restored backup brought back: right after the restore, and every night in case that failed."""

from __future__ import annotations

from datetime import datetime

from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.privacy import erase_list
from pointsys.core.privacy.freezing import carry_out
from pointsys.core.unit_of_work import read_scope, unit_of_work


def close_again(actor: Actor) -> int:
    """Carry the list of erasures out, and bring table and file to the same state; returns how many people."""
    with unit_of_work(drain=False) as session:
        count = carry_out(session, actor)
        if count:
            audit.write(session, actor, "privacy.restored", "erasure", "", count=count)
    return count


def every_night(now: datetime) -> None:
    """The periodic job; writes only where something is to be done."""
    with read_scope() as session:
        waiting = erase_list.differs(session) or bool(erase_list.not_carried_out(session))
    if waiting:
        close_again(SYSTEM)
