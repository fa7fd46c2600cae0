"""The marks of entries and decisions: what only the site's key makes of a row, so that one put in by SQL has none.

A mark covers what the chain covers of a row, without its number, which a database may give only while inserting; the
outside id of an entry, and entry and outcome of a decision, stand once in the log, so no mark fits a second row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pointsys.core.audit.blocks import marker


def marked(log: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``rows`` of the log ("entry", "decision"), ready to be inserted, each with its mark."""
    mark = marker(log, str)
    for row in rows:
        row["mark"] = mark(row)
    return rows


def with_marks(
    log: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The same for tuples in the order of ``columns``: the mark comes last."""
    mark = marker(log, columns.index)
    for row in rows:
        yield (*row, mark(row))
