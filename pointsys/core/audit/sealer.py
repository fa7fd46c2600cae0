"""Sealing: what is committed and in no block yet is read and digested outside of any write transaction, then a short
one puts the blocks on top of the chain. Writers of the logs are never waited for and never kept waiting for more.

On PostgreSQL a row can be committed after one with a higher id: a block therefore holds consecutive ids only, gaps stay
open, and a late row gets a block of its own on top. Gaps of the last hour are looked at each time, all of them daily.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.core.audit.anchors import kept_last, note_last
from pointsys.core.audit.blocks import (
    AUDIT,
    LOGS,
    PREFIX,
    UNMARKED,
    VERSION,
    content_of,
    digest_of,
    hash_of,
    rows_of,
    table_of_log,
    tip,
)
from pointsys.core.audit.forgetting import lock_chain
from pointsys.core.audit.models import AuditBlock, AuditRow
from pointsys.core.audit.rows import NONCE
from pointsys.core.database import dialect_of, table_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

LONGEST = 500
AT_ONCE = 2_000
# Nobody's transaction stays open for longer; what does is found by the daily look at all gaps.
LATE = timedelta(hours=1)
_BLOCK = table_of(AuditBlock)
_AUDIT = table_of(AuditRow)

Span = tuple[int, int]


def seal(*, deep: bool = False, most: int | None = None) -> int:
    """Chain all that is committed; returns how many rows were (at most about ``most``). Opens its own units of work.

    ``deep`` looks at every gap since the beginning instead of those of the last hour.
    """
    done = 0
    for log in LOGS:
        more = True
        while more and (most is None or done < most):
            sealed, more = _seal_some(log, deep)
            done += sealed
    if done:
        _keep_head()
    return done


def _keep_head() -> None:
    """Note the head beside the database, unless the one noted there is no longer in the chain.

    That one is the only trace of what was cut off: it stays, every verification tells of it, and so does an alert.
    """
    last = kept_last()
    with read_scope() as session:
        position, hash_ = tip(session)
        there = last and session.scalar(select(_BLOCK.c.hash).where(_BLOCK.c.position == last.position))
    if last is None or not last.position or there == last.hash:
        if last is None or last.position <= position:
            note_last(position, hash_)
        return
    from pointsys.core.alerts import raise_alert

    with unit_of_work(drain=False) as session:
        raise_alert(
            session, "audit.broken", f"{'rewritten' if there else 'cut'} {AUDIT} {last.position}", found=1
        )


def _seal_some(log: str, deep: bool) -> tuple[int, bool]:
    """How many rows were sealed, and whether to look again."""
    with read_scope() as session:
        since = None if deep else current_site().now() - LATE
        rows = _waiting(session, log, since)
        version = _version(session, log, rows)
    if not rows:
        return 0, False
    digests = _digests(log, rows)
    more = len(rows) == AT_ONCE or version == UNMARKED
    try:
        with unit_of_work(drain=False) as session:
            lock_chain(session)
            if _overtaken(session, log, rows):
                return 0, True
            if version == UNMARKED and log == AUDIT:
                rows = _with_nonces(session, rows)
                digests = _digests(log, rows)
            elif version == UNMARKED:
                rows = [row for row in rows if row.mark is None]
            session.execute(insert(_BLOCK), _blocks(session, log, version, _runs(rows), digests))
    except IntegrityError:
        # Another process put its blocks there first.
        return 0, True
    return len(rows), more


def gaps(session: Session, log: str, since: datetime | None) -> list[Span]:
    """Spans of ids that are in no block, the last one open-ended (2**62).

    With ``since`` only those after the last row that was sealed before then.
    """
    where = [_BLOCK.c.log == log]
    low = 0
    if since is not None:
        older = select(_BLOCK.c.last_id).where(_BLOCK.c.log == log, _BLOCK.c.sealed_at < since)
        low = session.scalar(older.order_by(_BLOCK.c.last_id.desc()).limit(1)) or 0
        where.append(_BLOCK.c.first_id > low)
    blocks = select(_BLOCK.c.first_id, _BLOCK.c.last_id).where(*where).order_by(_BLOCK.c.first_id)
    spans = session.execute(blocks.execution_options(yield_per=AT_ONCE))
    found, next_id = [], low + 1
    for first, last in spans:
        if first > next_id:
            found.append((next_id, first - 1))
        next_id = max(next_id, last + 1)
    return [*found, (next_id, 2**62)]


def _waiting(session: Session, log: str, since: datetime | None) -> list[Row[Any]]:
    """The first rows that are in no block."""
    ids, query = table_of_log(log).c.id, rows_of(log).limit(AT_ONCE)
    spans = gaps(session, log, since)
    if dialect_of(session) == "postgresql":
        if len(spans) == 1:
            return list(session.execute(query.where(ids >= spans[0][0])).all())
        arrays = [bindparam(None, [span[at] for span in spans], ARRAY(BigInteger)) for at in (0, 1)]
        gap = func.unnest(*arrays).table_valued(
            column("low", BigInteger), column("high", BigInteger), name="gap"
        ).render_derived()  # fmt: skip
        return list(session.execute(query.where(ids.between(gap.c.low, gap.c.high))).all())
    # SQLite has one writer at a time and gives ids in the order of commits: only the end is open.
    return list(session.execute(query.where(ids >= spans[-1][0])).all())


def _version(session: Session, log: str, rows: Sequence[Row[Any]]) -> int:
    """Rows from before there were marks go into blocks of their own, ahead of all others."""
    if not rows or rows[0].mark is not None:
        return VERSION
    marked = select(_BLOCK.c.position).where(_BLOCK.c.log == log, _BLOCK.c.version == VERSION).limit(1)
    return UNMARKED if session.scalar(marked) is None else VERSION


def _with_nonces(session: Session, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Give rows from before there were nonces one each, so that what is chained of them is a commitment too."""
    bare = [
        {"row_id": row.id, "new": secrets.token_bytes(NONCE)}
        for row in rows
        if row.nonce is None and not row.forgotten
    ]
    if bare:
        session.execute(
            update(_AUDIT).where(_AUDIT.c.id == bindparam("row_id")).values(nonce=bindparam("new")), bare
        )
    spans = rows_of(AUDIT).where(_AUDIT.c.id.between(rows[0].id, rows[-1].id))
    wanted = {row.id for row in rows}
    return [row for row in session.execute(spans) if row.id in wanted and row.mark is None]


