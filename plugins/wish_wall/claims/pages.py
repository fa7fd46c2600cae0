"""What claims add to pages of the core: cards of members, and what waits on the workbench of an area."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card, Counts, Person, subtree

from ..models import DELIVERED, WishesClaim, WishesWish
from .queries import SILENT, is_silent, own_counts


def dashboard_counts(area: Area) -> Counts:
    """Claims whose time for a contact is over, and wishes that were brought and are to be confirmed."""
    own = WishesWish.area_id.in_(subtree(area.id))
    base = select(func.count(WishesClaim.id)).join(WishesWish, WishesWish.id == WishesClaim.wish_id)
    brought = base.where(own, WishesClaim.state == DELIVERED)
    silent = base.where(own, is_silent())
    return brought.scalar_subquery(), silent.scalar_subquery()


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """What waits for the office."""
    brought, silent = counts
    cards = []
    if brought:
        cards.append(
            Card(
                title=gettext("Wishes brought"),
                value=str(brought),
                note=gettext("call and confirm"),
                endpoint="wishes_claims.index",
                values={"state": DELIVERED},
                permission="wishes.review",
            )
        )
    if silent:
        cards.append(
            Card(
                title=gettext("Claims without a contact"),
                value=str(silent),
                note=gettext("lapse within two days"),
                endpoint="wishes_claims.index",
                values={"state": SILENT},
                permission="wishes.review",
            )
        )
    return cards


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's claims that are to be done, and what was brought to oneself. One statement."""
    counts = own_counts(session, person.id)
    cards = []
    if counts.named:
        cards.append(
            Card(
                title=gettext("Do you come along?"),
                value=str(counts.named),
                note=gettext("you were named in a team"),
                endpoint="wishes_claims_own.index",
            )
        )
    if counts.confirm:
        cards.append(
            Card(
                title=gettext("Your wish was brought"),
                value=str(counts.confirm),
                note=gettext("say that it arrived"),
                endpoint="wishes_claims_own.index",
            )
        )
    if counts.contact:
        cards.append(
            Card(
                title=gettext("Get in touch"),
                value=str(counts.contact),
                note=gettext("wishes that you claimed"),
                endpoint="wishes_claims_own.index",
            )
        )
    if counts.bring:
        cards.append(
            Card(
                title=gettext("Wishes to bring"),
                value=str(counts.bring),
                note=gettext("wishes that you claimed"),
                endpoint="wishes_claims_own.index",
            )
        )
    return cards
