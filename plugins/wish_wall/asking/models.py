"""Running numbers of wishes and referrals."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base


class WishesCounter(Base):
    """The last number that was given in a series of a year, such as "wish-2026"."""

    __tablename__ = "wishes_counter"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
