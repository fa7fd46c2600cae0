"""What the registry holds of people: names of owners on sheets that wait to be looked over, for a week at most."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Person

from .importing import forget_owners


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Their names go from sheets that nobody has applied yet."""
    forget_owners(session, session.scalars(select(Person.name).where(Person.id.in_(rows))).all())
