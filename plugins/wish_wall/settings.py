"""What an area decides for its wishes, with defaults: limits, deadlines, what a wish is worth and who may claim it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Setting, get_setting_by_area, get_settings

MAX_AMOUNT = "wishes.max_amount"
CONTACT_DAYS = "wishes.contact_days"
DELIVER_DAYS = "wishes.deliver_days"
EXPIRE_DAYS = "wishes.expire_days"
OPEN_CLAIMS = "wishes.open_claims"
VALUE = "wishes.value"
SHARED = "wishes.shared"
PHONE = "wishes.contact_phone"

SETTINGS = (
    Setting(MAX_AMOUNT, N_("Most that a wished thing may cost, in fen"), 30_000),
    Setting(CONTACT_DAYS, N_("Days after a claim in which its claimer gets in touch"), 7),
    Setting(DELIVER_DAYS, N_("Days after the contact in which a claimed wish should be brought"), 30),
    Setting(EXPIRE_DAYS, N_("Days for which a wish is on the wall"), 30),
    Setting(OPEN_CLAIMS, N_("Claims that somebody may have open at a time"), 3),
    Setting(VALUE, N_("What a fulfilled wish is worth to its claimers, in hundredths of a share"), 100),
    Setting(SHARED, N_("Anybody of the sub-district may claim the wishes of all its communities"), True),
    Setting(PHONE, N_("Phone of the office for wishes"), ""),
)
# Name -> the least and the most that makes sense; anything else is passed over, so that a rule always stands.
BOUNDS: Mapping[str, tuple[int, int]] = {
    MAX_AMOUNT: (0, 10_000_000),
    CONTACT_DAYS: (1, 90),
    DELIVER_DAYS: (1, 365),
    EXPIRE_DAYS: (1, 365),
    OPEN_CLAIMS: (1, 50),
    VALUE: (0, 100_000),
}
KEYS = tuple(one.name for one in SETTINGS)
_DEFAULTS: Mapping[str, object] = {one.name: one.default for one in SETTINGS}


@dataclass(frozen=True)
class WishRules:
    """The settings of an area: ``max_amount`` in fen, ``value`` in hundredths of a share."""

    max_amount: int
    contact_days: int
    deliver_days: int
    expire_days: int
    open_claims: int
    value: int
    shared: bool
    phone: str


def rules_from(values: Mapping[str, object]) -> WishRules:
    """Rules of stored values; what is absent, or makes no sense, is as the plugin ships it."""
    return WishRules(
        _number(values, MAX_AMOUNT),
        _number(values, CONTACT_DAYS),
        _number(values, DELIVER_DAYS),
        _number(values, EXPIRE_DAYS),
        _number(values, OPEN_CLAIMS),
        _number(values, VALUE),
        values.get(SHARED, True) is not False,
        str(values.get(PHONE) or ""),
    )


def _number(values: Mapping[str, object], name: str) -> int:
    found, (low, high) = values.get(name), BOUNDS[name]
    if isinstance(found, int) and not isinstance(found, bool) and low <= found <= high:
        return found
    default = _DEFAULTS[name]
    assert isinstance(default, int)
    return default


def rules_in(session: Session, area_id: int) -> WishRules:
    """The rules of an area; one statement."""
    return rules_from(get_settings(session, area_id, KEYS))


def expire_days_by_area(session: Session, area_ids: Collection[int]) -> dict[int, int]:
    """For how many days wishes of each of some areas are on the wall; one statement."""
    found = get_setting_by_area(session, area_ids, EXPIRE_DAYS)
    return {
        area_id: _number({EXPIRE_DAYS: found[area_id]} if area_id in found else {}, EXPIRE_DAYS)
        for area_id in area_ids
    }
