"""Who may not decide in a round: whoever acts for a company that is rated in it, by whichever of their accounts.

And where a second person has to look: the house's rule for what is recorded by hand.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Refused, current_site, get_setting, who_acts

from ..registry.models import PropertyCompanyAccount
from ..registry.queries import lasts
from .models import PropertyEntrant, PropertyRound

SECOND_PERSON, OFF, USUAL = "log.second_person", "off", "bulk"


def interested_accounts(session: Session, round_: PropertyRound) -> frozenset[int]:
    """The accounts that are linked today to a company that takes part in a round; one statement."""
    companies = select(PropertyEntrant.company_id).where(PropertyEntrant.round_id == round_.id)
    query = select(PropertyCompanyAccount.account_id).where(
        PropertyCompanyAccount.company_id.in_(companies),
        lasts(PropertyCompanyAccount.from_on, PropertyCompanyAccount.to_on, current_site().today()),
    )
    return frozenset(session.scalars(query))


def own_matter(session: Session, round_: PropertyRound, actor: Actor) -> Refused | None:
    """Why somebody may not decide in a round: they act for one of its companies; None where they may."""
    if actor.unrestricted or not who_acts(session, actor).accounts & interested_accounts(session, round_):
        return None
    return Refused(
        "own_matter", N_("You act for a company that is rated in this round: somebody else has to do this.")
    )


def refuse_interested(session: Session, round_: PropertyRound, actor: Actor) -> None:
    """Raises Refused own_matter where ``own_matter`` finds one."""
    refusal = own_matter(session, round_, actor)
    if refusal is not None:
        raise refusal


def second_person_asked(session: Session, area_id: int) -> bool:
    """Whether an area wants a second person to look at what one person records by hand."""
    return get_setting(session, area_id, SECOND_PERSON, USUAL) != OFF
