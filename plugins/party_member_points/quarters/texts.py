"""The frozen text of a sheet, and the links of the chain. Pure: the same values give the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pointsys.plugin import canonical, sha256_of

from ..scoring import Evaluation, result_of
from ..stored import hundredths

FORMAT = 1
KIND = "points.sheet"
# The link before the first one of an area.
NO_LINK = ""


@dataclass(frozen=True)
class LineValues:
    """What a score comes to on a sheet; amounts in hundredths."""

    total: int
    total_text: str
    grade: str | None
    categories: Mapping[str, str]
    credited: int
    digest: str


def values_of(found: Evaluation, cut: date) -> LineValues | None:
    """The line of a score; None for somebody who was not enrolled. Before the period's last day nobody has a grade."""
    if found.outcome is None:
        return None
    result: dict[str, Any] = result_of(found)
    # A lifetime never ends, and is graded at any time.
    graded = found.ask.last == date.max or cut >= found.ask.last
    points = (hundredths(text) for text in result["credited"].values())
    return LineValues(
        total=hundredths(result["total"]),
        total_text=result["total"],
        grade=result["grade"] if graded else None,
        categories=result["categories"],
        credited=sum(value for value in points if value > 0),
        digest=sha256_of(canonical(result)),
    )


def line_of(public_id: str, values: LineValues, gain: int) -> dict[str, object]:
    """A line as it stands in the text."""
    return {
        "id": public_id,
        "total": values.total_text,
        "gain": gain,
        "credited": values.credited,
        "grade": values.grade,
        "categories": dict(values.categories),
        "digest": values.digest,
    }


def sheet_text(heading: Mapping[str, object], lines: Iterable[Mapping[str, object]]) -> str:
    """The canonical text of a sheet, its lines in the order of the people's ids."""
    ordered = sorted((dict(line) for line in lines), key=lambda line: str(line["id"]))
    return canonical({**heading, "format": FORMAT, "kind": KIND, "lines": ordered})


def link_hash(
    no: int, previous: str, sheet: str, sheet_sha256: str, outcome: str, account: int | None, at: datetime
) -> str:
    """The hash of a link of an area's chain: what was decided on which sheet, and the link before."""
    return sha256_of(
        canonical(
            {
                "no": no, "previous": previous, "sheet": sheet, "sha256": sheet_sha256, "outcome": outcome,
                "account": account, "at": at.isoformat(),
            }
        )
    )  # fmt: skip
