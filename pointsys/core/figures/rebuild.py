"""Making all figures anew from the log, set-based: after an upgrade, or when somebody doubts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from pointsys.core.activity_log.models import CONFIRMED, LIVE, PENDING, Activity, Entry
from pointsys.core.bulk import insert_many
from pointsys.core.database import dialect_of, table_of
from pointsys.core.figures.derive import LIVE_ENTRY, SUMS, districts, month_text
from pointsys.core.figures.models import DISTRICT, OWN, AreaMonth, AreaPeople, PersonMonth
from pointsys.core.figures.people import recount_people
from pointsys.core.people.models import Person, PersonAlias

_KEYS = ("tier", "area_id", "month")


def rebuild(session: Session) -> None:
    """Count people, their months and the areas' months anew; half a dozen statements over the whole log."""
    recount_people(session)
    for model in (PersonMonth, AreaMonth):
        session.execute(delete(table_of(model)))
    _insert(session, PersonMonth, _person_months(session))
    _insert(session, AreaMonth, _own_months())
    insert_many(session, AreaMonth, (*_KEYS, *SUMS), _district_months(session))


def rebuild_if_new(session: Session) -> bool:
    """Fill the tables of a site that is older than they are; whether there was anything to do."""
    missing = (
        session.scalar(select(Person.id).limit(1)) is not None
        and session.scalar(select(AreaPeople.area_id).limit(1)) is None
    )
    if missing:
        rebuild(session)
    return missing


def _insert(session: Session, model: Any, query: Select[*tuple[Any, ...]]) -> None:
    table = table_of(model)
    session.execute(insert(table).from_select([column.name for column in table.columns], query))


def _person_months(session: Session) -> Select[*tuple[Any, ...]]:
    kept = func.coalesce(PersonAlias.kept_id, Entry.person_id)
    month = month_text(Entry.local_date)
    parts = (
        select(
            kept.label("person_id"),
            month.label("month"),
            Entry.person_area_id,
            Entry.area_id,
            Entry.activity_id,
            func.sum(case((Entry.status == CONFIRMED, 1), else_=0)).label("entries"),
            func.sum(case((Entry.status == PENDING, 1), else_=0)).label("unconfirmed"),
        )
        .outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
        .where(Entry.status.in_(LIVE))
        .group_by(kept, month, Entry.person_area_id, Entry.area_id, Entry.activity_id)
        .order_by(kept, month, Entry.person_area_id, Entry.area_id, Entry.activity_id)
    ).subquery()
    activity: Any = case((parts.c.entries > 0, cast(parts.c.activity_id, String)))
    # Sorted rows come as they are on SQLite; PostgreSQL wants to be told with the aggregate.
    if dialect_of(session) == "postgresql":
        listed = func.string_agg(activity, aggregate_order_by(literal_column("','"), parts.c.activity_id))
    else:
        listed = func.group_concat(activity, ",")
    keys = (parts.c.person_id, parts.c.month, parts.c.person_area_id, parts.c.area_id)
    return select(
        *keys, func.sum(parts.c.entries), func.sum(parts.c.unconfirmed), func.coalesce(listed, "")
    ).group_by(*keys)


def _own_months() -> Select[*tuple[Any, ...]]:
    zero: ColumnElement[int] = literal_column("0")
    state, month = PersonMonth, month_text(Activity.local_date)
    confirmed = select(Entry.id).where(
        Entry.activity_id == Activity.id, LIVE_ENTRY, Entry.status == CONFIRMED
    )
    people = func.count(case((state.entries > 0, state.person_id)).distinct())
    rows = union_all(
        select(
            state.person_area_id.label("area_id"), state.month.label("month"), zero.label("activities"),
            func.sum(state.entries).label("entries"), people.label("people"), zero.label("unconfirmed"),
        ).group_by(state.person_area_id, state.month),
        select(state.area_id, state.month, zero, zero, zero, func.sum(state.unconfirmed)).group_by(
            state.area_id, state.month
        ),
        select(Activity.area_id, month, func.count(), zero, zero, zero)
        .where(confirmed.exists())
        .group_by(Activity.area_id, month),
    ).subquery()  # fmt: skip
    keys = (rows.c.area_id, rows.c.month)
    tier: ColumnElement[int] = literal_column(str(OWN))
    return select(tier, *keys, *(func.sum(rows.c[name]) for name in SUMS)).group_by(*keys)


def _district_months(session: Session) -> Iterable[tuple[Any, ...]]:
    """The areas' months by sub-district; whoever stood in two of its areas within a month is one person there."""
    table = table_of(AreaMonth)
    own = session.execute(select(table).where(table.c.tier == OWN)).all()
    district = districts(session, {row.area_id for row in own})
    found: dict[tuple[int, str], list[int]] = {}
    for _tier, area_id, month, *values in own:
        sums = found.setdefault((district[area_id], month), [0] * len(SUMS))
        sums[:] = [a + b for a, b in zip(sums, values, strict=True)]
    for place, month in _twice(session, district):
        found[place, month][SUMS.index("people")] -= 1
    return [(DISTRICT, *key, *found[key]) for key in sorted(found)]


def _twice(session: Session, district: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """(sub-district, month) for each time somebody stands in one more of its areas."""
    state = aliased(PersonMonth)
    several = (
        select(state.person_id, state.month)
        .where(state.entries > 0)
        .group_by(state.person_id, state.month)
        .having(func.count(state.person_area_id.distinct()) > 1)
        .subquery()
    )
    rows = session.execute(
        select(PersonMonth.person_id, PersonMonth.month, PersonMonth.person_area_id)
        .join(
            several,
            and_(several.c.person_id == PersonMonth.person_id, several.c.month == PersonMonth.month),
        )
        .where(PersonMonth.entries > 0)
        .distinct()
    )
    met: set[tuple[int, str, int]] = set()
    for person_id, month, area_id in rows:
        key = (person_id, month, district[area_id])
        if key in met:
            yield district[area_id], month
        met.add(key)
