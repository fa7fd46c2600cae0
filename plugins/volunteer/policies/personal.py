"""What this part holds of one person: decisions on hours above the day's limit, and how their hours changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Entry

from .models import VolunteerApproval, VolunteerLedger


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Decisions with their reasons, and the journal."""
    decision, change = VolunteerApproval, VolunteerLedger
    decided = session.execute(
        select(Entry.public_id, decision.outcome, decision.minutes, decision.reason, decision.at)
        .join(decision, decision.entry_id == Entry.id)
        .where(Entry.person_id.in_(rows))
        .order_by(decision.id)
    )
    changes = session.execute(
        select(Entry.public_id, change.delta, change.kind, change.rule_version, change.at)
        .join(change, change.entry_id == Entry.id)
        .where(Entry.person_id.in_(rows))
        .order_by(change.id)
    )
    return {
        "decisions": [
            {
                "entry": row[0],
                "outcome": row[1],
                "minutes": row[2],
                "reason": row[3],
                "at": row[4].isoformat(),
            }
            for row in decided
        ],
        "changes": [
            {"entry": row[0], "minutes": row[1], "kind": row[2], "rules": row[3], "at": row[4].isoformat()}
            for row in changes
        ],
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """The words of decisions go; who decided what stays."""
    own = select(Entry.id).where(Entry.person_id.in_(rows))
    session.execute(
        update(VolunteerApproval)
        .where(VolunteerApproval.entry_id.in_(own), VolunteerApproval.reason != "")
        .values(reason="")
    )
