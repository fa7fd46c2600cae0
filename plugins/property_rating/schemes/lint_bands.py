"""Bands: stars by score, stars by rank, grades by credit. They go down without gap and have a floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pointsys.plugin import N_

from .findings import Findings
from .lint_values import asked, listed, number, text_of, whole_number
from .numbers import ceiling, plain, whole
from .scheme import CREDIT, HUNDRED, PERCENTILE, WEIGHTED

MOST = 20
# A text table whose last band is below 0 has no bottom: there is no lowest credit.
NO_FLOOR = "no_floor"
GAP = N_("Scores between %(low)s and %(high)s have no band. Leave out max.")

Band = tuple[str, Mapping[str, Any]]


def check(data: Mapping[str, Any], out: Findings) -> None:
    """The bands of any kind."""
    kind = data["kind"]
    if kind == CREDIT:
        _by_score(listed(data, "grades", out, MOST), data, out, stars=False)
    elif kind == WEIGHTED:
        _by_score(listed(data, "bands", out, MOST), data, out, stars=True)
    elif kind == PERCENTILE:
        _by_rank(listed(data, "bands", out, MOST), out)


def _by_score(bands: list[Band] | None, data: Mapping[str, Any], out: Findings, *, stars: bool) -> None:
    if not bands:
        return
    mins: list[Fraction | None] = []
    for place, band in bands:
        mins.append(asked(band, "min", f"{place}.min", out))
        if stars:
            _stars(place, band, out)
        else:
            text_of(band, "grade", 20, out, place, needed=True)
    known = [value for value in mins if value is not None]
    if len(known) < len(mins):
        return
    if any(upper <= lower for upper, lower in pairwise(known)):
        out.refuse(
            "bands_unsorted", bands[0][0].partition("[")[0], N_("Put the highest band first, each once.")
        )
        return
    if known[-1] > 0 or (not stars and known[-1] == 0):
        message = N_("A score below %(least)s falls out of the table. Add a band at the bottom.")
        out.refuse(NO_FLOOR, bands[-1][0], message, least=plain(known[-1]))
    _gaps(bands, known, data, out)


def _gaps(bands: Sequence[Band], mins: Sequence[Fraction], data: Mapping[str, Any], out: Findings) -> None:
    """Whole-number tables, 86 to 90 and 91 to 100, have no place for 90.5."""
    step = _step(data)
    above: Fraction | None = None
    for (place, band), least in zip(bands, mins, strict=True):
        most = number(band, "max", f"{place}.max", out)
        if most is not None and most < least:
            out.refuse("bands_unsorted", f"{place}.max", N_("The band ends before it begins."))
        if most is not None and above is None and data["kind"] == WEIGHTED and most < HUNDRED:
            out.refuse("gap", f"{place}.max", GAP, low=plain(most), high=plain(HUNDRED))
        if most is not None and above is not None:
            if most >= above:
                out.refuse("bands_overlap", f"{place}.max", N_("The band reaches into the one above it."))
            elif most + step < above:
                out.refuse("gap", f"{place}.max", GAP, low=plain(most), high=plain(above))
        above = least


def _step(data: Mapping[str, Any]) -> Fraction:
    """How far two scores lie apart at least: 0 where they are not rounded, as those of credit files by default."""
    rounding = data.get("round")
    if not isinstance(rounding, Mapping):
        return Fraction(data["kind"] != CREDIT)
    try:
        decimals = whole(rounding.get("decimals", 0))
    except ValueError:
        return Fraction(1)
    return Fraction(1, 10 ** min(decimals, 6))


def _by_rank(bands: list[Band] | None, out: Findings) -> None:
    if not bands:
        return
    shares: list[Fraction | None] = []
    seen: set[int] = set()
    for place, band in bands:
        shares.append(asked(band, "upto", f"{place}.upto", out, Fraction(0), Fraction(1)))
        stars = _stars(place, band, out)
        if stars is not None and stars in seen:
            out.refuse("twice", f"{place}.stars", N_("%(id)s stands here twice."), id=str(stars))
        seen |= {stars} if stars is not None else set()
    known = [value for value in shares if value is not None]
    if len(known) < len(shares):
        return
    if any(first >= second for first, second in pairwise(known)):
        out.refuse(
            "bands_unsorted", "bands", N_("Put the best band first; each reaches further than the last.")
        )
        return
    if known[-1] != 1:
        out.refuse(
            NO_FLOOR, bands[-1][0], N_("The last band must reach to 1, or the last ones have no place.")
        )
    if known[0] > 0:
        least = ceiling(1 / known[0])
        if least > 1:
            out.warn(
                "few_get_none", bands[0][0],
                N_("With fewer than %(n)s in the ranking nobody gets the best band."), n=least,
            )  # fmt: skip


def _stars(place: str, band: Mapping[str, Any], out: Findings) -> int | None:
    if "stars" not in band:
        out.refuse("missing_key", f"{place}.stars", N_("A number is missing here."))
    return whole_number(band, "stars", f"{place}.stars", out, 0, 5)
