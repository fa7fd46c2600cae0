"""Running numbers within a year, of the whole site."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import upsert

from .models import WishesCounter

WISH, REFERRAL = "wish", "referral"


def next_number(session: Session, series: str, year: int) -> int:
    """The next number of a series; its row is locked until the transaction ends, so that none is given twice."""
    statement = upsert(session, WishesCounter).values(key=f"{series}-{year}", last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["key"], set_={"last": WishesCounter.last + 1}
    ).returning(WishesCounter.last)
    return int(session.execute(statement).scalar_one())


def told(year: int, number: int) -> str:
    """A number as people write it: "2026-0012"."""
    return f"{year}-{number:04d}"
