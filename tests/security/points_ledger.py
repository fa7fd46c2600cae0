"""Awards and sessions of the realm: of each one in every place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.database import new_public_id
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.party_member_points.ledger.models import (
    PointsAward,
    PointsSession,
    PointsSessionWord,
)
from pointsys.plugins.party_member_points.ledger.photos import SUBJECT


def things(
    session: Session, area: Area, person: Person, text: str, photo: bytes, actor: Actor
) -> Mapping[str, str]:
    """An award, a deduction and a session, recorded by ``actor``; also where no scheme rules."""
    award, deduction = (
        _award(session, area, person, text, actor, item, kind)
        for item, kind in (("wish", "earn"), ("noshow", "deduct"))
    )
    now = current_site().now()
    meeting = PointsSession(
        public_id=new_public_id(), area_id=area.id, branch_id=None, kind="", item="attend", title=text,
        on_date=current_site().today(), activity_id=None, recorded_at=now, recorded_by=actor.label,
        recorded_by_account=actor.account_id, state="open",
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    session.add(
        PointsSessionWord(
            session_id=meeting.id, person_id=person.id, word="expected", reason="", at=now, actor=actor.label,
            account_id=actor.account_id,
        )
    )  # fmt: skip
    picture = attachments.store(
        session, area.id, "a.png", photo, actor, subject_type=SUBJECT + award, subject_id=person.public_id
    )
    return {
        "award_photo": picture.public_id,
        "award": award,
        "deduction": deduction,
        "meeting": meeting.public_id,
    }


def _award(
    session: Session, area: Area, person: Person, text: str, actor: Actor, item: str, kind: str
) -> str:
    public_id = new_public_id()
    session.add(
        PointsAward(
            public_id=public_id, person_id=person.id, area_id=area.id, item=item, kind=kind,
            on_date=current_site().today(), qty=None, points=None, attrs="{}", title=text, key=public_id,
            source="staff", source_ref="", reason=text, evidence=text, accepted_late=False, adjusting=False,
            recorded_at=current_site().now(), recorded_by=actor.label, recorded_by_account=actor.account_id,
            status="pending",
        )
    )  # fmt: skip
    return public_id
