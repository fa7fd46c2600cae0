"""The journal of hours: every change of what an entry is credited, after it was credited first.

The first credit itself is not written: it is what stands in the credit less all rows here. So bringing in a year of
entries costs one look, and who asks how an entry came to its minutes reads first credit, changes, credit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks, current_site

from .crediting import PENDING
from .models import VolunteerLedger

ADJUST, REVERSE, MERGE, APPROVE, POLICY = "adjust", "reverse", "merge", "approve", "policy"
# Keys and values of rows of credits as they stand in the table.
Rows = Mapping[tuple[Any, ...], tuple[Any, ...]]
_PERSON, _MINUTES, _STATE, _LEVEL, _VERSION = 0, 3, 9, 10, 12


def follow(session: Session, before: Rows, after: Rows) -> Collection[int]:
    """Write what happened between two states of some people's credits; returns the entries that changed or went.

    One statement where entries are new, one more where something changed. An entry that had gone and is counted again
    (its area's plugin was off) is a change; one that is credited for the first time is not.
    """
    back = _known(session, [key[0] for key in after if key not in before])
    found: list[dict[str, object]] = []
    touched: set[int] = set()
    now = current_site().now()
    for key in before.keys() | back:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        touched.add(key[0])
        delta = (new[_MINUTES] if new else 0) - (old[_MINUTES] if old else 0)
        if delta:
            row = new or old
            assert row is not None
            found.append(
                {
                    "entry_id": key[0],
                    "person_id": row[_PERSON],
                    "delta": delta,
                    "minutes": new[_MINUTES] if new else 0,
                    "kind": _kind(old, new),
                    "rule_version": row[_VERSION],
                    "at": now,
                }
            )
    if found:
        found.sort(key=lambda row: (str(row["kind"]) != REVERSE, row["entry_id"]))
        session.execute(insert(VolunteerLedger), found)
    return touched


def _known(session: Session, entries: Sequence[int]) -> set[tuple[int]]:
    """Those of newly credited entries that were credited before."""
    found: set[tuple[int]] = set()
    for part in chunks(entries):
        query = select(VolunteerLedger.entry_id).where(VolunteerLedger.entry_id.in_(part)).distinct()
        found.update((entry_id,) for entry_id in session.scalars(query))
    return found


def _kind(old: tuple[Any, ...] | None, new: tuple[Any, ...] | None) -> str:
    if new is None:
        return REVERSE
    if old is None:
        return ADJUST
    if old[_PERSON] != new[_PERSON]:
        return MERGE
    if old[_VERSION] != new[_VERSION]:
        return POLICY
    # Hours that count now although they are above the limit: somebody decided. Below it other service changed.
    if old[_STATE] == PENDING and new[_LEVEL]:
        return APPROVE
    return ADJUST


@dataclass(frozen=True)
class Step:
    """One change of an entry's minutes; ``minutes`` are those after it."""

    delta: int
    minutes: int
    kind: str
    rule_version: str
    at: datetime


@dataclass(frozen=True)
class History:
    """How an entry came to its minutes: what it was credited first, and each change since."""

    first: int
    steps: Sequence[Step]


def histories(session: Session, entries: Mapping[int, int]) -> dict[int, History]:
    """The history of each entry of ``entries`` (id -> minutes now) that changed; one statement."""
    row = VolunteerLedger
    steps: dict[int, list[Step]] = {}
    for part in chunks(sorted(entries)):
        query = (
            select(row.entry_id, row.delta, row.minutes, row.kind, row.rule_version, row.at)
            .where(row.entry_id.in_(part))
            .order_by(row.id)
        )
        for one in session.execute(query):
            steps.setdefault(one[0], []).append(Step(one[1], one[2], one[3], one[4], one[5]))
    return {
        entry_id: History(entries[entry_id] - sum(step.delta for step in found), found)
        for entry_id, found in steps.items()
    }
