"""An area's overview and the tree of areas below it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.core.activity_log.models import PENDING, Entry, Pending
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.unit_of_work import read_scope
from pointsys.web import slots
from pointsys.web.access import area_scope, current_area
from pointsys.web.frame import show

blueprint = Blueprint("areas", __name__)

View = tuple[str, int]


@dataclass(frozen=True)
class Numbers:
    """What there is in an area and below; people who are merged count once."""

    people: int
    unconfirmed: int
    waiting: int


@dataclass(frozen=True)
class Child:
    """An area right below, with the people there and further down."""

    code: str
    name: str
    people: int


@blueprint.get("/a/<code>/")
@area_scope("areas.view")
def overview(code: str) -> View:
    """What there is in the area, what waits for somebody, and the way further down."""
    area = current_area()
    with read_scope() as session:
        return show(
            "areas/overview.html",
            area=area,
            numbers=_numbers(session, area.id),
            children=_children(session, area.id),
            slots=slots.dashboard_cards(session),
        )


def _people_in(area_ids: Select[int]) -> ColumnElement[int]:
    """Rows there less those merged into others: two counts by index, cheaper than asking for each row."""
    rows = select(func.count()).select_from(Person).where(Person.area_id.in_(area_ids))
    merged = (
        select(func.count())
        .select_from(PersonAlias)
        .join(Person, Person.id == PersonAlias.merged_id)
        .where(Person.area_id.in_(area_ids))
    )
    return rows.scalar_subquery() - merged.scalar_subquery()


def _numbers(session: Session, area_id: int) -> Numbers:
    inside = subtree(area_id)
    entries = select(func.count()).select_from(Entry)
    unconfirmed = entries.where(Entry.area_id.in_(inside), Entry.status == PENDING)
    marks = select(func.count(Pending.person_id.distinct())).join(Person, Person.id == Pending.person_id)
    waiting = marks.where(Person.area_id.in_(inside))
    row = session.execute(
        select(_people_in(inside), unconfirmed.scalar_subquery(), waiting.scalar_subquery())
    ).one()
    return Numbers(*row)


def _children(session: Session, area_id: int) -> list[Child]:
    below = aliased(AreaClosure)
    inside = select(below.descendant_id).where(below.ancestor_id == Area.id).correlate(Area)
    query = select(Area.code, Area.name, _people_in(inside))
    query = query.where(Area.parent_id == area_id, Area.closed_on.is_(None)).order_by(Area.code)
    return [Child(*row) for row in session.execute(query)]
