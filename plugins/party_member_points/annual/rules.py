"""Which grade the committee may give: one step from what is proposed, never over a gate or a veto, within the quota.

Pure. A proposal is the scorer's grade after the quota took the best grade from those beyond it; ``choices`` says what
can be decided instead, ``check`` why something cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pointsys.plugin import N_, Problem

from ..scoring import apply_quota
from ..scoring.exact import exact

MAX_REASON = 500


@dataclass(frozen=True)
class Standing:
    """What is known of one member when the committee decides; ``steps`` are the grades that this person can get,
    best first, ``ceiling`` the best one that gates and vetoes leave (None: any)."""

    scored: str
    proposed: str
    steps: tuple[str, ...]
    ceiling: str | None = None
    vetoed: bool = False


def steps_of(grades: Sequence[tuple[str, bool]], scored: str) -> tuple[str, ...]:
    """The grades open to a person, each once, best first; ``grades`` says of each whether it is for such people."""
    open_ones = {name for name, fits in grades if fits} | {scored}
    return tuple(name for name in dict.fromkeys(name for name, _fits in grades) if name in open_ones)


def ceiling_of(grades: Sequence[str], tops: Iterable[str | None]) -> str | None:
    """The worst of some grades that one may have at most; None where nothing holds the grade down."""
    known = [name for name in tops if name in grades]
    return max(known, key=grades.index, default=None)


def choices(standing: Standing) -> tuple[str, ...]:
    """The grades that may be decided, best first; the proposal is always among them."""
    return tuple(
        name for name in standing.steps if name == standing.proposed or _refusal(standing, name) is None
    )


def check(standing: Standing, grade: str, reason: str) -> None:
    """Refuse a decision: Problem unknown_grade, over_gate, over_veto, too_many_steps, reason_needed or
    too_long_text."""
    if grade not in standing.steps:
        raise Problem("unknown_grade", N_("Choose one of the grades of the scheme."), field="grade")
    if len(reason) > MAX_REASON:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MAX_REASON)
    if grade == standing.proposed:
        return
    refused = _refusal(standing, grade)
    if refused is not None:
        raise refused
    if not reason:
        raise Problem(
            "reason_needed",
            N_("Say why the grade is not the proposed one: the reason is kept with the decision."),
            field="reason",
        )


def _refusal(standing: Standing, grade: str) -> Problem | None:
    place = {name: index for index, name in enumerate(standing.steps)}
    wanted = place[grade]
    if wanted < place.get(standing.proposed, wanted):
        if standing.vetoed:
            return Problem(
                "over_veto", N_("A veto stands: the grade cannot be better than proposed."), field="grade"
            )
        if standing.ceiling is not None and wanted < place.get(standing.ceiling, -1):
            return Problem(
                "over_gate",
                N_("A condition of the scheme is not met: the grade is at most %(grade)s."),
                field="grade",
                grade=standing.ceiling,
            )
    # From both: whom the quota moved down is not moved further than others are.
    if any(abs(wanted - place[name]) > 1 for name in (standing.scored, standing.proposed) if name in place):
        return Problem("too_many_steps", N_("A grade can be moved by one step only."), field="grade")
    return None


@dataclass(frozen=True)
class Quota:
    """What a quota does: how many may hold the best grade (None: any number), the proposals, and who was in a tie
    across the line."""

    limit: int | None
    grades: Mapping[str, str]
    ties: frozenset[str]


def quota(rows: Sequence[tuple[str, str, str]], grades: Sequence[str], ratio: str) -> Quota:
    """Apply a ratio ("1/3", "" for none) to (id, total, grade) rows; raises Problem bad_quota."""
    if not ratio or len(grades) < 2:
        return Quota(None, {name: grade for name, _total, grade in rows}, frozenset())
    found = apply_quota(
        {
            "rows": [{"id": name, "total": total, "grade": grade} for name, total, grade in rows],
            "grade": grades[0],
            "below": grades[1],
            "ratio": ratio,
        }
    )
    given: Mapping[str, str] = found["grades"]  # type: ignore[assignment]
    ties: Sequence[str] = found["needs_decision"]  # type: ignore[assignment]
    limit: int = found["limit"]  # type: ignore[assignment]
    return Quota(limit, given, frozenset(ties))


def check_ratio(text: str) -> str:
    """A share as it is kept, from "1/3", "0.3" or "30%" ("" for none); raises Problem bad_quota."""
    ratio = text.strip().replace("％", "%").replace("／", "/")
    if not ratio:
        return ""
    try:
        found = Fraction(exact(ratio.removesuffix("%").strip()))
    except ValueError:
        found = Fraction(-1)
    share = found / 100 if ratio.endswith("%") else found
    if not 0 <= share <= 1 or len(str(share)) > 20:
        raise Problem(
            "bad_quota",
            N_("Write the quota as a share of the members, such as 1/3, 0.3 or 30%%."),
            field="quota",
        )
    return str(share)


def check_room(limit: int | None, held: int) -> None:
    """Refuse more of the best grade than the quota allows: Problem quota_full."""
    if limit is not None and held > limit:
        raise Problem(
            "quota_full",
            N_(
                "The quota allows the best grade %(limit)s times, and this would make it %(held)s: "
                "move somebody else down first."
            ),
            field="grade",
            limit=limit,
            held=held,
        )
