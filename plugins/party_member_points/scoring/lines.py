"""JSON lines in and out: one ``{"facts", "query"}`` a line, one result a line, faults included."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pointsys.plugin import N_, Problem

from .scheme import Scheme
from .score import score


def score_lines(scheme: Scheme, lines: Iterable[str]) -> Iterator[str]:
    """Score each line; a line that cannot be scored becomes ``{"error": {"code", "message"}}``, empty ones nothing."""
    for line in lines:
        if line.strip():
            yield json.dumps(_score_line(scheme, line), ensure_ascii=False)


def _score_line(scheme: Scheme, line: str) -> dict[str, object]:
    try:
        task = _read(line)
        return score(scheme, task["facts"], task["query"])
    except Problem as problem:
        return {"error": {"code": problem.code, "message": str(problem)}}


def _read(line: str) -> Mapping[str, Mapping[str, object]]:
    try:
        task = json.loads(line, parse_float=Decimal)
        if "\\u" in line:
            # Half of a surrogate pair is no text: it could be read, but not be written again.
            json.dumps(task, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError):
        raise Problem(
            "bad_json", N_("The line is not JSON: write one object with facts and query a line.")
        ) from None
    if not isinstance(task, dict) or "facts" not in task or "query" not in task:
        raise Problem("bad_line", N_("The line must be one object with facts and query."))
    return task
