"""How many may hold the best grade (E12)."""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.plugin import N_, Problem

from .exact import Number, exact


def apply_quota(task: Mapping[str, object]) -> dict[str, object]:
    """``{"rows": [{"id", "total", "grade"}], "grade", "below", "ratio"}`` to ``{"limit", "grades", "needs_decision"}``.

    At most floor(number of rows x ratio) hold the grade, best totals first; a tie across the line goes down whole
    and is listed for the committee. Raises Problem ``bad_quota``.
    """
    rows = _rows(task)
    best, below = task.get("grade"), task.get("below")
    limit = int(len(rows) * _number(task.get("ratio"), "ratio") // 1)
    holders = sorted(((total, name) for name, total, grade in rows if grade == best), key=lambda row: -row[0])
    straddling: list[str] = []
    kept = {name for _, name in holders[:limit]}
    if 0 < limit < len(holders) and holders[limit - 1][0] == holders[limit][0]:
        straddling = sorted(name for total, name in holders if total == holders[limit][0])
        kept -= set(straddling)
    down = {name for _, name in holders} - kept
    return {
        "limit": limit,
        "grades": {name: below if name in down else grade for name, _, grade in rows},
        "needs_decision": straddling,
    }


def _rows(task: Mapping[str, object]) -> list[tuple[str, Number, object]]:
    rows = task.get("rows")
    if not isinstance(rows, list):
        raise _fault("rows")
    found = []
    for index, row in enumerate(rows):
        place = f"rows[{index}]"
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), (str, int)):
            raise _fault(place)
        total = row.get("total")
        found.append(
            (str(row["id"]), 0 if total is None else _number(total, f"{place}.total"), row.get("grade"))
        )
    return found


def _number(value: object, place: str) -> Number:
    try:
        return exact(value)
    except ValueError:
        raise _fault(place) from None


def _fault(place: str) -> Problem:
    return Problem(
        "bad_quota", N_("%(place)s is missing or not usable: correct it."), field=place, place=place
    )
