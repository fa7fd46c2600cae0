"""Linking accounts to an organisation, and ending such links."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Holder,
    Problem,
    audit,
    current_site,
    holders,
    logins_of,
    missing,
    who_acts,
)

from .models import WishesLiaison, WishesOrganisation

ROLE = "unit_liaison"


def accounts_for(session: Session, organisation: WishesOrganisation) -> list[Holder]:
    """Accounts that could act for it: those with the role of a liaison over its area. One statement."""
    return holders(session, ROLE, organisation.area_id)


def link(session: Session, organisation: WishesOrganisation, account: str, actor: Actor) -> WishesLiaison:
    """Let an account (outside id) act for an organisation from today on.

    Raises Problem not_a_liaison or own_matter, Conflict already_linked or bad_state.
    """
    session.refresh(organisation, with_for_update=True)
    if organisation.closed_at is not None:
        raise Conflict("bad_state", N_("This organisation is closed already."))
    holder = next((one for one in accounts_for(session, organisation) if one.public_id == account), None)
    if holder is None:
        raise Problem(
            "not_a_liaison",
            N_(
                "Choose an account with the role of a liaison over this area; accounts are given by the administrator."
            ),
            field="account",
        )
    if not actor.unrestricted and holder.account_id in who_acts(session, actor).accounts:
        raise Problem("own_matter", N_("Somebody else has to link your own account."), field="account")
    same = select(WishesLiaison.id).where(
        WishesLiaison.account_id == holder.account_id,
        WishesLiaison.organisation_id == organisation.id,
        WishesLiaison.to_on.is_(None),
    )
    if session.scalar(same) is not None:
        raise Conflict("already_linked", N_("This account acts for it already."), field="account")
    row = WishesLiaison(
        organisation_id=organisation.id, account_id=holder.account_id, from_on=current_site().today(),
        linked_at=current_site().now(), linked_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "wishes.liaison_linked", "wishes.organisation", organisation.public_id,
        area_id=organisation.area_id, after={"account": holder.public_id, "link": row.public_id},
    )  # fmt: skip
    return row


def end_link(
    session: Session, organisation: WishesOrganisation, public_id: str, actor: Actor
) -> WishesLiaison:
    """End a link of an organisation at once; 404 where there is none. Raises Conflict bad_state."""
    row = session.scalar(
        select(WishesLiaison)
        .where(WishesLiaison.public_id == public_id, WishesLiaison.organisation_id == organisation.id)
        .with_for_update()
    )
    if row is None:
        missing()
    if row.to_on is not None:
        raise Conflict("bad_state", N_("This link was ended already."))
    end_now(row, actor)
    session.flush()
    audit.write(
        session, actor, "wishes.liaison_ended", "wishes.organisation", organisation.public_id,
        area_id=organisation.area_id, before={"account": row.account_id, "link": row.public_id},
    )  # fmt: skip
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


def end_now(row: WishesLiaison, actor: Actor) -> None:
    """End a link, yesterday having been its last day."""
    row.to_on = current_site().today() - timedelta(days=1)
    row.ended_at, row.ended_by = current_site().now(), actor.label


def links_of(session: Session, organisation: WishesOrganisation) -> list[tuple[WishesLiaison, str]]:
    """The links of an organisation with the account's login ("" where it is gone), those that last first."""
    rows = list(
        session.scalars(
            select(WishesLiaison)
            .where(WishesLiaison.organisation_id == organisation.id)
            .order_by(WishesLiaison.to_on.is_not(None), WishesLiaison.id.desc())
            .limit(200)
        )
    )
    logins = logins_of(session, {row.account_id for row in rows})
    return [(row, logins.get(row.account_id, "")) for row in rows]
