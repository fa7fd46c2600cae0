"""The only place that commits.

A request reads inside its session's read transaction. ``unit_of_work`` ends that, begins the one write
transaction, and commits once; permissions and states it relies on are read again inside it. Rows of
derived results are brought up to date right after the commit, each plugin in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

from sqlalchemy import event
from sqlalchemy.orm import Session

from pointsys.core.database import WRITE, db
from pointsys.core.hook_guard import refuse_in_hook

_ACTIVE = "unit_of_work"
_COMMITTING = "unit_of_work_committing"
MARKED = "marked_people"
_AFTER = "after_commit"
LONGEST_WAIT = 30.0
_write_locks: dict[str, RLock] = {}

log = logging.getLogger(__name__)


@contextmanager
def read_scope() -> Iterator[Session]:
    """A session for reading; whatever it opened is ended on leaving."""
    session = db.session()
    try:
        yield session
    finally:
        if not session.info.get(_ACTIVE):
            session.rollback()


def give_up_reading(session: Session) -> None:
    """End what was being read after the database refused a statement, so that reading can go on from anew."""
    if session.info.get(_ACTIVE):
        raise RuntimeError("a unit of work is open: let it be undone whole")
    session.rollback()


@contextmanager
def unit_of_work(*, drain: bool = True) -> Iterator[Session]:
    """One write transaction: committed once when the block ends, undone whole when it raises.

    With ``drain`` the people that ``record()`` and decisions marked are derived after the commit, up to a
    request's worth of them; the rest waits for the next drain, and is shown as not yet computed.
    """
    refuse_in_hook("begin a transaction")
    session = db.session()
    if session.info.get(_ACTIVE):
        raise RuntimeError("a unit of work is already open: pass its session on instead")
    session.rollback()
    session.info[_ACTIVE] = True
    session.info[MARKED] = set()
    session.info[_AFTER] = []
    try:
        with _turn(session):
            try:
                session.connection(execution_options={WRITE: True})
                yield session
                session.info[_COMMITTING] = True
                session.commit()
            except BaseException:
                session.rollback()
                raise
    finally:
        session.info.pop(_ACTIVE, None)
        session.info.pop(_COMMITTING, None)
        marked: set[int] = session.info.pop(MARKED, set())
        acts: list[Callable[[], object]] = session.info.pop(_AFTER, [])
    for act in acts:
        try:
            act()
        except Exception:
            log.exception("what follows a commit failed")
    if drain and marked:
        from pointsys.core.pending import drain_after_commit

        drain_after_commit(marked)


def is_writing(session: Session) -> bool:
    """Whether ``session`` is that of an open unit of work."""
    return bool(session.info.get(_ACTIVE))


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Do ``act`` once the open unit of work is committed, and never if it is undone; its failure is only logged."""
    session.info[_AFTER].append(act)


@contextmanager
def _turn(session: Session) -> Iterator[None]:
    """One writer after another within this process on SQLite, whose own waiting is a lottery with a time limit."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    lock = _write_locks.setdefault(str(session.get_bind().engine.url), RLock())
    # Whoever waited too long tries all the same: the database then says whether it is busy.
    mine = lock.acquire(timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        if mine:
            lock.release()


def _refuse_commit(session: Session) -> None:
    if session.in_nested_transaction():
        # Only a savepoint ends; the transaction around it goes on.
        return
    refuse_in_hook("commit")
    if not session.info.get(_COMMITTING):
        raise RuntimeError(
            "only unit_of_work commits: a service flushes, a hook leaves the transaction alone"
        )


def _refuse_write(session: Session, _context: object, _instances: object) -> None:
    if not session.info.get(_ACTIVE) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("rows change inside unit_of_work only")


def guard_sessions() -> None:
    """Make a commit outside ``unit_of_work`` an error, whoever tries it."""
    factory = db.session.session_factory
    if not event.contains(factory, "before_commit", _refuse_commit):
        event.listen(factory, "before_commit", _refuse_commit)
        event.listen(factory, "before_flush", _refuse_write)
