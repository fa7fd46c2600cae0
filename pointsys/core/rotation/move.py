"""Sealing and indexing everything under the present keys, in batches that hold writers up for milliseconds.

A batch is read and sealed anew without any lock, then written where the old value still stands: what a writer has
changed meanwhile is left alone, and was sealed with the new key by that writer. Passes go on until one finds nothing,
so it does not matter where an earlier run was cut off. A value that does not open stays as it is and is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.crypto import CannotDecrypt, Keyring, index_version_of
from pointsys.core.database import dialect_of
from pointsys.core.rotation.counts import (
    in_use,
    indexed_elsewise,
    present_keys,
    sealed_elsewise,
    table_with,
)
from pointsys.core.rotation.models import DATA, INDEX, KeyUse
from pointsys.core.sealed_columns import SealedColumn, sealed_columns
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

BATCH = 200
# Another process that has not looked at the key file yet may seal under the old key for a second.
PASSES = 10
_TRIES = 8
# Shorter than PostgreSQL's patience before it looks for a deadlock: it is always this side that gives way.
_LOCK_MS = 300

Step = Callable[[int, int], object]
Key = tuple[Any, ...]


@dataclass
class Moved:
    """What a run did: values ``moved``, those that do not open or clash (``broken``), and what is ``left`` in all."""

    moved: int = 0
    broken: set[tuple[str, Key]] = field(default_factory=set)
    left: int = 0


@dataclass
class _Batch:
    """Rows of one column: (key, old, new) to seal, (old, new) to index."""

    sealed: list[tuple[Key, bytes, bytes]] = field(default_factory=list)
    indexed: list[tuple[bytes, bytes]] = field(default_factory=list)


def move(actor: Actor, *, step: Step, rest: Callable[[float], object]) -> Moved:
    """Bring every sealed value and every index under the present keys; ``step`` hears of values done and in all.

    ``step`` is called between transactions and may end the run by raising; starting anew goes on from there.
    """
    result = Moved()
    with read_scope() as session:
        keys = present_keys(session)
        total = in_use(session).left(keys)
    for _pass in range(PASSES):
        before = result.moved
        for column in sealed_columns():
            for batch in _batches(column, keys, result):
                took = _write(column, batch, result)
                step(result.moved, max(total, result.moved))
                # Writers that wait get as much of the time as this did.
                rest(took)
        if result.moved == before:
            break
    with unit_of_work(drain=False) as session:
        result.left = in_use(session).left(keys)
        _finish(session, keys, result, actor)
    return result


def _finish(session: Session, keys: Keyring, result: Moved, actor: Actor) -> None:
    now = current_site().now()
    if not result.left:
        for purpose, version in ((DATA, keys.current), (INDEX, keys.index_version)):
            row = session.get(KeyUse, purpose)
            if row is None or row.version != version:
                session.merge(KeyUse(purpose=purpose, version=version, since=now, moved_at=now))
            elif row.moved_at is None:
                row.moved_at = now
        session.flush()
    audit.write(
        session, actor, "keys.moved", "keys", f"data {keys.current}, index {keys.index_version}",
        count=result.moved, after={"left": result.left, "broken": len(result.broken)},
    )  # fmt: skip


def _batches(column: SealedColumn, keys: Keyring, result: Moved) -> Iterator[_Batch]:
    """What is to be moved, in the order of the primary key."""
    table = table_with(column)
    places = list(table.primary_key.columns)
    row_id = table.c[column.row_id] if isinstance(column.row_id, str) else column.row_id()
    sealed = table.c[column.sealed]
    old = sealed_elsewise(sealed, keys.current)
    listed = [*places, row_id, sealed]
    if column.index is not None:
        index = table.c[column.index]
        old = or_(old, indexed_elsewise(index, keys.index_version))
        listed.append(index)
    query = select(*listed).where(old).order_by(*places).limit(BATCH)
    last: Key | None = None
    while True:
        with read_scope() as session:
            after = query if last is None else query.where(tuple_(*places) > last)
            rows = session.execute(after).all()
        if not rows:
            return
        last = tuple(rows[-1][: len(places)])
        yield _sealed_anew(column, keys, rows, len(places), result)


def _sealed_anew(
    column: SealedColumn, keys: Keyring, rows: list[Row[Any]] | Any, width: int, result: Moved
) -> _Batch:
    batch = _Batch()
    for row in rows:
        key, row_id, sealed = tuple(row[:width]), row[width], row[width + 1]
        index = row[width + 2] if column.index is not None else None
        try:
            value = keys.decrypt(column.context, row_id, sealed)
        except CannotDecrypt:
            result.broken.add((column.sealed, key))
            continue
        if int.from_bytes(sealed[:2], "big") != keys.current:
            batch.sealed.append((key, sealed, keys.encrypt(column.context, row_id, value)))
        if index is not None and index_version_of(index) != keys.index_version:
            new, *others = keys.blind_indexes(column.context, value)
            if index in others:
                batch.indexed.append((index, new))
            else:
                # Not the index of this value: something is wrong with the row, and guessing would hide it.
                result.broken.add((f"{column.index}", key))
    return batch


def _write(column: SealedColumn, batch: _Batch, result: Moved) -> float:
    """Write a batch in one short transaction; returns how long it held others up, in seconds."""
    try:
        return _try(column, batch, result)
    except IntegrityError:
        # One of them would be there twice, which only a damaged table can hold: the others go on.
        took = _try(column, _Batch(sealed=batch.sealed), result)
        for move in batch.indexed:
            try:
                took += _try(column, _Batch(indexed=[move]), result)
            except IntegrityError:
                result.broken.add((f"{column.index}", move))
        return took


def _try(column: SealedColumn, batch: _Batch, result: Moved) -> float:
    for attempt in range(_TRIES):
        began = time.perf_counter()
        try:
            with unit_of_work(drain=False) as session:
                if dialect_of(session) == "postgresql":
                    session.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'"))
                _execute(session, column, batch)
        except OperationalError:
            # Somebody holds one of the rows, or the database, for a long while.
            if attempt == _TRIES - 1:
                raise
            continue
        result.moved += len(batch.sealed) + len(batch.indexed)
        return time.perf_counter() - began
    raise AssertionError("unreachable")


def _execute(session: Session, column: SealedColumn, batch: _Batch) -> None:
    table = table_with(column)
    sealed = table.c[column.sealed]
    if batch.sealed:
        places = list(table.primary_key.columns)
        here = [place == bindparam(f"b_{place.name}") for place in places]
        statement = (
            update(table).where(*here, sealed == bindparam("b_old")).values({sealed: bindparam("b_new")})
        )
        session.execute(
            statement,
            [
                {"b_old": old, "b_new": new}
                | {f"b_{place.name}": value for place, value in zip(places, key, strict=True)}
                for key, old, new in batch.sealed
            ],
        )
    if batch.indexed:
        # By value and not by row: rows with one phone change together, and comparing them stays right throughout.
        index = table.c[str(column.index)]
        statement = update(table).where(index == bindparam("b_old")).values({index: bindparam("b_new")})
        moves = sorted(set(batch.indexed))
        session.execute(statement, [{"b_old": old, "b_new": new} for old, new in moves])
