"""Photos that prove an award: kept under the member's id, so that erasing the person takes them away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Attachment, Person, Picture, attachments

from .models import PointsAward

SUBJECT = "points.award:"


def keep(session: Session, award: PointsAward, photos: Sequence[Picture], actor: Actor) -> None:
    """Add photos to a proposal; the same one twice is one. Raises Problem too_many_photos."""
    person = session.get_one(Person, award.person_id)
    for photo in photos:
        attachments.keep(
            session, award.area_id, photo, actor, subject_type=SUBJECT + award.public_id,
            subject_id=person.public_id,
        )  # fmt: skip


def photos_of(session: Session, award: PointsAward) -> list[Attachment]:
    """The photos of an award, the oldest first; those that a claim brought included."""
    subjects = [SUBJECT + award.public_id]
    if award.source == "claim":
        subjects.append(f"points.claim:{award.source_ref}")
    query = select(Attachment).where(Attachment.subject_type.in_(subjects)).order_by(Attachment.id)
    return list(session.scalars(query))


def photo_of(session: Session, award: PointsAward, public_id: str) -> Attachment | None:
    """One photo of this very award."""
    return next((photo for photo in photos_of(session, award) if photo.public_id == public_id), None)
