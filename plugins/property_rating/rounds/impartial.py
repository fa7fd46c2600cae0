"""Who may not decide in a round: whoever acts for a company that is rated in it, by whichever of their accounts.

And where a second person has to look: the house's rule for what is recorded by hand.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Refused, current_site, get_setting, who_acts

from ..registry.models import PropertyCompanyAccount
from ..registry.queries import lasts
from .models import PropertyEntrant, PropertyRound

SECOND_PERSON, OFF, USUAL = "log.second_person", "off", "bulk"


def linked_entrants(session: Session, round_: PropertyRound, accounts: Collection[int]) -> frozenset[int]:
    """Entrants of a round whose company one of these accounts is linked to today; one statement."""
    query = (
        select(PropertyEntrant.id)
        .join(PropertyCompanyAccount, PropertyCompanyAccount.company_id == PropertyEntrant.company_id)
        .where(
            PropertyEntrant.round_id == round_.id,
            PropertyCompanyAccount.account_id.in_(accounts),
            lasts(PropertyCompanyAccount.from_on, PropertyCompanyAccount.to_on, current_site().today()),
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
