"""What the plugin adds to pages of the core, and words for its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Card, CountedCards, Person, current_site

from . import queries, review
from .marks import ABSENT, COMPLETE, INSIDE, METHODS, NO_START, PRESENT
from .queries import Pair

STATES: Mapping[str, tuple[str, str]] = {
    ABSENT: (N_("not here"), "off"),
    PRESENT: (N_("there the whole time"), "ok"),
    INSIDE: (N_("is here"), "info"),
    COMPLETE: (N_("has gone home"), "ok"),
    NO_START: (N_("no sign-in: supply it"), "wait"),
}


def clock(instant: datetime | None) -> str:
    """An instant as the local clock says it, "" for none."""
    return current_site().local(instant).strftime("%H:%M") if instant is not None else ""


def how_text(pair: Pair) -> str:
    """How the stamps of a pair came, in words."""
    methods = dict.fromkeys((pair.mark.method, pair.mark.out_method))
    return "、".join(gettext(METHODS[method]) for method in methods if method in METHODS)


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """How many lists of today one stands on; the way to the six digits."""
    from .scan import own

    mine = own.mine_today(session, person)
    return (
        Card(
            title=gettext("Check in"),
            value=gettext("%(n)s today", n=len({item.activity.id for item in mine})),
            note=gettext("scan the screen, or type its six digits"),
            endpoint="attendance_own.index",
        ),
    )


def counted_cards(area: Area) -> CountedCards:
    """Lists that are not recorded yet, and the stamps that are missing."""
    return CountedCards((queries.counting_open(area.id), review.counting(review.below(area.id))), _waiting)


def _waiting(counts: Sequence[int]) -> Sequence[Card]:
    still_open, missing = counts
    cards = []
    if missing:
        cards.append(
            Card(
                title=gettext("Forgotten stamps"),
                value=str(missing),
                note=gettext("0 minutes until somebody supplies them"),
                endpoint="attendance.forgotten",
                permission="attendance.keep",
            )
        )
    if not still_open:
        return cards
    return (
        *cards,
        Card(
            title=gettext("Open attendance lists"),
            value=str(still_open),
            note=gettext("close them to record"),
            endpoint="attendance.index",
            permission="attendance.keep",
        ),
    )
