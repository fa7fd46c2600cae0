"""Words and numbers of schemes as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files

from pointsys.plugin import N_

from .numbers import plain
from .scheme import CREDIT, LIST, PERCENTILE, WEIGHTED, PartWeight

KINDS: Mapping[str, str] = {
    WEIGHTED: N_("Weighted score"),
    PERCENTILE: N_("Stars by rank"),
    LIST: N_("Red and black list"),
    CREDIT: N_("Credit file"),
}
PERIODS: Mapping[str, str] = {
    "year": N_("a year"),
    "half": N_("half a year"),
    "quarter": N_("a quarter"),
    "month": N_("a month"),
}
UNITS: Mapping[str, str] = {"y": N_("years"), "m": N_("months"), "d": N_("days")}
# Where a scheme gives its parts no titles.
_PARTS: Mapping[str, str] = {
    "owners": N_("Owners' satisfaction"),
    "management": N_("Daily management"),
    "overall": N_("Overall appraisal"),
    "fee_rate": N_("Share of fees paid"),
    "inspection": N_("Inspection"),
    "score": N_("Score"),
}
COLOURS: Mapping[str, str] = {"red": N_("Red list"), "black": N_("Black list")}


def number(value: Fraction | None) -> str:
    """A number of a scheme; "" for none."""
    return "" if value is None else plain(value)


def percent(value: Fraction) -> str:
    """A share as "30%"."""
    return f"{plain(value * 100)}%"


def part_title(part: PartWeight) -> str:
    """The title of a part, to be translated where the scheme gives none."""
    return part.title or _PARTS.get(part.id, part.id)


@cache
def presets() -> Mapping[str, tuple[str, str]]:
    """Schemes that ship as data, by name: their title and their text."""
    from .reading import parse

    found = {}
    for one in sorted(files(__package__).joinpath("presets").iterdir(), key=lambda one: one.name):
        if one.name.endswith(".toml"):
            text = one.read_text(encoding="utf-8")
            found[one.name.removesuffix(".toml")] = (parse(text).title, text)
    return found
