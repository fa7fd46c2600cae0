"""A rejected claim as something to object to: whoever verified, returned or rejected it does not answer.

An objection that is upheld lets the member claim the act anew; the rejection itself stays on record.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Subject, SubjectKind

from .models import REJECTED, PointsClaim, PointsClaimEvent

NAME = "points.claim"


def find(session: Session, public_id: str) -> Subject | None:
    """The subject; what still waits has somebody to look at it anyway."""
    claim = session.scalar(select(PointsClaim).where(PointsClaim.public_id == public_id))
    if claim is None or claim.submitted_at is None:
        return None
    event = PointsClaimEvent
    steps = session.execute(select(event.account_id, event.actor).where(event.claim_id == claim.id)).all()
    actors = [
        (claim.created_by_account, claim.created_by),
        *((step.account_id, step.actor) for step in steps),
    ]
    return Subject(
        title=f"{claim.title} {claim.on_date.isoformat()}"[:250],
        area_id=claim.area_id,
        person_id=claim.person_id,
        accounts=frozenset(account for account, _label in actors if account is not None),
        labels=frozenset(label for account, label in actors if account is None),
        over=claim.state != REJECTED,
        page="points_claims.page",
        arguments={"claim": public_id},
    )


SUBJECT = SubjectKind(NAME, N_("Claim"), find)
