"""Letters, links of liaisons, the shop and a redemption of the realm: one of each in every place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.party_member_points.annual.models import CONFIRMED, PointsAnnual, PointsAnnualLine
from pointsys.plugins.party_member_points.letters import annual_letter
from pointsys.plugins.party_member_points.letters.models import PointsLetter, PointsLiaison
from pointsys.plugins.party_member_points.models import PointsMember, PointsSchemeVersion
from pointsys.plugins.party_member_points.wallet import services, settling, shop


def things(
    session: Session, area: Area, person: Person, text: str, actor: Actor, liaison: int
) -> Mapping[str, str]:
    """A letter that was sent and one that is due, the liaison's link, an item and a redemption of it."""
    member = session.get_one(PointsMember, person.id)
    sent, _line = _result(session, area, member, "2024")
    lines = list(session.scalars(select(PointsAnnualLine.id).where(PointsAnnualLine.annual_id == sent.id)))
    annual_letter.send_due(session, sent, lines, actor)
    letter = session.scalars(select(PointsLetter.public_id).where(PointsLetter.ref == sent.public_id)).one()
    due, line = _result(session, area, member, "2025")
    link = PointsLiaison(
        account_id=liaison, unit_id=member.home_unit_id, area_id=area.id, from_on=date(2026, 1, 1),
        linked_at=current_site().now(), linked_by=actor.label,
    )  # fmt: skip
    session.add(link)
    item = shop.add_item(session, area, shop.ItemData(text, text, 100, None, True), actor)
    settling.settle(session, f"purse-{area.code}", area.id, {person.id: 100_00}, date(2026, 3, 31), SYSTEM)
    given = services.redeem(session, area, person, item, 1, actor)
    session.flush()
    return {
        "letter": letter,
        "letter_result": due.public_id,
        "letter_line": str(line.id),
        "liaison_link": link.public_id,
        "shop_item": item.public_id,
        "redemption": given.public_id,
    }


def _result(
    session: Session, area: Area, member: PointsMember, period: str
) -> tuple[PointsAnnual, PointsAnnualLine]:
    now = current_site().now()
    annual = PointsAnnual(
        area_id=area.id, scheme_id="letters", period=period, no=1, state=CONFIRMED, grades='["优秀"]',
        publication_id=session.scalars(select(PointsSchemeVersion.id).limit(1)).one(), computed_at=now,
        computed_by="test", confirmed_at=now, confirmed_by="test",
    )  # fmt: skip
    session.add(annual)
    session.flush()
    line = PointsAnnualLine(
        annual_id=annual.id, person_id=member.person_id, home_unit_id=member.home_unit_id,
        checkin_on=date(2024, 3, 5), total=1200, total_text="12.00", categories="{}", detail="{}", grade="优秀",
    )  # fmt: skip
    session.add(line)
    session.flush()
    return annual, line
