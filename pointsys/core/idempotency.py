"""One act, however often its request arrives: a key that the caller chose, and the answer that was given.

The row is written in the transaction of the act itself. Either both are there or neither is, so that a crash leaves
nothing that blocks, and the primary key lets no second act through whatever the callers do. ``running`` and
``claim`` tell a caller who comes too early; ``finish`` keeps the answer for those who come late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Index, Integer, String, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core.database import Base, dialect_of, table_of
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

KEPT = timedelta(days=7)
SHORTEST, LONGEST_KEY = 8, 100

REUSED = N_("This key stands for another request already. Choose a new key for each act.")
RUNNING = N_("The same request is still running. Ask again in a moment.")

_running: set[tuple[str, str]] = set()
_lock = Lock()


class IdempotencyKey(Base):
    """The answer that was given under a key of ``subject``; ``digest`` is that of the request's route and body."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created", "created_at"),)

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Ticket:
    """One request that must not be carried out twice: whose, under which key, and what it asks for."""

    subject: str
    key_hash: str
    digest: str


@dataclass(frozen=True)
class Answer:
    """The stored answer: an HTTP status, and a body or an address."""

    status: int
    text: str


def ticket(subject: str, key: str, route: str, body: bytes) -> Ticket:
    """The ticket of a request; raises Problem bad_idempotency_key for a key that is short, long or not printable."""
    if not SHORTEST <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Problem(
            "bad_idempotency_key",
            N_("Give a key of 8 to 100 letters, digits or signs, a new one for each act."),
            field="Idempotency-Key",
        )
    # With the key, which is stored nowhere: of the bare body, a secret ballot say, every one could be tried.
    digest = hashlib.sha256(key.encode() + b"\0" + route.encode() + b"\0" + body).hexdigest()
    return Ticket(subject, hashlib.sha256(key.encode()).hexdigest(), digest)


def _is_running() -> Problem:
    return Problem("idempotency_running", RUNNING, field="Idempotency-Key")


@contextmanager
def running(session: Session, asked: Ticket) -> Iterator[None]:
    """Hold the ticket in this process while the block runs; raises Problem idempotency_running if it is held.

    On SQLite, where writers stand in line, nothing else could tell the second caller so before the first is done.
    """
    held = (f"{session.get_bind().engine.url}#{asked.subject}", asked.key_hash)
    with _lock:
        if held in _running:
            raise _is_running()
        _running.add(held)
    try:
        yield
    finally:
        with _lock:
            _running.discard(held)


def claim(session: Session, asked: Ticket, *, wait: bool = False) -> Answer | None:
    """Inside the unit of work, before the act: the answer that was given already, None if the act is still to be done.

    Raises Problem idempotency_key_reused for a key that stood for something else, and idempotency_running while
    another process carries the same request out, unless ``wait`` says to be there when it ends.
    """
    if dialect_of(session) == "postgresql":
        # Gone with the transaction, however that ends.
        number = int.from_bytes(bytes.fromhex(asked.key_hash)[:8], "big", signed=True)
        if wait:
            session.execute(select(func.pg_advisory_xact_lock(number)))
        elif not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise _is_running()
    row = session.execute(
        select(
            IdempotencyKey.digest, IdempotencyKey.status, IdempotencyKey.answer, IdempotencyKey.created_at
        ).where(IdempotencyKey.subject == asked.subject, IdempotencyKey.key_hash == asked.key_hash)
    ).one_or_none()
    if row is None:
        return None
    if row.created_at <= current_site().now() - KEPT:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.subject == asked.subject, IdempotencyKey.key_hash == asked.key_hash
            )
        )
        return None
    if row.digest != asked.digest:
        raise Problem("idempotency_key_reused", REUSED, field="Idempotency-Key")
    return Answer(row.status, row.answer)


def finish(session: Session, asked: Ticket, answer: Answer) -> None:
    """Inside the same unit of work, after the act: keep the answer."""
    session.execute(
        insert(table_of(IdempotencyKey)),
        [
            {
                **vars(asked),
                "status": answer.status,
                "answer": answer.text,
                "created_at": current_site().now(),
            }
        ],
    )


def purge(session: Session) -> int:
    """Forget the keys whose time is over; returns how many they were."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at <= current_site().now() - KEPT)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
