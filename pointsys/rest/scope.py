"""What an address or a body names: inside the area it is found, anywhere else it does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.access import current_area, deny
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.models import Person
from pointsys.core.people.search import person_below
from pointsys.kit.problems import N_, Problem


def missing() -> NoReturn:
    """404, with an audit row: somebody may be trying addresses."""
    deny(404)


def person_here(session: Session, public_id: str, *, lock: bool = False) -> Person:
    """The person with this outside id in the area of the address; ``lock`` it until the transaction ends."""
    person = person_below(session, current_area().id, public_id)
    if person is None:
        missing()
    if lock:
        session.refresh(person, with_for_update=True)
    return person


def area_below(session: Session, code: str) -> Area:
    """The area that a body names, the address's own or one below it; raises Problem unknown_area."""
    found = session.scalar(select(Area).where(Area.code == code, Area.id.in_(subtree(current_area().id))))
    if found is None:
        raise Problem("unknown_area", N_("This area does not exist."), field="area")
    return found


def codes_of(session: Session, area_ids: Iterable[int]) -> dict[int, str]:
    """Codes by id, in one statement."""
    rows = session.execute(select(Area.id, Area.code).where(Area.id.in_(set(area_ids))))
    return {row.id: row.code for row in rows}
