"""The page of settings: what each is called, how it is written there, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.plugin import N_, Problem, clean_text, normalise_text

from ..asking.checking import fen_of
from ..rules import within
from ..settings import (
    BOUNDS,
    CONTACT_DAYS,
    DELIVER_DAYS,
    EXPIRE_DAYS,
    MAX_AMOUNT,
    OPEN_CLAIMS,
    PHONE,
    SHARED,
    VALUE,
    WishRules,
)
from ..words import yuan

# Name -> what it is called, what follows from it, its unit.
FIELDS: Mapping[str, tuple[str, str, str]] = {
    MAX_AMOUNT: (N_("A thing costs at most"), N_("Nobody wishes for something dearer."), N_("yuan")),
    EXPIRE_DAYS: (N_("A wish is on the wall for"), N_("After that the office decides on it anew."), N_("days")),
    CONTACT_DAYS: (
        N_("A claimer gets in touch within"),
        N_("Otherwise the claim lapses and the wish is free again."),
        N_("days"),
    ),
    DELIVER_DAYS: (
        N_("After the contact a wish is brought within"),
        N_("Claimers are reminded of it, and the office sees what is late; nothing lapses."),
        N_("days"),
    ),
    OPEN_CLAIMS: (N_("Somebody has open claims at a time, at most"), N_("What was brought does not count."), ""),
    VALUE: (
        N_("A fulfilled wish is worth"),
        N_("Shared out over those who brought it; the points scheme says what a share brings."),
        N_("shares"),
    ),
}  # fmt: skip
_IN_HUNDREDTHS = (MAX_AMOUNT, VALUE)
MOST_PHONE = 40


def values_of(rules: WishRules) -> dict[str, object]:
    """The rules as they are stored."""
    return {
        MAX_AMOUNT: rules.max_amount,
        CONTACT_DAYS: rules.contact_days,
        DELIVER_DAYS: rules.deliver_days,
        EXPIRE_DAYS: rules.expire_days,
        OPEN_CLAIMS: rules.open_claims,
        VALUE: rules.value,
        SHARED: rules.shared,
        PHONE: rules.phone,
    }


def shown(rules: WishRules) -> dict[str, object]:
    """The rules as the page writes them."""
    told = values_of(rules)
    return {
        name: yuan(value).replace(",", "") if name in _IN_HUNDREDTHS and isinstance(value, int) else value
        for name, value in told.items()
    }


def read(form: Mapping[str, str]) -> dict[str, object]:
    """What the page sent, as it is stored; raises Problem bad_number or too_long_text with its field."""
    found: dict[str, object] = {name: _number(name, form.get(name, "")) for name in FIELDS}
    found[SHARED] = form.get(SHARED) == "1"
    found[PHONE] = within(clean_text(form.get(PHONE, "")), MOST_PHONE, "phone", PHONE)
    return found


def _number(name: str, text: str) -> int:
    low, high = BOUNDS[name]
    text = normalise_text(text)
    value = -1
    if name in _IN_HUNDREDTHS:
        try:
            value = fen_of(text) if text else -1
        except Problem:
            value = -1
    elif text.isascii() and text.isdigit() and len(text) < 7:
        value = int(text)
    if not low <= value <= high:
        scale = 100 if name in _IN_HUNDREDTHS else 1
        raise Problem(
            "bad_number",
            N_("Write a number from %(low)s to %(high)s in the field that is marked."),
            field=name,
            low=low // scale,
            high=high // scale,
        )
    return value
