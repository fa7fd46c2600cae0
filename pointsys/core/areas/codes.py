"""Official 12-digit statistical area codes (2+2+2 digits down to the county, 3 sub-district, 3 community).

Grids have no national code; here they are a community's code and three digits more.
"""

from __future__ import annotations

import re

from pointsys.kit.problems import N_, Problem

LEVELS = ("province", "city", "county", "subdistrict", "community", "grid")
LEVEL_TITLES = {
    "province": N_("Province"),
    "city": N_("City"),
    "county": N_("County or district"),
    "subdistrict": N_("Sub-district"),
    "community": N_("Community"),
    "grid": N_("Grid"),
}
_CUTS = ((2, "province"), (4, "city"), (6, "county"), (9, "subdistrict"), (12, "community"), (15, "grid"))


def check_code(raw: str) -> str:
    """``raw`` without spaces if it is 12 digits (an official code) or 15 (a grid); raises Problem."""
    code = re.sub(r"\s", "", raw)
    if not code.isascii() or not code.isdigit() or len(code) not in (12, 15) or code.startswith("00"):
        raise Problem(
            "bad_area_code",
            N_("%(code)s is not an area code: 12 digits, or 15 for a grid."),
            field="code",
            code=raw[:30],
        )
    return code


def level_of(code: str) -> str:
    """The level that ``code`` names, told by its trailing zeros."""
    if len(code) == 15:
        return "grid"
    for length, level in _CUTS[:-1]:
        if not code[length:].strip("0"):
            return level
    return "community"


def official_parent(code: str) -> str | None:
    """The code one level up, or None for a province."""
    if len(code) == 15:
        return code[:12]
    level = level_of(code)
    index = LEVELS.index(level)
    if index == 0:
        return None
    return code[: _CUTS[index - 1][0]].ljust(12, "0")
