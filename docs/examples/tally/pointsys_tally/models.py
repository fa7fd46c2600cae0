"""The one table: what ``derive`` found out."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base


class TallyCount(Base):
    """How often a human being (the kept id) took part; nobody with a count of nothing has a row."""

    __tablename__ = "tally_count"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    times: Mapped[int] = mapped_column(Integer)
