"""A wish with a claim and a photo of what was brought, and a unit, in every place.

The wish waits to be checked, so that nobody finds it on a wall; the place's person made it and is on the claim, so that
both sides' pages are theirs alone. ``wishes_claims_acts`` puts other wishes onto the wall.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.wish_wall.asking.numbers import WISH, next_number
from pointsys.plugins.wish_wall.claims.services import SUBJECT
from pointsys.plugins.wish_wall.dispatch.models import WishesOrganisation
from pointsys.plugins.wish_wall.models import WishesClaim, WishesClaimMember, WishesWish


def things(
    session: Session, area: Area, person: Person, words: str, photo: bytes, actor: Actor
) -> dict[str, str]:
    """``words`` stand in what only the office and the claimer read."""
    now = current_site().now()
    wish = WishesWish(
        year=now.year, number=next_number(session, WISH, now.year), area_id=area.id, person_id=person.id,
        category="item", title=words, public_text=words, private_text=words, taken=1, submitted_at=now,
        submitted_by=actor.label, submitted_by_account=actor.account_id,
    )  # fmt: skip
    session.add(wish)
    session.flush()
    claim = WishesClaim(
        wish_id=wish.id, person_id=person.id, state="delivered", claimed_at=now, claimed_by=actor.label,
        claimed_by_account=actor.account_id, contact_due=now, contacted_at=now, delivered_at=now, delivery_note=words,
    )  # fmt: skip
    unit = WishesOrganisation(
        area_id=area.id, name=words, kind="unit", created_at=now, created_by=actor.label
    )
    session.add_all([claim, unit])
    session.flush()
    session.add(
        WishesClaimMember(claim_id=claim.id, wish_id=wish.id, person_id=person.id, place=0, live=True)
    )
    picture = attachments.store(
        session,
        area.id,
        "a.png",
        photo,
        actor,
        subject_type=SUBJECT + claim.public_id,
        subject_id=person.public_id,
    )
    return {
        "wish": wish.public_id,
        "wish_claim": claim.public_id,
        "wish_photo": picture.public_id,
        "organisation": unit.public_id,
    }
