"""Which activity an entry belongs to: looked up together with its kind, and made where there is none yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import EntryDraft, title_key
from pointsys.core.activity_log.models import Activity, ActivityKind
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.database import dialect_of, insert_into, new_public_id
from pointsys.core.people.groups import chunks
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

# Kind, title as compared, local date: with the area, what makes an activity the same one.
Key = tuple[int, str, date]
# Up to here it is cheaper to look before inserting, and no row that stands is written to.
FEW = 20

_title_key = lru_cache(maxsize=4_096)(title_key)


def activity_key(draft: EntryDraft) -> Key:
    """What makes the activity of a draft the same as another's."""
    return draft.kind_id, _title_key(draft.title), draft.local_date


def look_up(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> dict[Key, int]:
    """Ids of activities of ``area`` that stand already; of a large batch only those that are planned.

    Raises Problem unknown_kind for kinds that are not known in ``area``, unknown_activity for planned activities
    that are not its own. One statement for a single draft.
    """
    kinds = {draft.kind_id for draft in drafts}
    known: set[int] = set()
    found: dict[Key, int] = {}
    for query, wanted in _questions(drafts):
        values = {"area": area.id, "kinds": list(kinds), "wanted": wanted}
        for kind_id, activity_id, key, day in session.execute(query, values):
            known.add(kind_id)
            if activity_id is not None:
                found[kind_id, key, day] = activity_id
    if not kinds <= known:
        raise Problem("unknown_kind", N_("This kind of activity is not known here."), field="kind")
    kind_of = {activity_id: kind_id for (kind_id, _key, _day), activity_id in found.items()}
    for draft in drafts:
        if draft.activity_id is not None and kind_of.get(draft.activity_id) != draft.kind_id:
            raise Problem("unknown_activity", N_("This activity does not exist here."), field="activity")
    return found


def _questions(drafts: Sequence[EntryDraft]) -> Iterator[tuple[Select[*tuple[Any, ...]], list[Any]]]:
    """Queries for the activities of ``drafts``, at least one, so that the kinds are asked about in any case."""
    planned = sorted({draft.activity_id for draft in drafts if draft.activity_id is not None})
    keys = {activity_key(draft)[1:] for draft in drafts if draft.activity_id is None}
    for part in chunks(planned):
        yield _BY_ID, part
    if 0 < len(keys) <= FEW:
        yield _BY_KEY, sorted(keys)
    elif not planned:
        yield _BY_ID, []


def _query(wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    above = select(AreaClosure.ancestor_id).where(AreaClosure.descendant_id == bindparam("area"))
    return (
        select(ActivityKind.id, Activity.id, Activity.title_key, Activity.local_date)
        .outerjoin(
            Activity,
            and_(Activity.area_id == bindparam("area"), Activity.kind_id == ActivityKind.id, wanted),
        )
        .where(
            ActivityKind.id.in_(bindparam("kinds", expanding=True)),
            or_(ActivityKind.area_id.is_(None), ActivityKind.area_id.in_(above)),
        )
    )


# Built once: one of them is asked before every entry.
_WANTED: Any = bindparam("wanted", expanding=True)
_BY_ID = _query(Activity.id.in_(_WANTED))
_BY_KEY = _query(tuple_(Activity.title_key, Activity.local_date).in_(_WANTED))


def activities_of(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    found: Mapping[Key, int],
    actor: Actor,
    now: datetime,
) -> list[int]:
    """The activity of each draft, made where neither a plan nor ``found`` names one."""
    # The first draft of each key describes the activity; other spellings of its title mean the same.
    first = {activity_key(d): d for d in reversed(drafts) if d.activity_id is None}
    ids = dict(found)
    for part in chunks(sorted(first.keys() - found.keys()), 1_000):
        rows = [
            {
                "public_id": new_public_id(),
                "kind_id": kind_id,
                "title": first[kind_id, key, day].title,
                "place": clean_text(first[kind_id, key, day].place),
                "organiser": clean_text(first[kind_id, key, day].organiser),
                "title_key": key,
                "area_id": area.id,
                "local_date": day,
                "created_at": now,
                "created_by": actor.label,
            }
            for kind_id, key, day in part
        ]
        returned = session.execute(_make_or_touch(dialect_of(session)), rows)
        ids.update({(kind_id, key, day): activity_id for activity_id, kind_id, key, day in returned})
    return [d.activity_id or ids[activity_key(d)] for d in drafts]


@lru_cache(maxsize=4)
def _make_or_touch(dialect: str) -> Any:
    # Touching the row makes RETURNING give its id whether it is new or not: one statement for both.
    statement = insert_into(dialect, Activity)
    return statement.on_conflict_do_update(
        index_elements=["area_id", "kind_id", "title_key", "local_date"],
        set_={"title_key": statement.excluded.title_key},
    ).returning(Activity.id, Activity.kind_id, Activity.title_key, Activity.local_date)
