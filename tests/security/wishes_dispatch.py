"""What was sent to a unit, its liaison and who takes part in it, two rounds and a sheet, in every place."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.spreadsheet import read_text
from pointsys.plugins.wish_wall.campaigns import services, sheets
from pointsys.plugins.wish_wall.campaigns.models import CLOSED
from pointsys.plugins.wish_wall.campaigns.services import CampaignData
from pointsys.plugins.wish_wall.campaigns.sheets import Incoming
from pointsys.plugins.wish_wall.dispatch.models import (
    WishesDispatch,
    WishesDispatchStep,
    WishesLiaison,
    WishesOrganisation,
    WishesOrganisationMember,
)
from pointsys.plugins.wish_wall.models import WishesWish

DAY = date(2026, 7, 8)


def things(
    session: Session, area: Area, person: Person, made: dict[str, str], words: str, actor: Actor, liaison: int
) -> dict[str, str]:
    """``words`` stand in what the office asks for, in titles of rounds and in the sheet."""
    now = current_site().now()
    wish = session.scalars(select(WishesWish).where(WishesWish.public_id == made["wish"])).one()
    unit = session.scalars(
        select(WishesOrganisation).where(WishesOrganisation.public_id == made["organisation"])
    ).one()
    sent = WishesDispatch(
        wish_id=wish.id, organisation_id=unit.id, state="sent", due_on=date(2026, 7, 17), request=words,
        sent_at=now, sent_by=actor.label, sent_by_account=actor.account_id, reminders=0,
    )  # fmt: skip
    link = WishesLiaison(
        organisation_id=unit.id,
        account_id=liaison,
        from_on=date(2026, 1, 1),
        linked_at=now,
        linked_by=actor.label,
    )
    member = WishesOrganisationMember(
        organisation_id=unit.id, person_id=person.id, added_at=now, added_by=actor.label
    )
    session.add_all([sent, link, member])
    session.flush()
    session.add(
        WishesDispatchStep(
            dispatch_id=sent.id, action="sent", note=words, actor=actor.label, account_id=None, at=now
        )
    )
    draft, over = (
        services.add(session, area, CampaignData(words, DAY, date(2026, 7, 31), words), actor)
        for _ in range(2)
    )
    over.state = CLOSED
    text = f"姓名\t微心愿\n{person.name}\t{words}"
    came = Incoming(read_text(text), f"{area.code}.csv", text.encode(), DAY, "当面同意")
    sheet = sheets.take(session, area, None, came, actor)
    session.flush()
    return {
        "dispatch": sent.public_id,
        "wish_link": link.public_id,
        "wish_member": member.public_id,
        "campaign": draft.public_id,
        "over_campaign": over.public_id,
        "wish_sheet": sheet.public_id,
        "liaison_account": session.get_one(Account, liaison).public_id,
    }
