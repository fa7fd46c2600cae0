"""Where an entry was made, seen from the person: in their own community, or elsewhere."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import aliased

from pointsys.core.activity_log.models import Entry
from pointsys.core.areas.models import Area, AreaClosure


def at_home() -> ColumnElement[bool]:
    """Whether an entry's activity belongs to the community (with its grids) that its person belonged to that day.

    Of other entries their owner sees title, date and organiser, and what they bring, but not how others work.
    """
    own, inside = aliased(Area), aliased(AreaClosure)
    community = (
        select(case((own.level == "grid", own.parent_id), else_=own.id))
        .where(own.id == Entry.person_area_id)
        .correlate(Entry)
        .scalar_subquery()
    )
    return exists().where(inside.ancestor_id == community, inside.descendant_id == Entry.area_id)
