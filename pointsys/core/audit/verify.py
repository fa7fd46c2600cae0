"""Verifying: every block against its rows, the chain against itself and against the heads kept outside.

Reads only, in short transactions. Blocks are walked in the order of the chain, so that the first finding is the first
bad row; what is in no block yet is counted, and its marks are checked too.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from pointsys.core.audit import sets
from pointsys.core.audit.anchors import ANCHORED, RESTORED, Anchors, read_anchors
from pointsys.core.audit.blocks import (
    AUDIT,
    DECISION,
    ENTRY,
    LOGS,
    NOTHING,
    PREFIX,
    UNMARKED,
    VERSION,
    content_of,
    hash_of,
    head,
    marker,
    plain_digest,
    rows_of,
    selected,
    table_of_log,
)
from pointsys.core.audit.findings import Finding, Report
from pointsys.core.audit.forgetting import FORGOTTEN, tag_of
from pointsys.core.audit.models import AuditBlock
from pointsys.core.audit.retention import LEAST, PRUNED
from pointsys.core.audit.rows import body_of, committed_of, mark_of, row_digest
from pointsys.core.audit.sealer import gaps
from pointsys.core.database import dialect_of, table_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope

BLOCKS_AT_ONCE = 100
ROWS_AT_ONCE = 5_000
_BLOCK = table_of(AuditBlock)

Step = Callable[[int, int], None]


def verify(step: Step = lambda done, total: None) -> Report:
    """Check everything; ``step`` is told (blocks done, blocks there are). Outside of any unit of work."""
    anchors = read_anchors()
    with read_scope() as session:
        report = Report(current_site().now(), head(session), checked=dict.fromkeys(LOGS, 0))
    walk = _Walk(report, anchors)
    position = 0
    while position < report.head.position:
        with read_scope() as session:
            position = walk.some(session, position)
        step(position, report.head.position)
    with read_scope() as session:
        walk.tail(session)
    with read_scope() as session:
        sets.copies(session, report)
    sets.statuses(report)
    walk.conclude()
    return report


class _Walk:
    """One pass over the chain."""

    def __init__(self, report: Report, anchors: Anchors) -> None:
        self.report = report
        self.anchors = anchors
        self.heads = anchors.in_force()
        self.before = NOTHING
        self.position = 0
        # Where the last head that fits lies, and the block after it.
        self.fits = 0
        self.after_fit: Mapping[str, Any] | None = None
        self.rewritten = False
        # Logs of which a row with a mark was seen, and whether the site is older than marks.
        self.marked: set[str] = set()
        self.older = False
        self.mark = {log: marker(log, selected(log).index) for log in (ENTRY, DECISION)}
        self.pruned_to = 0
        self.told_pruned = 0
        self.lines = 0
        self.covered: dict[str, list[tuple[int, int, int]]] = {log: [] for log in LOGS}
        self.blanked: dict[str, list[int]] = {}
        self.erasures: dict[str, int] = {}
        # Rows of an erasure that came while others of them had been looked at already.
        self.recounted: dict[str, int] = {}

    def some(self, session: Session, position: int) -> int:
        """Check the next blocks; returns the position of the last one."""
        query = (
            select(_BLOCK)
            .where(_BLOCK.c.position > position)
            .order_by(_BLOCK.c.position)
            .limit(BLOCKS_AT_ONCE)
        )
        blocks: list[Mapping[str, Any]] = [dict(row._mapping) for row in session.execute(query)]
        if not blocks:
            return self.report.head.position
        rows = {log: _rows(session, log, [b for b in blocks if b["log"] == log]) for log in LOGS}
        for block in blocks:
            self._link(block)
            self._content(block, rows[block["log"]])
        return int(blocks[-1]["position"])

    def _link(self, block: Mapping[str, Any]) -> None:
        """The block on top of the one before, and against a head kept outside."""
        position, log, first = block["position"], block["log"], block["first_id"]
        if position != self.position + 1:
            self.report.add(Finding("block_missing", position=self.position + 1))
        elif hash_of(self.before, block) != block["hash"]:
            self.report.add(Finding("block", log, first, position))
        if self.after_fit is None:
            self.after_fit = block
        anchor = self.heads.get(position)
        if anchor is not None and anchor.hash == block["hash"]:
            self.fits, self.after_fit = position, None
        elif anchor is not None and not self.rewritten:
            self.rewritten = True
            start = self.after_fit
            self.report.add(Finding("rewritten", start["log"], start["first_id"], start["position"]))
        self.position, self.before = position, block["hash"]
        spans = self.covered[log]
        if spans and spans[-1][1] + 1 == first:
            # One span for blocks that follow each other: a long chain has millions of them.
            spans[-1] = (spans[-1][0], block["last_id"], position)
        else:
            spans.append((first, block["last_id"], position))

    def _content(self, block: Mapping[str, Any], rows: Mapping[int, Row[Any]]) -> None:
        """The rows of the block, one by one where they do not fit as a whole."""
        log, position, first, last = block["log"], block["position"], block["first_id"], block["last_id"]
        here = [rows[row_id] for row_id in range(first, last + 1) if row_id in rows]
        self.older |= log == AUDIT and block["version"] == UNMARKED
        if block["pruned_at"] is not None:
            self.pruned_to = position
            self.report.pruned += last - first + 1
            if here or block["pruned_at"] - block["sealed_at"] < LEAST or log != AUDIT:
                self.report.add(Finding("pruned", log, first, position))
            return
        self.report.checked[log] += len(here)
        kept = block["digests"] or b""
        digests, known = [], len(self.report.findings)
        for number, row_id in enumerate(range(first, last + 1)):
            row = rows.get(row_id)
            if row is None:
                self.report.add(Finding("missing", log, row_id, position))
                continue
            digest, body = self._digest(log, row)
            if digest is None:
                # A row without any mark was never one of ours; one with a mark was, and lost who did it.
                self.report.add(Finding("blanked" if row.mark else "inserted", log, row_id, position))
                continue
            digests.append(digest)
            if kept[number * PREFIX : (number + 1) * PREFIX] != digest[:PREFIX]:
                self.report.add(Finding("changed", log, row_id, position))
            elif log == AUDIT:
                self._audit_row(row, body, position, block["version"])
            else:
                self._plain_row(log, row, position, block["version"])
        if known == len(self.report.findings) and content_of(digests) != block["content"]:
            self.report.add(Finding("block", log, first, position))

    def _digest(self, log: str, row: Row[Any]) -> tuple[bytes | None, bytes]:
        """The row's digest, and of an audit row what its mark covers."""
        if log != AUDIT:
            return plain_digest(log, row), b""
        values = row._mapping
        committed = committed_of(values)
        if committed is None:
            return None, b""
        body = body_of(values, committed)
        return row_digest(values["id"], values["mark"], body), body

    def _audit_row(self, row: Row[Any], body: bytes, position: int, version: int | None) -> None:
        """The mark, the erasure, and what a row of the log says of the log itself."""
        values = row._mapping
        row_id, forgotten = values["id"], values["forgotten"]
        if forgotten is not None:
            ref = forgotten.partition(":")[0]
            if not hmac.compare_digest(forgotten, tag_of(ref, row_id, values["sealed_hash"] or "")):
                self.report.add(Finding("blanked", AUDIT, row_id, position))
            self.blanked.setdefault(ref, []).append(row_id)
            self.report.forgotten += 1
        if values["mark"] is None:
            if AUDIT not in self.marked:
                self.older = True
            else:
                self.report.add(
                    Finding("unmarked" if version == UNMARKED else "inserted", AUDIT, row_id, position)
                )
            return
        self.marked.add(AUDIT)
        if not hmac.compare_digest(values["mark"], mark_of(body)):
            self.report.add(Finding("forged", AUDIT, row_id, position))
            return
        if values["event"] == ANCHORED:
            # Block and line, as ``add_anchor`` writes them.
            self.lines = max(self.lines, int(values["object_id"].rpartition("/")[2]))
        elif values["event"] == PRUNED:
            self.told_pruned = max(self.told_pruned, int(values["object_id"]))
        elif values["event"] == FORGOTTEN:
            self.erasures[values["object_id"]] = values["count"]

    def _plain_row(self, log: str, row: Row[Any], position: int, version: int | None) -> None:
        """The mark of an entry or a decision; only what is older than all marks may have none."""
        if row.mark is not None:
            self.marked.add(log)
            if not hmac.compare_digest(row.mark, self.mark[log](row)):
                self.report.add(Finding("forged", log, row.id, position))
        elif log in self.marked and version == UNMARKED:
            self.report.add(Finding("unmarked", log, row.id, position))
        elif log in self.marked or version == VERSION or not self.older:
            self.report.add(Finding("inserted", log, row.id, position))

    def tail(self, session: Session) -> None:
        """What is in no block yet: on PostgreSQL a row may be late, on SQLite there is nothing but the end."""
        late_is_normal = dialect_of(session) == "postgresql"
        end = self.report.head.position + 1
        for log in LOGS:
            self.report.unsealed[log] = 0
            spans = gaps(session, log, None)
            for number, (low, high) in enumerate(spans, start=1):
                for row in _between(session, log, low, high):
                    self.report.unsealed[log] += 1
                    if number < len(spans) and not late_is_normal:
                        self.report.add(Finding("inserted", log, row.id, self._place(log, row.id)))
                    elif log == AUDIT:
                        self._audit_row(row, self._digest(log, row)[1], end, None)
                    else:
                        self._plain_row(log, row, end, None)
        self.report.oldest_unsealed = oldest_unsealed(session)
        forgotten = table_of_log(AUDIT).c.forgotten
        for ref, rows in self.blanked.items():
            if len(rows) < self.erasures.get(ref, 0):
                count = select(func.count()).where(forgotten.startswith(f"{ref}:", autoescape=True))
                self.recounted[ref] = session.scalar(count) or 0

    def _place(self, log: str, row_id: int) -> int:
        """Where in the chain a row would have to be: after the rows before it."""
        return 1 + max((position for _first, last, position in self.covered[log] if last < row_id), default=0)

    def conclude(self) -> None:
        """What can be said only at the end: heads beyond it, erasures, removals, overlaps, the file of heads."""
        report, end = self.report, self.report.head.position
        beyond = [anchor for position, anchor in self.heads.items() if position > end]
        if beyond:
            report.add(Finding("cut", AUDIT, self._last_row() + 1, end + 1))
        for ref, rows in self.blanked.items():
            # What retention took of an erasure, or the erasure's own row, is not missing.
            if self.erasures.get(ref) != self.recounted.get(ref, len(rows)) and not self.pruned_to:
                report.add(Finding("erasure", AUDIT, rows[0], end))
        if self.pruned_to > self.told_pruned:
            report.add(Finding("pruned", AUDIT, self.covered[AUDIT][0][0], 1))
        for log, spans in self.covered.items():
            last = 0
            for first, span_last, position in sorted(spans):
                if first <= last:
                    report.add(Finding("overlap", log, first, position))
                last = max(last, span_last)
        self._file(end)

    def _file(self, end: int) -> None:
        # Read again: a line that came meanwhile is told of by a row that this check has seen.
        report, now = self.report, read_anchors()
        lines = now.lines
        for number in now.broken:
            report.add(Finding("anchor", row=number, position=end + 1))
        there = len(lines) + len(now.broken)
        if there < self.lines:
            report.add(Finding("anchors_gone", row=there + 1, position=end + 1))
        report.anchors = len(lines)
        report.anchored_at = lines[-1].when if lines else None
        report.restores = [anchor.at for anchor in lines if anchor.kind == RESTORED]

    def _last_row(self) -> int:
        return max((last for _first, last, _position in self.covered[AUDIT]), default=0)


