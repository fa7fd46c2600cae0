"""Reading objections: lists of an area, of a person and of a subject, and the clock of those that are open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, subtree
from pointsys.core.objections.models import ANSWERED, OPEN, PARTLY, UPHELD, Objection
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person
from pointsys.core.site import current_site


@dataclass(frozen=True)
class Clock:
    """How many objections are open, and how many of them should have been answered already."""

    open: int
    overdue: int


@dataclass(frozen=True)
class ObjectionLine:
    """An objection in a list; ``person`` is the name of whom it concerns or who raised it, "" when not known."""

    objection: Objection
    area: str
    person: str
    overdue: bool


def clock_in(session: Session, area_id: int) -> Clock:
    """The clock of an area and everything below it, in one statement."""
    late = case((Objection.due_on < current_site().today(), 1))
    row = session.execute(
        select(func.count(), func.count(late)).where(
            Objection.area_id.in_(subtree(area_id)), Objection.state == OPEN
        )
    ).one()
    return Clock(int(row[0]), int(row[1]))


def open_in(session: Session, area_id: int) -> int:
    """How many objections wait for an answer in an area and below it."""
    return clock_in(session, area_id).open


def is_overdue(objection: Objection, today: date) -> bool:
    """Whether the objection should have been answered before ``today``."""
    return objection.state == OPEN and objection.due_on < today


STATES = (OPEN, "overdue", ANSWERED, "withdrawn")


def list_objections(
    session: Session, area_id: int, *, state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[ObjectionLine], int]:
    """Objections of an area and below it, the open ones first and the most urgent on top; and how many there are."""
    today = current_site().today()
    conditions: list[ColumnElement[bool]] = [Objection.area_id.in_(subtree(area_id))]
    if state == "overdue":
        conditions += [Objection.state == OPEN, Objection.due_on < today]
    elif state:
        conditions.append(Objection.state == state)
    is_open = case((Objection.state == OPEN, 0), else_=1)
    urgency = case((Objection.state == OPEN, Objection.due_on))
    rows = session.execute(
        select(Objection, Area.name, Person.name, func.count().over())
        .join(Area, Area.id == Objection.area_id)
        .outerjoin(Person, Person.id == Objection.person_id)
        .where(*conditions)
        .order_by(is_open, urgency, Objection.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    lines = [ObjectionLine(row[0], row[1], row[2] or "", is_overdue(row[0], today)) for row in rows]
    return lines, int(rows[0][3]) if rows else 0


def objection_below(session: Session, area_id: int, public_id: str) -> Objection | None:
    """The objection with this outside id, if the area or one below it answers it."""
    return session.scalar(
        select(Objection).where(Objection.public_id == public_id, Objection.area_id.in_(subtree(area_id)))
    )


def of_subject(session: Session, subject_type: str, subject_id: str) -> list[Objection]:
    """All objections to one thing, the first raised first."""
    query = select(Objection).where(
        Objection.subject_type == subject_type, Objection.subject_id == subject_id
    )
    return list(session.scalars(query.order_by(Objection.id)))


def of_person(session: Session, person_ids: Collection[int]) -> list[Objection]:
    """Objections of some people, under any of their rows, the newest first."""
    rows = [row for several in groups(session, person_ids).values() for row in several] if person_ids else []
    query = select(Objection).where(Objection.person_id.in_(rows))
    return list(session.scalars(query.order_by(Objection.id.desc())))


def mine(session: Session, actor: Actor) -> list[Objection]:
    """What the reader has raised themselves, and what concerns them, the newest first."""
    own = [] if actor.person_id is None else [actor.person_id]
    rows = [row for several in groups(session, own).values() for row in several] if own else []
    query = select(Objection).where(
        or_(
            Objection.person_id.in_(rows),
            and_(Objection.raised_by_account.is_not(None), Objection.raised_by_account == actor.account_id),
        )
    )
    return list(session.scalars(query.order_by(Objection.id.desc())))


@dataclass(frozen=True)
class Tally:
    """Objections to one thing: all that were raised, those open, and those that were upheld in whole or part."""

    raised: int
    open: int
    upheld: int


def tally_of(session: Session, subject_type: str, subject_id: str) -> Tally:
    """How the objections to one thing stand, withdrawn ones left out."""
    row = session.execute(
        select(
            func.count(case((Objection.state.in_((OPEN, ANSWERED)), 1))),
            func.count(case((Objection.state == OPEN, 1))),
            func.count(case((Objection.outcome.in_((UPHELD, PARTLY)), 1))),
        ).where(Objection.subject_type == subject_type, Objection.subject_id == subject_id)
    ).one()
    return Tally(*map(int, row))
