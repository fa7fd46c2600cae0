"""Which policy rules service in an area on a date: P0, changed by each area from the root down to it.

The version of a policy that is made of published ones is "v" and their ids from the root down, as "v3.17"; "P0" where
none is published. Published versions never change, so a version stands for its numbers for ever.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pointsys.plugin import AreaClosure

from .models import VolunteerPolicy
from .policy import P0, Policy, Value, overlay

# Built once: asked for every batch of derived people. Every area at once, for there are few policies.
_ROWS = (
    select(
        AreaClosure.descendant_id,
        AreaClosure.depth,
        VolunteerPolicy.id,
        VolunteerPolicy.valid_from,
        VolunteerPolicy.data,
    )
    .join(VolunteerPolicy, VolunteerPolicy.area_id == AreaClosure.ancestor_id)
    .where(AreaClosure.descendant_id.in_(bindparam("areas", expanding=True)))
    .order_by(AreaClosure.depth.desc(), VolunteerPolicy.valid_from, VolunteerPolicy.id)
)


@dataclass(frozen=True)
class Published:
    """One published version: ``depth`` counts the areas between it and the area asked for."""

    depth: int
    id: int
    valid_from: date
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Book:
    """The published versions that concern some areas, by area: from the root down, and by date."""

    versions: Mapping[int, tuple[Published, ...]]

    def at(self, area_id: int, day: date) -> Policy:
        """The policy for service in an area on a local date."""
        rows = self.versions.get(area_id)
        return fold(row for row in rows if row.valid_from <= day) if rows else P0


def fold(rows: Iterable[Published]) -> Policy:
    """The policy of versions that have begun, in the order of a book."""
    last: dict[int, Published] = {row.depth: row for row in rows}
    values: dict[str, Value] = {}
    for row in last.values():
        values.update(row.values)
    ids = [str(row.id) for row in last.values() if row.values]
    return overlay(values, f"v{'.'.join(ids)}") if ids else P0


def book(session: Session, areas: Collection[int]) -> Book:
    """What is published for ``areas`` and above them; one statement."""
    found: dict[int, list[Published]] = {}
    for area_id, depth, version_id, valid_from, data in session.execute(_ROWS, {"areas": list(areas)}):
        found.setdefault(area_id, []).append(Published(depth, version_id, valid_from, json.loads(data)))
    return Book({area_id: tuple(rows) for area_id, rows in found.items()})


def policy_at(session: Session, area_id: int, day: date) -> Policy:
    """The policy for service in one area on a local date; one statement."""
    return book(session, [area_id]).at(area_id, day)
