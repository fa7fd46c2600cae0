"""What was done by kind of activity: read from the log of some days, for reports and not for every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import CONFIRMED, ActivityKind, Entry
from pointsys.core.areas.models import subtree
from pointsys.core.people.models import PersonAlias


@dataclass(frozen=True)
class KindFigures:
    """Activities of one kind held in an area; confirmed person-times and different people of those who belong there."""

    title: str
    activities: int = 0
    entries: int = 0
    people: int = 0


def by_kind(session: Session, area_id: int, first: date, last: date) -> Mapping[int, KindFigures]:
    """Kind id -> figures of the days ``first`` to ``last`` below ``area_id``, without empty kinds; two statements."""
    kept = func.coalesce(PersonAlias.kept_id, Entry.person_id)
    inside = subtree(area_id)

    def of_kinds(place: ColumnElement[int], *counted: ColumnElement[int]) -> dict[int, list[int | str]]:
        query = (
            select(ActivityKind.id, ActivityKind.title, *counted)
            .join(Entry, Entry.kind_id == ActivityKind.id)
            .outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
            .where(place.in_(inside), Entry.local_date.between(first, last), Entry.status == CONFIRMED)
            .group_by(ActivityKind.id, ActivityKind.title)
        )
        return {row[0]: list(row[1:]) for row in session.execute(query)}

    held = of_kinds(Entry.area_id, func.count(Entry.activity_id.distinct()))  # type: ignore[arg-type]
    own = of_kinds(Entry.person_area_id, func.count(), func.count(kept.distinct()))  # type: ignore[arg-type]
    found = {}
    for kind in sorted(held.keys() | own.keys()):
        title = str((held.get(kind) or own[kind])[0])
        _, activities = held.get(kind, ["", 0])
        _, entries, people = own.get(kind, ["", 0, 0])
        found[kind] = KindFigures(title, int(activities), int(entries), int(people))
    return found
