"""What rounds add to pages of the core: what waits for the office, and results that one's owners can look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, or_, select

from pointsys.plugin import Area, Card, Counts, Publicity, current_site, subtree

from .finding import touching
from .models import COLLECTING, PUBLICITY, PropertyEntrant, PropertyRound
from .records import GATHERING, OPEN, PropertyAppeal, PropertyAppealSupport


def dashboard_counts(area: Area) -> Counts:
    """Rounds whose time is over, appeals that wait for a ruling, and what waits for a second person."""
    site = current_site()
    over = (
        select(func.count(PropertyRound.id))
        .outerjoin(Publicity, Publicity.id == PropertyRound.publicity_id)
        .where(
            PropertyRound.area_id.in_(subtree(area.id)),
            or_(
                (PropertyRound.state == COLLECTING) & (PropertyRound.collect_until < site.today()),
                (PropertyRound.state == PUBLICITY) & (Publicity.closes_before <= site.now()),
            ),
        )
    )
    appeals = (
        select(func.count(PropertyAppeal.id))
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .where(PropertyAppeal.state == OPEN, touching(area.id))
    )
    asked = select(func.count(PropertyRound.id)).where(
        PropertyRound.area_id.in_(subtree(area.id)),
        PropertyRound.state == COLLECTING,
        PropertyRound.withdrawal_asked_by != "",
    )
    signed = (
        select(func.count(PropertyAppeal.id.distinct()))
        .join(PropertyAppealSupport, PropertyAppealSupport.appeal_id == PropertyAppeal.id)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .where(
            PropertyRound.state == PUBLICITY,
            PropertyAppeal.state.in_((GATHERING, OPEN)),
            PropertyAppealSupport.waits.is_(True),
            touching(area.id),
        )
    )
    return tuple(query.scalar_subquery() for query in (over, appeals, asked, signed))


def dashboard_cards(numbers: Sequence[Any]) -> Sequence[Card]:
    """A card for what waits."""
    over, appeals, asked, signed = numbers
    cards = []
    if over:
        cards.append(
            Card(
                gettext("Rating rounds whose time is over"), str(over), endpoint="property_rounds.index",
                values={"state": "open"}, permission="property.round",
            )
        )  # fmt: skip
    if appeals:
        cards.append(
            Card(
                gettext("Appeals that wait for a ruling"), str(appeals), endpoint="property_rounds.index",
                values={"state": "open"}, permission="property.rule",
            )
        )  # fmt: skip
    if asked:
        cards.append(
            Card(
                gettext("Withdrawals of rounds that wait for a second person"), str(asked),
                endpoint="property_rounds.index", values={"state": "collecting"}, permission="property.round",
            )
        )  # fmt: skip
    if signed:
        cards.append(
            Card(
                gettext("Appeals with signatures to be compared"), str(signed), endpoint="property_rounds.index",
                values={"state": "publicity"}, permission="property.assist",
            )
        )  # fmt: skip
    return cards
