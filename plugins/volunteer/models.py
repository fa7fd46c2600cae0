"""What is derived from confirmed service entries, at three grains: the entry, the day, the period.

All rows stand under the kept id of a merged person. A row's area is where the person belonged on the day of the
entry, so that everybody counts on the sheet of their own community, wherever they helped.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId


class VolunteerCredit(Base):
    """What one confirmed service entry is worth; ``flags`` (space separated) say how the minutes came about."""

    __tablename__ = "volunteer_credit"

    entry_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("entry.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    local_date: Mapped[date]
    minutes: Mapped[int] = mapped_column(Integer)
    gross_minutes: Mapped[int] = mapped_column(Integer)
    flags: Mapped[str] = mapped_column(String(60))


class VolunteerDay(Base):
    """Minutes served on a local date, and the entries that began on it (person-times)."""

    __tablename__ = "volunteer_day"
    __table_args__ = (Index("ix_volunteer_day_area", "area_id", "local_date"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    local_date: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    minutes: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)


class VolunteerBalance(Base):
    """The days of a period together: ``period`` is "all", a year ("2026") or a month ("2026-03").

    No index holds minutes or entries, so that PostgreSQL can change a row in place.
    """

    __tablename__ = "volunteer_balance"
    __table_args__ = (Index("ix_volunteer_balance_area", "area_id", "period"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    minutes: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)
