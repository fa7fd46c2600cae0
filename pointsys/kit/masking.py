"""The one place that decides how much of a person is shown to people who may not see all of it."""

from __future__ import annotations

import re
import unicodedata

MOBILE_DIGITS = 11
# In place of a value that is there and does not open.
UNREADABLE = "****"


def mask_name(name: str) -> str:
    """Return the first character and one star, whatever the length: 张*, 欧*, 阿*, J*."""
    name = name.strip()
    if not name:
        return ""
    end = 1
    # A variation selector belongs to the character before it.
    while end < len(name) and unicodedata.category(name[end]) in ("Mn", "Mc", "Me"):
        end += 1
    return name[:end] + "*"


def mask_phone(phone: str) -> str:
    """Return ``138****1234`` or ``0991****567``: never more than seven digits."""
    digits = "".join(character for character in phone if character.isdigit())
    if not digits:
        return ""
    if len(digits) < MOBILE_DIGITS - 1:
        return UNREADABLE
    area, dash, _ = phone.partition("-")
    head = len(area) if dash and area.isdigit() and len(area) <= 4 else 3
    return f"{digits[:head]}****{digits[head - 7 :]}"


def mask_id_number(number: str | None = None) -> str:
    """Return three stars: no digit of an identity number is public, not even how many there are."""
    return "***"


_MASKED = re.compile(r"[\d-]*\*{3,}[\dXx]*")


def is_masked(text: str) -> bool:
    """Whether a text is what these functions leave of a phone or an ID number, and so no number at all."""
    return _MASKED.fullmatch(text.strip()) is not None
