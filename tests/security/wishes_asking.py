"""A household and a referral in every place: of the place's person, known to the office and to themselves."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.wish_wall.asking.numbers import REFERRAL, WISH, next_number
from pointsys.plugins.wish_wall.models import (
    CONVERTED,
    WishesHousehold,
    WishesHouseholdMember,
    WishesWish,
)
from pointsys.plugins.wish_wall.reviewing.models import WishesReferral


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """``words`` stand in what was passed on and why."""
    now = current_site().now()
    wish = WishesWish(
        year=now.year, number=next_number(session, WISH, now.year), area_id=area.id, person_id=person.id,
        category="service", title=words, public_text=words, private_text=words, state=CONVERTED, submitted_at=now,
        submitted_by=actor.label, submitted_by_account=actor.account_id, ended_at=now,
    )  # fmt: skip
    household = WishesHousehold(area_id=area.id, created_at=now, created_by=actor.label)
    session.add_all([wish, household])
    session.flush()
    referral = WishesReferral(
        wish_id=wish.id, area_id=area.id, year=now.year, number=next_number(session, REFERRAL, now.year),
        reason=words, created_at=now, created_by=actor.label,
    )  # fmt: skip
    member = WishesHouseholdMember(
        household_id=household.id, person_id=person.id, added_at=now, added_by=actor.label
    )
    session.add_all([referral, member])
    session.flush()
    return {"household": household.public_id, "referral": referral.public_id}
