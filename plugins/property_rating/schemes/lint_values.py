"""Reading single values of a scheme for the linter: each says what is wrong with it and gives what can be read."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pointsys.plugin import N_

from .findings import Findings
from .numbers import exact, plain, whole

_ANY = Fraction(1_000_000)


def table(data: Mapping[str, Any], key: str, out: Findings) -> Mapping[str, Any] | None:
    """The table below ``key``; None where there is none."""
    value = data.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    out.refuse("bad_table", key, N_("This must be a table with keys and values."))
    return None


def listed(
    data: Mapping[str, Any], key: str, out: Findings, most: int, above: str = ""
) -> list[tuple[str, Mapping[str, Any]]] | None:
    """The tables of a list with their places, "parts[0]"; None where there is no list."""
    value = data.get(key)
    if value is None:
        return None
    place = f"{above}{key}"
    if not isinstance(value, list) or not value or len(value) > most:
        out.refuse("bad_list", place, N_("This must be a list of 1 to %(most)s tables."), most=most)
        return []
    found = []
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            found.append((f"{place}[{index}]", item))
        else:
            out.refuse("bad_table", f"{place}[{index}]", N_("This must be a table with keys and values."))
    return found


def number(
    data: Mapping[str, Any],
    key: str,
    place: str,
    out: Findings,
    low: Fraction | None = None,
    high: Fraction | None = None,
) -> Fraction | None:
    """A number from ``low`` to ``high``; None where there is none that can be used."""
    if key not in data:
        return None
    low, high = -_ANY if low is None else low, _ANY if high is None else high
    try:
        value = exact(data[key])
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        out.refuse(
            "bad_number", place, N_('Write a number from %(low)s to %(high)s, as "0.30".'),
            low=plain(low), high=plain(high),
        )  # fmt: skip
        return None
    return value


def asked(
    data: Mapping[str, Any],
    key: str,
    place: str,
    out: Findings,
    low: Fraction | None = None,
    high: Fraction | None = None,
) -> Fraction | None:
    """Like ``number``, for one that may not be left out."""
    if key not in data:
        out.refuse("missing_key", place, N_("A number is missing here."))
        return None
    return number(data, key, place, out, low, high)


def whole_number(
    data: Mapping[str, Any], key: str, place: str, out: Findings, low: int, high: int
) -> int | None:
    """A whole number from ``low`` to ``high``; None where there is none that can be used."""
    if key not in data:
        return None
    try:
        value = whole(data[key])
    except ValueError:
        value = -1
    if not low <= value <= high:
        out.refuse(
            "bad_number", place, N_("Write a whole number from %(low)s to %(high)s."), low=low, high=high
        )
        return None
    return value


def text_of(
    data: Mapping[str, Any], key: str, longest: int, out: Findings, above: str = "", *, needed: bool = False
) -> None:
    """Refuse what is no text, or too long a one."""
    value = data.get(key, None if needed else "")
    if not isinstance(value, str) or len(value) > longest or (needed and not value.strip()):
        place = f"{above}.{key}" if above else key
        out.refuse("bad_text", place, N_("Write a text of at most %(most)s characters."), most=longest)
