"""An award, deduction or veto as something to object to: whoever proposed it or took a step does not answer."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, N_, REJECTED, Subject, SubjectKind

from .models import PointsAward
from .services import steps_of

NAME = "points.award"


def find(session: Session, subject_id: str) -> Subject | None:
    """The subject; what still waits is answered instead of objected to."""
    award = session.scalar(select(PointsAward).where(PointsAward.public_id == subject_id))
    if award is None:
        return None
    acted = [
        (award.recorded_by_account, award.recorded_by),
        *((step.account_id, step.actor) for step in steps_of(session, award) if step.outcome != "answered"),
    ]
    return Subject(
        title=f"{award.title or award.reason[:40]} {award.on_date.isoformat()}".strip(),
        area_id=award.area_id,
        person_id=award.person_id,
        accounts=frozenset(account for account, _label in acted if account is not None),
        labels=frozenset(label for account, label in acted if account is None),
        over=award.status not in (CONFIRMED, REJECTED),
    )


SUBJECT = SubjectKind(NAME, N_("Award or deduction"), find)