def _rows(session: Session, log: str, blocks: Sequence[Mapping[str, Any]]) -> dict[int, Row[Any]]:
    """The rows of some blocks by id, in one statement where their ids lie close together."""
    if not blocks:
        return {}
    first, last = min(b["first_id"] for b in blocks), max(b["last_id"] for b in blocks)
    size = sum(b["last_id"] - b["first_id"] + 1 for b in blocks)
    spans = (
        [(first, last)]
        if last - first < 2 * size + 1_000
        else [(b["first_id"], b["last_id"]) for b in blocks]
    )
    ids = table_of_log(log).c.id
    found: dict[int, Row[Any]] = {}
    for low, high in spans:
        found.update((row.id, row) for row in session.execute(rows_of(log).where(ids.between(low, high))))
    return found


def _between(session: Session, log: str, low: int, high: int) -> Iterator[Row[Any]]:
    ids, last = table_of_log(log).c.id, low - 1
    while rows := session.execute(rows_of(log).where(ids > last, ids <= high).limit(ROWS_AT_ONCE)).all():
        yield from rows
        last = rows[-1].id


def oldest_unsealed(session: Session) -> Any:
    """When the oldest audit row that no block holds was written; None when all are sealed. Two statements."""
    audit = table_of_log(AUDIT)
    last = session.scalar(select(func.max(_BLOCK.c.last_id)).where(_BLOCK.c.log == AUDIT)) or 0
    return session.scalar(select(audit.c.at).where(audit.c.id > last).order_by(audit.c.id).limit(1))
