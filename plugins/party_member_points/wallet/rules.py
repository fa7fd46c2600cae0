"""The rules of an area's wallets: the setting ``points.wallet`` in the words of the scorer's wallet (E15).

The rule in force when points come in says how long they last; the one in force when somebody redeems says whether they
may. A later change of the rule alters nothing that has happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from pointsys.plugin import N_, get_setting

from ..scoring.periods import years_later

SETTING = "points.wallet"
EXPIRIES = {
    "none": N_("they stay valid"),
    "years": N_("so many years after they were earned"),
    "year_end": N_("at the end of a year, so many years after the one they were earned in"),
}
WINDOWS = {
    "": N_("as often as one likes"),
    "day": N_("once a day"),
    "month": N_("once a month"),
    "quarter": N_("once a quarter"),
    "half": N_("once in half a year"),
    "year": N_("once a year"),
}
MOST_YEARS = 20
DEFAULT: Mapping[str, object] = {
    "on": True, "expiry": "none", "years": 1, "once_per": "", "min_balance": 0, "redeem_clears": False,
}  # fmt: skip


@dataclass(frozen=True)
class WalletRule:
    """``expiry`` and ``years`` are E15's; ``once_per`` "" for no limit; ``min_balance`` in hundredths."""

    on: bool
    expiry: str
    years: int
    once_per: str
    min_balance: int
    redeem_clears: bool

    def as_setting(self) -> dict[str, object]:
        """The value of the setting."""
        return {
            "on": self.on, "expiry": self.expiry, "years": self.years, "once_per": self.once_per,
            "min_balance": self.min_balance, "redeem_clears": self.redeem_clears,
        }  # fmt: skip


def rule_of(session: Session, area_id: int) -> WalletRule:
    """The rule that an area follows."""
    found = get_setting(session, area_id, SETTING, DEFAULT)
    return read_rule(found if isinstance(found, Mapping) else DEFAULT)


def read_rule(found: Mapping[str, object]) -> WalletRule:
    """The rule that a setting says; what is missing or not usable is as by default."""
    said = {**DEFAULT, **found}
    expiry, once_per = str(said["expiry"]), str(said["once_per"])
    return WalletRule(
        on=bool(said["on"]),
        expiry=expiry if expiry in EXPIRIES else "none",
        years=min(max(_whole(said["years"], 1), 0), MOST_YEARS),
        once_per=once_per if once_per in WINDOWS else "",
        min_balance=max(_whole(said["min_balance"], 0), 0),
        redeem_clears=bool(said["redeem_clears"]),
    )


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def last_day(rule: WalletRule, earned_on: date) -> date | None:
    """The last day on which points earned on a day can be spent; None when they stay valid."""
    if rule.expiry == "years":
        return years_later(earned_on, rule.years)
    if rule.expiry == "year_end":
        return date(earned_on.year + rule.years, 12, 31)
    return None
