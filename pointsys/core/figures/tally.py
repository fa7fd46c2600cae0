"""Rules of the monthly figures without a database: a person's months, and what a change of them changes in areas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pointsys.core.figures.models import DISTRICT, OWN

# (person, month, the person's area, the activity's area) -> (confirmed, unconfirmed, ids of confirmed activities)
PersonKey = tuple[int, str, int, int]
PersonRow = tuple[int, int, str]
PersonRows = dict[PersonKey, PersonRow]
# (tier, area, month) -> activities, entries, people, unconfirmed
Cell = tuple[int, int, str]
Figures = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """An entry that is confirmed or waits; ``person_id`` is the kept id."""

    person_id: int
    person_area_id: int
    area_id: int
    activity_id: int
    local_date: date
    confirmed: bool


def month_of(day: date) -> str:
    """The month of a day as stored, "2026-03"."""
    return f"{day.year:04d}-{day.month:02d}"


def person_rows(entries: Iterable[LiveEntry]) -> PersonRows:
    """The entries of some people by person, month and areas."""
    counts: dict[PersonKey, list[int]] = {}
    activities: dict[PersonKey, set[int]] = {}
    for entry in entries:
        key = (entry.person_id, month_of(entry.local_date), entry.person_area_id, entry.area_id)
        tally = counts.setdefault(key, [0, 0])
        tally[0 if entry.confirmed else 1] += 1
        known = activities.setdefault(key, set())
        if entry.confirmed:
            known.add(entry.activity_id)
    return {
        key: (confirmed, waiting, ",".join(map(str, sorted(activities[key]))))
        for key, (confirmed, waiting) in counts.items()
    }


def areas_in(*states: PersonRows) -> set[int]:
    """Every area that the rows name."""
    return {area_id for rows in states for key in rows for area_id in key[2:]}


def changed_activities(old: PersonRows, new: PersonRows) -> set[int]:
    """Ids of activities in which somebody's part is confirmed in one of the states and not in the other."""
    changed: set[str] = set()
    for key in old.keys() | new.keys():
        before, after = (rows.get(key, (0, 0, ""))[2] for rows in (old, new))
        if before != after:
            changed |= set(before.split(",")) ^ set(after.split(","))
    return {int(activity_id) for activity_id in changed - {""}}


def changes(old: PersonRows, new: PersonRows, district: Mapping[int, int]) -> dict[Cell, Figures]:
    """What the areas' figures change by when the rows of some people go from ``old`` to ``new``.

    ``district`` names the area of the upper tier for each area. Activities are no sum of people's rows: see
    ``with_activities``. Cells of which nothing changes are left out.
    """
    moved = {key[:2] for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    sums: dict[Cell, list[int]] = {}
    for sign, rows in ((-1, old), (1, new)):
        present: set[tuple[Cell, int]] = set()
        for key, (confirmed, waiting, _activities) in rows.items():
            person_id, month, person_area, area_id = key
            if key[:2] not in moved:
                continue
            for cell in _cells(person_area, month, district):
                sums.setdefault(cell, [0, 0, 0])[0] += sign * confirmed
                if confirmed:
                    present.add((cell, person_id))
            for cell in _cells(area_id, month, district):
                sums.setdefault(cell, [0, 0, 0])[2] += sign * waiting
        for cell, _person in present:
            sums[cell][1] += sign
    return {cell: (0, *found) for cell, found in sums.items() if any(found)}  # type: ignore[misc]


def with_activities(
    figures: Mapping[Cell, Figures], more: Mapping[tuple[int, str], int], district: Mapping[int, int]
) -> dict[Cell, Figures]:
    """``figures`` and as many activities more as ``more`` says of (area, month), on both tiers."""
    result = dict(figures)
    for (area_id, month), count in more.items():
        for cell in _cells(area_id, month, district) if count else ():
            activities, entries, people, unconfirmed = result.get(cell, (0, 0, 0, 0))
            result[cell] = (activities + count, entries, people, unconfirmed)
    return result


def _cells(area_id: int, month: str, district: Mapping[int, int]) -> Iterator[Cell]:
    yield OWN, area_id, month
    yield DISTRICT, district[area_id], month
