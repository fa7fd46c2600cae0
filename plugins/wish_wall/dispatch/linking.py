"""Which accounts act for an organisation: linking them, and ending such links."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, AccountLinks, Actor, Conflict, missing

from .models import WishesLiaison, WishesOrganisation

LINKS = AccountLinks(
    WishesLiaison, "wishes.liaison_linked", "wishes.liaison_ended", N_("This account acts for it already.")
)


def link(session: Session, organisation: WishesOrganisation, account: str, actor: Actor) -> WishesLiaison:
    """Let an account (outside id) act for an organisation from today on.

    Raises Problem not_a_liaison or own_matter, Conflict already_linked or bad_state.
    """
    session.refresh(organisation, with_for_update=True)
    if organisation.closed_at is not None:
        raise Conflict("bad_state", N_("This organisation is closed already."))
    return LINKS.link(
        session, organisation, organisation.area_id, account, actor, organisation_id=organisation.id
    )


def end_link(
    session: Session, organisation: WishesOrganisation, public_id: str, actor: Actor
) -> WishesLiaison:
    """End a link of an organisation at once; 404 where there is none. Raises Conflict link_ended."""
    row = LINKS.find(session, public_id, WishesLiaison.organisation_id == organisation.id)
    if row is None:
        missing()
    LINKS.end(session, row, organisation.area_id, actor)
    return row


def stood_for(
    session: Session, organisation_id: int | None, accounts: Collection[int], since: datetime
) -> bool:
    """Whether one of some accounts was linked to an organisation at some time from ``since`` on."""
    query = select(WishesLiaison.id).where(
        WishesLiaison.organisation_id == organisation_id,
        WishesLiaison.account_id.in_(accounts),
        or_(WishesLiaison.to_on.is_(None), WishesLiaison.ended_at >= since),
    )
    return organisation_id is not None and session.scalar(query.limit(1)) is not None
