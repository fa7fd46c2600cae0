"""What all scores together decide: red and black list, and stars by rank."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from .credit import number
from .evaluate import count_of, wrong_kind
from .numbers import plain
from .scheme import LIST, PERCENTILE, Scheme

RED, BLACK = "red", "black"


@dataclass(frozen=True, slots=True)
class Lists:
    """Who is on which list, in the order of the scores given, and what it earns or costs them."""

    red: tuple[str, ...]
    black: tuple[str, ...]
    credit: Mapping[str, Fraction]

    def as_json(self) -> dict[str, object]:
        """The shape of ``pointsys property list``."""
        credit = {name: plain(points) for name, points in self.credit.items()}
        return {"red": list(self.red), "black": list(self.black), "credit": credit}


def red_and_black(scheme: Scheme, scores: Mapping[str, object], rectified: Collection[str] = ()) -> Lists:
    """The lists of some scores; whoever has none (None) is on no list and counts for nobody's place.

    Red is who reaches the threshold; black the lowest, with all that tie with the last of them, less the red ones.
    Black costs nothing where it was repaired by the deadline. Raises Problem bad_score or wrong_kind.
    """
    red_rule, black_rule = scheme.red, scheme.black
    if scheme.kind != LIST or red_rule is None or black_rule is None:
        raise wrong_kind(scheme)
    known = {name: number(value, name) for name, value in scores.items() if value is not None}
    red = tuple(name for name, score in known.items() if score >= red_rule.least)
    ordered = sorted(known.values())
    lowest = ordered[: black_rule.bottom]
    black = tuple(
        name
        for name, score in known.items()
        if lowest and score <= lowest[-1] and not (black_rule.red_excludes_black and name in set(red))
    )
    credit: dict[str, Fraction] = {}
    for names, points in (
        (red, red_rule.credit),
        ([n for n in black if n not in rectified], black_rule.credit),
    ):
        for name in names:
            if points is not None:
                credit[name] = credit.get(name, Fraction(0)) + points
    return Lists(red, black, {name: credit[name] for name in known if name in credit})


def places(scheme: Scheme, n: object) -> dict[int, int]:
    """How many of ``n`` get each number of stars: a band ends at place floor(upto x n); Problem bad_count."""
    if scheme.kind != PERCENTILE:
        raise wrong_kind(scheme)
    total, found, before = count_of(n, "n"), {}, 0
    for band in scheme.bands:
        last = _floor(band.upto * total)
        assert band.stars is not None
        found[band.stars], before = last - before, last
    return found


def stars_by_rank(scheme: Scheme, scores: Mapping[str, object]) -> dict[str, int | None]:
    """Stars of each by rank, the highest score first; who ties is as good as the first of them; no score, no stars.

    Raises Problem bad_score or wrong_kind.
    """
    if scheme.kind != PERCENTILE:
        raise wrong_kind(scheme)
    known = {name: number(value, name) for name, value in scores.items() if value is not None}
    ranks: dict[Fraction, int] = {}
    for rank, score in enumerate(sorted(known.values(), reverse=True), 1):
        ranks.setdefault(score, rank)
    found: dict[str, int | None] = dict.fromkeys(scores)
    for name, score in known.items():
        reached = (band.stars for band in scheme.bands if ranks[score] <= _floor(band.upto * len(known)))
        found[name] = next(reached, None)
    return found


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator
