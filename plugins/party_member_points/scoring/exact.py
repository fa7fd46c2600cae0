"""Exact numbers for scoring: whole numbers where possible, fractions elsewhere, never floats.

Points are carried in hundredths (``cents``), so that every rounded amount is a plain ``int``; a cap or a sum
that is finer than a hundredth stays an exact ``Fraction`` and mixes freely with the others.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

Number = int | Fraction

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)
_RATIO = re.compile(r"[+-]?[0-9]{1,15}/[0-9]{1,15}", re.ASCII)
_LARGEST = 10**15
_FINEST_EXPONENT = -12


def exact(value: object) -> Number:
    """Read an integer, decimal, fraction, or a text such as ``"2.5"`` or ``"1/3"``; ValueError for anything else.

    Floats are refused because what they hold is not what was written.
    """
    if isinstance(value, bool):
        raise ValueError("not a number")
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise ValueError("too large")
        return value
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Decimal):
        return _from_decimal(value)
    if isinstance(value, Fraction):
        return simplest(value)
    raise ValueError("not a number")


def _from_text(text: str) -> Number:
    if _DECIMAL.fullmatch(text):
        return simplest(Fraction(text)) if "." in text else int(text)
    if _RATIO.fullmatch(text) and int(text.partition("/")[2]):
        return simplest(Fraction(text))
    raise ValueError("not a number")


def _from_decimal(value: Decimal) -> Number:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _FINEST_EXPONENT or value.adjusted() >= 15:
        raise ValueError("not a number of a usable size")
    return simplest(Fraction(value))


def simplest(value: Number) -> Number:
    """Turn a fraction with denominator 1 into the int it equals."""
    return value.numerator if value.denominator == 1 else value


def over(value: Number, divisor: Number) -> Number:
    """Divide exactly."""
    if isinstance(value, int) and isinstance(divisor, int) and value % divisor == 0:
        return value // divisor
    return simplest(Fraction(value) / divisor)


def lesser(first: Number, second: Number) -> Number:
    """The smaller of the two."""
    return first if first <= second else second


def greater(first: Number, second: Number) -> Number:
    """The larger of the two."""
    return first if first >= second else second


def cents(points: Number) -> Number:
    """Points to hundredths of a point."""
    return simplest(points * 100)


def rounded(value: Number) -> int:
    """Round to a whole number, halves away from zero."""
    if isinstance(value, int):
        return value
    top, bottom = value.numerator, value.denominator
    nearest = (2 * abs(top) + bottom) // (2 * bottom)
    return nearest if top >= 0 else -nearest


def to_multiple(value: Number, unit: Number) -> Number:
    """Round to a multiple of ``unit``, halves away from zero."""
    return simplest(rounded(over(value, unit)) * unit)


def decimal_places(value: object) -> int:
    """How many decimals a number was written with; a quantum of ``"0.10"`` has two."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    if isinstance(value, str) and "." in value:
        return len(value.partition(".")[2])
    return 0


def printed(amount: Number, places: int = 2) -> str:
    """Print hundredths of a point with ``places`` decimals, halves away from zero, never as ``-0``."""
    scaled = rounded(over(amount * 10**places, 100))
    digits = str(abs(scaled)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def plain(value: Number) -> str:
    """Print a quantity or factor as written: ``4``, ``2.5``, or ``5/6`` where no short decimal is exact."""
    if isinstance(value, int):
        return str(value)
    for places in range(1, 13):
        if 10**places % value.denominator == 0:
            scaled = value.numerator * (10**places // value.denominator)
            digits = str(abs(scaled)).rjust(places + 1, "0")
            return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"
