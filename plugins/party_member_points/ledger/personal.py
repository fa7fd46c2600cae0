"""What the ledger holds of one person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import PointsAward, PointsAwardDecision, PointsSession, PointsSessionWord


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Awards with their steps, and attendance; amounts in hundredths."""
    awards = list(
        session.scalars(select(PointsAward).where(PointsAward.person_id.in_(rows)).order_by(PointsAward.id))
    )
    steps = session.scalars(
        select(PointsAwardDecision)
        .where(PointsAwardDecision.award_id.in_([award.id for award in awards]))
        .order_by(PointsAwardDecision.id)
    )
    of_award: dict[int, list[Mapping[str, object]]] = {}
    for step in steps:
        told = {"outcome": step.outcome, "reason": step.reason, "at": step.at.isoformat()}
        of_award.setdefault(step.award_id, []).append(told)
    words = session.execute(
        select(PointsSession.title, PointsSession.on_date, PointsSessionWord.word, PointsSessionWord.reason)
        .join(PointsSessionWord, PointsSessionWord.session_id == PointsSession.id)
        .where(PointsSessionWord.person_id.in_(rows))
        .order_by(PointsSessionWord.id)
    )
    return {
        "awards": [
            {
                "id": award.public_id, "kind": award.kind, "item": award.item, "on": award.on_date.isoformat(),
                "quantity_hundredths": award.qty, "points_hundredths": award.points,
                "attributes": json.loads(award.attrs), "title": award.title, "reason": award.reason,
                "evidence": award.evidence, "status": award.status, "said_at": award.recorded_at.isoformat(),
                "steps": of_award.get(award.id, []),
            }
            for award in awards
        ],
        "sessions": [
            {"title": row.title, "on": row.on_date.isoformat(), "said": row.word, "reason": row.reason}
            for row in words
        ],
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what says in words why something was awarded, deducted or excused."""
    own = select(PointsAward.id).where(PointsAward.person_id.in_(rows))
    session.execute(
        update(PointsAwardDecision).where(PointsAwardDecision.award_id.in_(own)).values(reason="")
    )
    session.execute(
        update(PointsAward).where(PointsAward.person_id.in_(rows)).values(title="", reason="", evidence="")
    )
    session.execute(update(PointsSessionWord).where(PointsSessionWord.person_id.in_(rows)).values(reason=""))
