"""How many people of a wide area have how many minutes: kept by differences, read for ranks and sums.

Wide areas are sub-districts and what is above them. Their people are too many to be sorted for a page, and their
different sums of minutes are not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, AreaClosure, chunks, table_of, upsert_many

from .models import VolunteerBalance, VolunteerHistogram

WIDE_LEVELS = ("province", "city", "county", "subdistrict")

# (person, period, area) -> (minutes, entries, the person's minutes in all areas), as balances stand in the table.
Balances = Mapping[tuple[Any, ...], tuple[Any, ...]]
# (area, period, minutes) -> [people, entries]
Steps = dict[tuple[int, str, int], list[int]]


def is_wide(session: Session, area_id: int) -> bool:
    """Whether an area has a histogram; mostly without a statement."""
    return session.get_one(Area, area_id).level in WIDE_LEVELS


def steps(old: Balances, new: Balances, above: Mapping[int, Collection[int]]) -> Steps:
    """What changes when the balances of some people go from ``old`` to ``new``; ``above`` names the wide areas."""
    moved = {key[:2] for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    found: Steps = {}
    for sign, balances in ((-1, old), (1, new)):
        sums: dict[tuple[int, str, int], list[int]] = {}
        for (person_id, period, area_id), (minutes, entries, *_total) in balances.items():
            if (person_id, period) not in moved:
                continue
            for wide in above.get(area_id, ()):
                tally = sums.setdefault((wide, period, person_id), [0, 0])
                tally[0] += minutes
                tally[1] += entries
        for (wide, period, _person), (minutes, entries) in sums.items():
            step = found.setdefault((wide, period, minutes), [0, 0])
            step[0] += sign
            step[1] += sign * entries
    return {key: step for key, step in found.items() if any(step)}


def follow(session: Session, old: Balances, new: Balances) -> None:
    """Bring the histogram from ``old`` balances of some people to ``new`` ones; two statements."""
    if old == new:
        return
    areas = {area_id for rows in (old, new) for _person, _period, area_id in rows}
    changed = steps(old, new, _wide_above(session, areas))
    # In ascending order, so that two who write meet once and never wait for each other in a ring.
    rows = [(*key, *changed[key]) for key in sorted(changed)]
    upsert_many(session, VolunteerHistogram, rows, add=("people", "entries"))


def _wide_above(session: Session, areas: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for part in chunks(sorted(areas)):
        rows = session.execute(
            select(AreaClosure.descendant_id, Area.id)
            .join(Area, Area.id == AreaClosure.ancestor_id)
            .where(AreaClosure.descendant_id.in_(part), Area.level.in_(WIDE_LEVELS))
        )
        for area_id, wide in rows:
            found.setdefault(area_id, []).append(wide)
    return found


def rebuild(session: Session) -> None:
    """Count the histogram anew from the balances; two statements."""
    table, balance = table_of(VolunteerHistogram), VolunteerBalance
    session.execute(delete(table))
    sums = (
        select(
            Area.id.label("area_id"),
            balance.period,
            func.sum(balance.minutes).label("minutes"),
            func.sum(balance.entries).label("entries"),
        )
        .join(AreaClosure, AreaClosure.descendant_id == balance.area_id)
        .join(Area, Area.id == AreaClosure.ancestor_id)
        .where(Area.level.in_(WIDE_LEVELS))
        .group_by(Area.id, balance.period, balance.person_id)
        .subquery()
    )
    keys = (sums.c.area_id, sums.c.period, sums.c.minutes)
    counted = select(*keys, func.count(), func.sum(sums.c.entries)).group_by(*keys)
    session.execute(insert(table).from_select([column.name for column in table.columns], counted))
