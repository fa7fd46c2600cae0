"""Exact numbers of schemes and scores: read from JSON or TOML, rounded half up once, written without waste.

Everything in between is a ``Fraction``; a binary float is refused, for what it holds is not what was written.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII
)
_LARGEST = 30
# Where a mean has no end (250 / 3), so many places are written; what is computed on stays exact.
_PLACES = 12


def exact(value: object) -> Fraction:
    """The number that was written: a whole number, a ``Decimal``, or a text such as "89.5"; ValueError for others."""
    if isinstance(value, bool | float):
        raise ValueError("not an exact number")
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and abs(value) < 10**_LARGEST:
        return Fraction(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return exact(Decimal(value.strip()))
    if isinstance(value, Decimal) and value.is_finite():
        exponent = value.as_tuple().exponent
        if (
            isinstance(exponent, int)
            and exponent >= -2 * _LARGEST
            and (not value or value.adjusted() < _LARGEST)
        ):
            return Fraction(value)
    raise ValueError("not a number")


def whole(value: object) -> int:
    """A whole number of at least 0, "812" and 812.0 as well; ValueError for others."""
    number = exact(value)
    if number.denominator != 1 or number < 0:
        raise ValueError("not a whole number")
    return int(number)


def ceiling(value: Fraction) -> int:
    """The next whole number."""
    return -(-value.numerator // value.denominator)


def half_up(value: Fraction, decimals: int) -> Fraction:
    """``value`` with so many decimals, halves away from zero."""
    scale = 10**decimals
    scaled = abs(value) * scale
    nearest = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(nearest if value >= 0 else -nearest, scale)


def plain(value: Fraction) -> str:
    """A number as people write it, "90.5" or "91": no exponent, no zeros at the end, never "-0"."""
    places = _places(value.denominator)
    shown = value if places is not None else half_up(value, _PLACES)
    places = _PLACES if places is None else places
    digits = str(abs(shown.numerator) * 10**places // shown.denominator).rjust(places + 1, "0")
    head, tail = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return ("-" if shown < 0 else "") + head + ("." + tail if tail else "")


def fixed(value: Fraction, decimals: int | None) -> str:
    """A number with so many decimals, "55.00"; as ``plain`` where None are asked for or more are needed."""
    text = plain(value)
    missing = (decimals or 0) - len(text.partition(".")[2])
    return text if missing <= 0 else text + ("" if "." in text else ".") + "0" * missing


def bare(text: str | None) -> str:
    """A written number as files hold it, "55.00" as "55"; "" for none."""
    return plain(exact(text)) if text else ""


def _places(denominator: int) -> int | None:
    """How many decimals it takes to write 1 / denominator; None where no number of them is enough."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
