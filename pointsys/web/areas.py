"""An area's overview and the tree of areas below it."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import PENDING, Entry, Pending
from pointsys.core.areas.models import AreaClosure, subtree
from pointsys.core.areas.services import children_of
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.unit_of_work import read_scope
from pointsys.web import slots
from pointsys.web.access import area_scope, current_area, may
from pointsys.web.frame import show

blueprint = Blueprint("areas", __name__)

View = tuple[str, int]


@blueprint.get("/a/<code>/")
@area_scope("areas.view")
def overview(code: str) -> View:
    """What there is in the area, what waits for somebody, and the way further down."""
    area = current_area()
    with read_scope() as session:
        children = children_of(session, area.id)
        return show(
            "areas/overview.html",
            area=area,
            people=_people_count(session, area.id) if may("people.view") else None,
            unconfirmed=_unconfirmed(session, area.id) if may("log.view") else None,
            waiting=_waiting(session, area.id),
            children=children,
            below=_people_below(session, area.id) if children and may("people.view") else {},
            slots=slots.dashboard_cards(session),
        )


def _people_count(session: Session, area_id: int) -> int:
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    query = select(func.count()).select_from(Person)
    return session.scalar(query.where(Person.area_id.in_(subtree(area_id)), ~merged)) or 0


def _people_below(session: Session, area_id: int) -> dict[int, int]:
    """Child area id -> people there and below, in one statement."""
    child = (
        select(AreaClosure.descendant_id)
        .where(AreaClosure.ancestor_id == area_id, AreaClosure.depth == 1)
        .subquery()
    )
    rows = session.execute(
        select(AreaClosure.ancestor_id, func.count())
        .join(child, child.c.descendant_id == AreaClosure.ancestor_id)
        .join(Person, Person.area_id == AreaClosure.descendant_id)
        .group_by(AreaClosure.ancestor_id)
    )
    return {row[0]: row[1] for row in rows}


def _unconfirmed(session: Session, area_id: int) -> int:
    query = select(func.count()).select_from(Entry)
    return session.scalar(query.where(Entry.area_id.in_(subtree(area_id)), Entry.status == PENDING)) or 0


def _waiting(session: Session, area_id: int) -> int:
    query = select(func.count(Pending.person_id.distinct())).join(Person, Person.id == Pending.person_id)
    return session.scalar(query.where(Person.area_id.in_(subtree(area_id)))) or 0
