"""Who may not decide in a round: whoever acts for a company that is rated in it, by whichever of their accounts.

And where a second person has to look: the house's rule for what is recorded by hand.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Refused, current_site, get_setting, who_acts

from ..registry.models import PropertyCompanyAccount
from .models import PropertyEntrant, PropertyRound

SECOND_PERSON, OFF, USUAL = "log.second_person", "off", "bulk"


def linked_entrants(session: Session, round_: PropertyRound, accounts: Collection[int]) -> frozenset[int]:
    """Entrants of a round whose company one of these accounts acts for, or did since it was opened; one statement.

    Who could end the link themselves, decide, and have it made again would be bound by nothing.
    """
    link, today = PropertyCompanyAccount, current_site().today()
    opened_on = today if round_.opened_at is None else current_site().local(round_.opened_at).date()
    # A link that is ended has the day before as its last one, and none where it was made on that day.
    ended = and_(link.to_on >= opened_on - timedelta(days=1), link.to_on >= link.from_on)
    query = (
        select(PropertyEntrant.id)
        .join(link, link.company_id == PropertyEntrant.company_id)
        .where(
            PropertyEntrant.round_id == round_.id,
            link.account_id.in_(accounts),
            link.from_on <= today,
            or_(link.to_on.is_(None), ended),
        )
    )
    return frozenset(session.scalars(query))


def own_matter() -> Refused:
    """What is answered to whoever acts for a company of the round."""
    return Refused(
        "own_matter", N_("You act for a company that is rated in this round: somebody else has to do this.")
    )


def refuse_interested(session: Session, round_: PropertyRound, actor: Actor) -> None:
    """Raises Refused own_matter for whoever acts for a company of the round."""
    if not actor.unrestricted and linked_entrants(session, round_, who_acts(session, actor).accounts):
        raise own_matter()


def second_person_asked(session: Session, area_id: int) -> bool:
    """Whether an area wants a second person to look at what one person records by hand."""
    return get_setting(session, area_id, SECOND_PERSON, USUAL) != OFF
