"""What deciding adds to the first page of an area: wishes and referrals that wait."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from pointsys.plugin import Area, Card, Counts

from .queries import open_referrals_count, waiting_count


def dashboard_counts(area: Area) -> Counts:
    """Wishes to be decided on, and referrals without an answer."""
    return (waiting_count(area.id), open_referrals_count(area.id))


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """A card for each of them that there is."""
    waiting, referred = counts
    cards = []
    if waiting:
        cards.append(
            Card(
                title=gettext("Wishes to be checked"),
                value=str(waiting),
                note=gettext("handed in, before they go on the wall"),
                endpoint="wishes_reviewing.index",
                permission="wishes.review",
            )
        )
    if referred:
        cards.append(
            Card(
                title=gettext("Referrals of wishes"),
                value=str(referred),
                note=gettext("wait for an answer"),
                endpoint="wishes_reviewing.referrals",
                values={"state": "open"},
                permission="wishes.review",
            )
        )
    return cards
