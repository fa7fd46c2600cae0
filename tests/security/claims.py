"""Claims of the realm: one with a photo in every place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.database import new_public_id
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.party_member_points.claims import services
from pointsys.plugins.party_member_points.claims.models import PointsClaim
from pointsys.plugins.party_member_points.claims.rules import Content


def make_claim(
    session: Session, area: Area, person: Person, text: str, photo: bytes, actor: Actor
) -> Mapping[str, str]:
    """A claim that was handed in, with a photo; also where no scheme rules."""
    now = current_site().now()
    content = Content(
        "service", current_site().today(), text, text, kinds_for(session, area.id)["志愿服务"].id
    )
    claim = PointsClaim(
        public_id=new_public_id(), person_id=person.id, area_id=area.id, state="submitted", item=content.item,
        kind_id=content.kind_id, on_date=content.on_date, quantity=100, attrs="{}", title=text, words=text,
        content_key=content.key(), created_at=now, created_by=actor.label, created_by_account=actor.account_id,
        submitted_at=now,
    )  # fmt: skip
    session.add(claim)
    session.flush()
    picture = attachments.store(
        session, area.id, "a.png", photo, actor, subject_type=services.SUBJECT + claim.public_id,
        subject_id=person.public_id,
    )  # fmt: skip
    return {"claim": claim.public_id, "claim_photo": picture.public_id}
