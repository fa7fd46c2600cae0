"""What the roll holds of a person: that they took part, on which day and how. No ballot leads to anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rounds.models import PropertyRound
from .models import PropertyVoter


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Rounds on whose roll somebody stands."""
    query = (
        select(PropertyRound.title, PropertyVoter.voted_on, PropertyVoter.method)
        .join(PropertyRound, PropertyRound.id == PropertyVoter.round_id)
        .where(PropertyVoter.person_id.in_(rows))
        .order_by(PropertyVoter.id)
    )
    return {
        "rounds": [
            {"round": title, "voted_on": voted_on.isoformat() if voted_on else None, "way": method}
            for title, voted_on, method in session.execute(query)
        ]
    }
