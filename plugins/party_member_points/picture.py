"""Pictures of one's own page: the ring against the target, the next grade, and one's place as a band of a histogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import bucket_edges, buckets, hide_small

from . import own
from .own import StoredScore
from .stored import hundredths
from .why import Why

# A distribution of fewer people would tell about single ones.
FEWEST = 5
_POINT = 100


@dataclass(frozen=True)
class Ring:
    """A total against ``target``: ``percent`` filled, ``marks`` where grades begin, both whole; ``label`` in words."""

    target: str
    percent: int
    marks: Sequence[int]
    label: str


@dataclass(frozen=True)
class NextGrade:
    """The next better grade and what it still takes, in words."""

    title: str
    missing: Sequence[str]


@dataclass(frozen=True)
class BandRow:
    """People with totals in a range; ``share`` of the largest in percent, None and a text where few are hidden."""

    label: str
    share: int | None
    text: str
    own: bool


def ring(why: Why) -> Ring | None:
    """The ring of a graded score; None where the scheme has neither a highest total nor a grade with a limit."""
    explained = why.score.detail["explain"]
    limits = [grade["min"] for grade in explained.get("grades", ()) if grade["min"] is not None]
    cap = (explained.get("total") or {}).get("cap")
    target = cap if cap is not None else max(limits, key=hundredths, default=None)
    if target is None or hundredths(target) <= 0:
        return None
    whole = hundredths(target)
    total = hundredths(why.score.total)
    said = gettext("%(total)s of %(target)s points", total=why.score.total, target=_plain(target))
    marks = [hundredths(limit) * 100 // whole for limit in limits if 0 < hundredths(limit) < whole]
    return Ring(_plain(target), max(0, min(100, total * 100 // whole)), marks, str(said))


def next_grade(why: Why) -> NextGrade | None:
    """The grade above the present one; None at the best, and for a score without grades."""
    shown: Sequence[Mapping[str, object]] = why.score.detail["explain"].get("grades", ())
    place = next((n for n, line in enumerate(why.grades) if line.own), None)
    if not place:
        return None
    grade, line = shown[place - 1], why.grades[place - 1]
    lacking = []
    least = grade["min"]
    if isinstance(least, str) and (short := hundredths(least) - hundredths(why.score.total)) > 0:
        lacking.append(
            str(gettext("%(points)s more points", points=f"{short // _POINT}.{short % _POINT:02d}"))
        )
    lacking += line.missing
    return NextGrade(line.id, lacking or [*why.gates])


def position(session: Session, person_id: int, score: StoredScore) -> list[BandRow]:
    """The totals of one's community in ranges, one's own marked; empty where fewer than five people are scored."""
    found = own.distribution(session, person_id, score.scheme, score.period)
    counts: dict[int, int] = {}
    for total, people in found.items():
        counts[max(0, total)] = counts.get(max(0, total), 0) + people
    if sum(counts.values()) < FEWEST or not score.total:
        return []
    bands = buckets(counts, bucket_edges(counts, _POINT))
    shown = hide_small([band.count for band in bands], FEWEST)
    most = max((count for count in shown if isinstance(count, int)), default=0) or 1
    mine = max(0, hundredths(score.total))
    rows = []
    for band, count in zip(bands, shown, strict=True):
        known = isinstance(count, int)
        text = gettext("%(count)s people", count=count) if known else gettext("few people")
        share = count * 100 // most if isinstance(count, int) else None
        rows.append(BandRow(band.label(_POINT), share, str(text), band.holds(mine)))
    return rows


def _plain(points: str) -> str:
    """Points without zeros that say nothing: "100.00" -> "100"."""
    return points.rstrip("0").rstrip(".") if "." in points else points
