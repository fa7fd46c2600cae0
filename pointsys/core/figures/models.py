"""What the log amounts to by month: of a person, of an area, and how many people an area has.

``person_month`` is what was counted of each human being, so that a change of the log is a difference of two states
and never a guess. ``area_month`` sums it up twice: for the area itself and for its sub-district. Levels above a
sub-district add those rows up, levels below add up their areas; no row is kept for an ancestor.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base

# Tiers of ``area_month``: the area itself, and the sub-district above it (or itself where there is none).
OWN, DISTRICT = 0, 1


class AreaPeople(Base):
    """How many people belong to this very area; a merged person is not counted."""

    __tablename__ = "area_people"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    people: Mapped[int] = mapped_column(Integer)


class PersonMonth(Base):
    """A month of a human being (kept id), by where they belonged and whose activities they took part in.

    ``entries`` are confirmed, ``unconfirmed`` wait; ``activities`` are the ids of the confirmed ones, in order.
    """

    __tablename__ = "person_month"
    __table_args__ = ({"sqlite_with_rowid": False},)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    person_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    entries: Mapped[int] = mapped_column(Integer)
    unconfirmed: Mapped[int] = mapped_column(Integer)
    activities: Mapped[str] = mapped_column(Text)


class AreaMonth(Base):
    """A month of an area on one tier: its activities, its people's person-times and people, what waits there."""

    __tablename__ = "area_month"
    __table_args__ = (
        Index(
            "ix_area_month_waiting",
            "tier",
            "area_id",
            sqlite_where=text("unconfirmed > 0"),
            postgresql_where=text("unconfirmed > 0"),
        ),
        {"sqlite_with_rowid": False},
    )

    tier: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    activities: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)
    people: Mapped[int] = mapped_column(Integer)
    unconfirmed: Mapped[int] = mapped_column(Integer)
