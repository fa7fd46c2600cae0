"""What claims hold of one person. Their photos stand under the person's id, and the core takes them away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import PointsClaim, PointsClaimEvent


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Claims with their paths; amounts in hundredths."""
    claims = list(
        session.scalars(select(PointsClaim).where(PointsClaim.person_id.in_(rows)).order_by(PointsClaim.id))
    )
    paths: dict[int, list[Mapping[str, object]]] = {}
    events = select(PointsClaimEvent).where(PointsClaimEvent.claim_id.in_([claim.id for claim in claims]))
    for event in session.scalars(events.order_by(PointsClaimEvent.id)):
        told = {"outcome": event.outcome, "reason": event.reason, "at": event.at.isoformat()}
        paths.setdefault(event.claim_id, []).append(told)
    return {
        "claims": [
            {
                "id": claim.public_id, "item": claim.item, "on": claim.on_date.isoformat(),
                "quantity_hundredths": claim.quantity, "points_hundredths": claim.points,
                "attributes": json.loads(claim.attrs or "{}"), "title": claim.title, "words": claim.words,
                "why_late": claim.late_reason, "state": claim.state, "path": paths.get(claim.id, []),
            }
            for claim in claims
        ]
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what members wrote and what they were answered; that something was claimed and decided stays."""
    own = select(PointsClaim.id).where(PointsClaim.person_id.in_(rows))
    session.execute(update(PointsClaimEvent).where(PointsClaimEvent.claim_id.in_(own)).values(reason=""))
    session.execute(
        update(PointsClaim)
        .where(PointsClaim.person_id.in_(rows))
        # The key is made of the words; another one keeps live claims apart as the index wants it.
        .values(title="", words="", late_reason="", attrs="{}", content_key=PointsClaim.public_id)
    )