def _digests(log: str, rows: Sequence[Row[Any]]) -> dict[int, bytes]:
    """Row id -> digest. A row whose actor somebody blanked is chained all the same: verifying names it."""
    return {row.id: digest_of(log, row) or bytes(32) for row in rows}


def _runs(rows: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    """Rows in stretches of consecutive ids."""
    start = 0
    for number, (one, other) in enumerate(pairwise(rows), start=1):
        if other.id != one.id + 1 or number - start >= LONGEST:
            yield rows[start:number]
            start = number
    yield rows[start:]


def _overtaken(session: Session, log: str, rows: Sequence[Row[Any]]) -> bool:
    """Whether another process has sealed some of these meanwhile."""
    spans = select(_BLOCK.c.first_id, _BLOCK.c.last_id).where(
        _BLOCK.c.log == log, _BLOCK.c.first_id <= rows[-1].id, _BLOCK.c.last_id >= rows[0].id
    )
    ids = [row.id for row in rows]
    return any(bisect_left(ids, first) < bisect_right(ids, last) for first, last in session.execute(spans))


def _blocks(
    session: Session,
    log: str,
    version: int,
    runs: Iterable[Sequence[Row[Any]]],
    digested: Mapping[int, bytes],
) -> list[dict[str, object]]:
    position, before = tip(session)
    now, made = current_site().now(), []
    for rows in runs:
        position += 1
        digests = [digested[row.id] for row in rows]
        block: dict[str, Any] = {
            "position": position, "log": log, "version": version, "first_id": rows[0].id, "last_id": rows[-1].id,
            "sealed_at": now, "content": content_of(digests),
            "digests": b"".join(digest[:PREFIX] for digest in digests),
        }  # fmt: skip
        before = block["hash"] = hash_of(before, block)
        made.append(block)
    return made
