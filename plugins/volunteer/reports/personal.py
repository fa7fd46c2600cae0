"""What is held of a person here: that they do not want to stand on rankings. It tells nothing else, so it stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .models import VolunteerUnranked


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Since when they are left out of rankings, None for somebody who is not."""
    row = VolunteerUnranked
    since = session.scalar(select(func.min(row.at)).where(row.person_id.in_(rows)))
    return {"left_out_of_rankings_since": since.isoformat() if since else None}
