"""What an address names inside the page's area: people and areas elsewhere look like missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.people.search import person_below
from pointsys.web.access import current_actor, current_area, deny

# A select element with more lines than this is worse than typing the code.
MAX_CHOICES = 500


def missing() -> NoReturn:
    """Answer as if there were nothing, and leave an audit row: somebody may be trying addresses."""
    deny(404)


def person_here(session: Session, public_id: str) -> Person:
    """The person with this outside id below the page's area; 404 for everybody else.

    A row that was merged into another is that other person.
    """
    person = person_below(session, current_area().id, public_id)
    if person is None:
        missing()
    return person


def own_person(session: Session) -> Person | None:
    """The person of the reader's account, under the row that is kept; None where the account is nobody's."""
    own = current_actor().person_id
    return None if own is None else session.get(Person, canonical_ids(session, [own])[own])


def in_area(session: Session, area_id: int) -> bool:
    """Whether an area is the page's one or lies below it."""
    inside = subtree(current_area().id).where(AreaClosure.descendant_id == area_id)
    return session.scalar(inside) is not None


def area_here(session: Session, code: str) -> Area:
    """The area with this code, the page's one or one below it; 404 for any other."""
    area = session.scalar(select(Area).where(Area.code == code, Area.id.in_(subtree(current_area().id))))
    if area is None:
        missing()
    return area


@dataclass(frozen=True)
class AreaChoice:
    """A line to choose an area by; ``depth`` counts from the page's area."""

    code: str
    name: str
    depth: int

    @property
    def label(self) -> str:
        """The name, set in by its depth."""
        return "　" * self.depth + self.name


def area_choices(session: Session) -> list[AreaChoice]:
    """Open areas to choose from: the page's one and those below, or its children alone where there are very many."""
    area = current_area()
    query = (
        select(Area.code, Area.name, AreaClosure.depth)
        .join(AreaClosure, AreaClosure.descendant_id == Area.id)
        .where(AreaClosure.ancestor_id == area.id, Area.closed_on.is_(None))
        .order_by(Area.code)
    )
    rows = session.execute(query.limit(MAX_CHOICES + 1)).all()
    if len(rows) > MAX_CHOICES:
        rows = session.execute(query.where(AreaClosure.depth <= 1).limit(MAX_CHOICES)).all()
    return [AreaChoice(*row) for row in rows]


def area_names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names by id, for the rows of a list."""
    return {row.id: row.name for row in session.execute(select(Area.id, Area.name).where(Area.id.in_(ids)))}
