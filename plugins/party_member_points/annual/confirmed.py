"""What other parts read of confirmed results: the totals that a carry looks back to, and the lines themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks, groups

from .models import CONFIRMED, PointsAnnual, PointsAnnualLine

Totals = dict[tuple[str, str], str]


def previous_totals(session: Session, kept_ids: Collection[int]) -> dict[int, Totals]:
    """Confirmed totals of people (kept ids) as printed: {person: {(scheme id, period): "87.50"}}.

    Of two results of one person and period, such as before and after a move, the one confirmed last counts. A reopened
    result counts no more. Nobody is left out of the answer.
    """
    found: dict[int, Totals] = {person: {} for person in kept_ids}
    kept_of = {row: kept for kept, rows in groups(session, kept_ids).items() for row in rows}
    line = PointsAnnualLine
    rows: list[Sequence[Any]] = []
    for part in chunks(sorted(kept_of)):
        query = (
            select(
                PointsAnnual.confirmed_at, line.id, line.person_id,
                PointsAnnual.scheme_id, PointsAnnual.period, line.total_text,
            )
            .join(PointsAnnual, PointsAnnual.id == line.annual_id)
            .where(line.person_id.in_(part), PointsAnnual.state == CONFIRMED)
        )  # fmt: skip
        rows += session.execute(query).all()
    for _at, _id, person, scheme, period, total in sorted(rows, key=lambda row: (row[0], row[1])):
        found[kept_of[person]][scheme, period] = total
    return found
