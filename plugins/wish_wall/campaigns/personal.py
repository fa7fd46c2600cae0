"""What sheets of collected wishes hold of somebody, for when they are erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Person

from ..models import WishesWish
from .kept import forget_rows
from .models import WishesSheetLine


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """The words by which a row of a sheet is known again go with the wish's own, and so do the rows that name them."""
    forget_rows(session, session.scalars(select(Person.name).where(Person.id.in_(rows))).all())
    wishes = select(WishesWish.id).where(WishesWish.person_id.in_(rows))
    session.execute(
        update(WishesSheetLine)
        .where(WishesSheetLine.wish_id.in_(wishes))
        .values(title_key="")
        .execution_options(synchronize_session=False)
    )
