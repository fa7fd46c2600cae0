"""Making all figures anew from the log, set-based: after an upgrade, or when somebody doubts them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
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
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.database import dialect_of, table_of
from pointsys.core.figures.derive import DISTRICT_LEVEL, LIVE_ENTRY, SUMS, month_text
from pointsys.core.figures.models import DISTRICT, OWN, AreaMonth, AreaPeople, PersonMonth
from pointsys.core.figures.people import recount_people
from pointsys.core.people.models import Person, PersonAlias


def rebuild(session: Session) -> None:
    """Count people, their months and the areas' months anew; half a dozen statements over the whole log."""
    recount_people(session)
    for model in (PersonMonth, AreaMonth):
        session.execute(delete(table_of(model)))
    _insert(session, PersonMonth, _person_months(session))
    _insert(session, AreaMonth, _area_months())


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


def _area_months() -> Select[*tuple[Any, ...]]:
    parts: list[Select[*tuple[Any, ...]]] = []
    zero: ColumnElement[int] = literal_column("0")
    state = PersonMonth
    confirmed = select(Entry.id).where(
        Entry.activity_id == Activity.id, LIVE_ENTRY, Entry.status == CONFIRMED
    )
    for tier in (OWN, DISTRICT):
        number: ColumnElement[int] = literal_column(str(tier)).label("tier")
        places = _places(tier)
        place = places.c.place_id.label("area_id")
        parts.append(
            select(
                number, place, state.month.label("month"),
                zero.label("activities"), func.sum(state.entries).label("entries"),
                func.count(case((state.entries > 0, state.person_id)).distinct()).label("people"),
                zero.label("unconfirmed"),
            )
            .join(places, places.c.area_id == state.person_area_id)
            .group_by(places.c.place_id, state.month)
        )  # fmt: skip
        parts.append(
            select(number, place, state.month, zero, zero, zero, func.sum(state.unconfirmed))
            .join(places, places.c.area_id == state.area_id)
            .group_by(places.c.place_id, state.month)
        )
        month = month_text(Activity.local_date)
        parts.append(
            select(number, place, month, func.count(), zero, zero, zero)
            .join(places, places.c.area_id == Activity.area_id)
            .where(confirmed.exists())
            .group_by(places.c.place_id, month)
        )
    rows = union_all(*parts).subquery()
    keys = (rows.c.tier, rows.c.area_id, rows.c.month)
    return select(*keys, *(func.sum(rows.c[name]) for name in SUMS)).group_by(*keys)


def _places(tier: int) -> Subquery:
    """(area_id, place_id): where on the tier each area is counted."""
    if tier == OWN:
        return select(Area.id.label("area_id"), Area.id.label("place_id")).subquery()
    district = aliased(Area)
    above = (
        select(AreaClosure.descendant_id, district.id.label("district_id"))
        .join(district, district.id == AreaClosure.ancestor_id)
        .where(district.level == DISTRICT_LEVEL)
        .subquery()
    )
    return (
        select(Area.id.label("area_id"), func.coalesce(above.c.district_id, Area.id).label("place_id"))
        .outerjoin(above, above.c.descendant_id == Area.id)
        .subquery()
    )
