"""Words for what the tables hold as codes, and how a wish is named in public."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Protocol

from pointsys.plugin import N_, current_site

STATES = {
    "submitted": N_("To be checked"),
    "returned": N_("Sent back to be changed"),
    "published": N_("Waiting for somebody"),
    "claimed": N_("Being fulfilled"),
    "realized": N_("Come true"),
    "expired": N_("Expired"),
    "rejected": N_("Not taken"),
    "converted": N_("Passed on as a matter"),
    "withdrawn": N_("Taken back"),
}
CLAIM_STATES = {
    "active": N_("On its way"),
    "delivered": N_("Brought, to be confirmed"),
    "confirmed": N_("Confirmed"),
    "released": N_("Given back"),
    "revoked": N_("Taken away by the office"),
    "lapsed": N_("Lapsed without a contact"),
    "voided": N_("Voided"),
}
CATEGORIES = {
    "item": N_("Things"),
    "service": N_("Services"),
    "skill": N_("Skills"),
    "company": N_("Companionship"),
}
CATEGORY_ICONS = {"item": "gift", "service": "house", "skill": "star", "company": "people"}
CHANNELS = {"self": N_("by the wisher"), "behalf": N_("on somebody's behalf"), "sheet": N_("from a sheet")}


class Numbered(Protocol):
    """What has the number of a wish."""

    @property
    def year(self) -> int:
        """The year it counts in."""

    @property
    def number(self) -> int:
        """Its place in that year."""


def code_of(wish: Numbered) -> str:
    """The name of a wish in public: "2026-0012"."""
    return f"{wish.year}-{wish.number:04d}"


def yuan(fen: int) -> str:
    """An amount of fen in yuan, without a fraction where there is none: 2550 -> "25.50", 3000 -> "30"."""
    return f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")


# No wish is older or younger; the first and the last days of all are no instants everywhere.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


def kept_day(day: date) -> date:
    """A day as asked for, or the nearest one on which there could be a wish."""
    return min(max(day, _FIRST_DAY), _LAST_DAY)


def midnight(day: date, days_later: int = 0) -> datetime:
    """The instant at which a day as asked for begins here, or one some days after it."""
    return datetime.combine(kept_day(day) + timedelta(days=days_later), time(), current_site().timezone)


def local_day(at: datetime | None) -> date | None:
    """The day of an instant here; None for None."""
    return None if at is None else current_site().local(at).date()
