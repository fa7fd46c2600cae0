"""Claims in words: names of states, what is asked for, and what it would bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from pointsys.plugin import N_, format_hours

from ..mapping import HOURS
from ..pages import signed
from ..scoring.exact import over, plain
from ..scoring.scheme import Version
from ..why import REASONS
from ..words import item_words, said
from .expected import Expected
from .models import (
    CONFIRMED,
    DRAFT,
    REJECTED,
    RETURNED,
    SUBMITTED,
    VERIFIED,
    VOIDED,
    WITHDRAWN,
    PointsClaim,
)
from .offers import Offer, Offers

STATE_TITLES: Mapping[str, str] = {
    DRAFT: N_("Draft"),
    SUBMITTED: N_("Handed in"),
    VERIFIED: N_("Verified"),
    CONFIRMED: N_("Confirmed"),
    RETURNED: N_("Returned"),
    REJECTED: N_("Rejected"),
    WITHDRAWN: N_("Taken back"),
    VOIDED: N_("Voided"),
}
# Which badge says so: ok, wait, no, off, info.
STATE_KINDS: Mapping[str, str] = {
    DRAFT: "info", SUBMITTED: "wait", VERIFIED: "wait", CONFIRMED: "ok", RETURNED: "no", REJECTED: "no",
    WITHDRAWN: "off", VOIDED: "off",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One item as the first step shows it."""

    item: str
    title: str
    sentences: tuple[str, ...]


def sections(offers: Offers) -> list[tuple[str, list[Choice]]]:
    """Categories with their items in words."""
    if offers.version is None:
        return []
    return [(title, [choice_of(offer, offers.version) for offer in own]) for title, own in offers.sections]


def choice_of(offer: Offer, version: Version) -> Choice:
    """One item in words, with its points."""
    return Choice(offer.item.id, offer.item.title or offer.item.id, tuple(item_words(offer.item, version)))


def choices_of(offer: Offer) -> list[tuple[str, str]]:
    """The values of a table with their names and points."""
    return [
        (
            value,
            gettext(
                "%(name)s (%(points)s points)",
                name=said(value),
                points=plain(over(offer.item.values[value], 100)),
            ),
        )
        for value in offer.choices
    ]


def attribute_title(name: str) -> str:
    """The name of an attribute as people say it."""
    return {"matter": gettext("Which matter")}.get(name) or said(name)


def attributes(claim: PointsClaim) -> list[tuple[str, str]]:
    """What else a claim says: (name, value) in words."""
    return [(attribute_title(name), said(value)) for name, value in json.loads(claim.attrs or "{}").items()]


def amount(claim: PointsClaim, asks: str) -> str:
    """How much is claimed: "2 h", "30", "" for a single time."""
    if claim.quantity is None:
        return ""
    if asks == HOURS:
        return str(gettext("%(hours)s h", hours=format_hours(claim.quantity * 60 // 100)))
    return hundredths_text(claim.quantity)


def hundredths_text(value: int) -> str:
    """Hundredths without idle zeros: 250 -> "2.5"."""
    whole, rest = divmod(value, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def expected_text(expected: Expected | None) -> str:
    """What a claim would bring, in one sentence."""
    if expected is None:
        return str(gettext("no scheme rules that day, or you are no member: nothing is counted"))
    if expected.reason:
        return str(
            gettext("no points: %(reason)s", reason=gettext(REASONS.get(expected.reason, expected.reason)))
        )
    if not expected.points:
        return str(
            gettext("counted in the sum of the period; the total would be %(total)s", total=expected.then)
        )
    if expected.stays:
        return str(
            gettext("%(points)s points; the total stays, as a cap is reached", points=signed(expected.points))
        )
    return str(gettext("%(points)s points", points=signed(expected.points)))


def short_text(expected: Expected | None) -> str:
    """The same for a column: the points, or the reason why there are none."""
    if expected is None:
        return "–"
    if expected.reason:
        return str(gettext(REASONS.get(expected.reason, expected.reason)))
    return signed(expected.points) if expected.points else str(gettext("sum"))
