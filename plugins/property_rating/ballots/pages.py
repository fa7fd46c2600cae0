"""What ballots add to pages of the core: rounds in which one can vote, and for staff those that take ballots."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Card, Person, PersonAlias, current_site

from ..owners.models import PropertyOwnerProof
from ..rounds.models import COLLECTING, PropertyRound
from .models import PropertyVoter


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """How many ballots somebody can still hand in; nothing for others. One statement."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person.id)
    head = aliased(PropertyVoter)
    query = (
        select(func.count(func.distinct(head.id)))
        .select_from(PropertyOwnerProof)
        .join(PropertyVoter, PropertyVoter.dwelling_id == PropertyOwnerProof.dwelling_id)
        .join(head, head.public_id == PropertyVoter.head)
        .join(PropertyRound, PropertyRound.id == PropertyVoter.round_id)
        .where(
            or_(PropertyOwnerProof.person_id == person.id, PropertyOwnerProof.person_id.in_(merged)),
            PropertyOwnerProof.votes.is_(True),
            PropertyOwnerProof.ended_on.is_(None),
            PropertyRound.state == COLLECTING,
            PropertyRound.collect_until >= current_site().today(),
            head.voted_on.is_(None),
        )
    )
    waiting = session.scalar(query) or 0
    if not waiting:
        return ()
    return (
        Card(
            title=gettext("Rate your property service"),
            value=str(waiting),
            note=gettext("ballots to hand in"),
            endpoint="property_ballots_own.index",
        ),
    )
