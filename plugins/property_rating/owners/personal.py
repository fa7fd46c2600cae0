"""What proofs hold of a person: which dwellings they were checked to own. Erasing ends the proofs that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import current_site

from ..registry.queries import dwelling_labels
from .models import PropertyOwnerProof


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Dwellings with how and when it was checked."""
    query = select(PropertyOwnerProof).where(PropertyOwnerProof.person_id.in_(rows))
    proofs = session.scalars(query.order_by(PropertyOwnerProof.id)).all()
    labels = dwelling_labels(session, [proof.dwelling_id for proof in proofs])
    return {
        "dwellings": [
            {
                "dwelling": labels[proof.dwelling_id], "checked_on": proof.checked_on.isoformat(),
                "how": proof.method, "votes": proof.votes,
                "until": proof.ended_on.isoformat() if proof.ended_on else None,
            }
            for proof in proofs
        ]
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Nobody who is not known owns anything here: open proofs end, so that a co-owner can be named."""
    session.execute(
        update(PropertyOwnerProof)
        .where(PropertyOwnerProof.person_id.in_(rows), PropertyOwnerProof.ended_on.is_(None))
        .values(ended_on=current_site().today())
        .execution_options(synchronize_session=False)
    )
