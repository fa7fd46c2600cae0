"""What check-ins hold of a person: given away in a copy, and the words about them taken out when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import table_of

from . import queries
from .models import PointsCheckin, PointsCheckinStep

MOST = 1_000


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """The requests about a person (all row ids) with their steps."""
    requests = queries.requests_of(session, rows, MOST)
    steps = queries.steps_of(session, [one.id for one in requests])
    return {
        "requests": [
            {
                "kind": one.kind, "on": one.on_date.isoformat(), "branch": one.branch, "home_unit": one.home_unit,
                "post": one.post, "status": one.status,
                "steps": [
                    {"outcome": step.outcome, "note": step.note, "at": step.at.isoformat()}
                    for step in steps.get(one.id, [])
                ],
            }
            for one in requests
        ]
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what was said with requests about a person (all row ids)."""
    about = select(PointsCheckin.id).where(PointsCheckin.person_id.in_(rows))
    table = table_of(PointsCheckinStep)
    session.execute(update(table).where(table.c.checkin_id.in_(about), table.c.note != "").values(note=""))
