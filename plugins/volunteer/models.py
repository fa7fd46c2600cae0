"""What is derived from confirmed service entries, at three grains: the entry, the day, the period.

``volunteer_histogram`` is counted from the balances, for ranks and sums of wide areas. All other rows stand under the
kept id of a merged person, and a row's area is where the person belonged on the day of the entry, so that everybody
counts on the sheet of their own community, wherever they helped.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId

NAME = "volunteer"


class VolunteerCredit(Base):
    """What one confirmed service entry is worth; ``flags`` (space separated) say how the minutes came about.

    ``minutes`` count now, ``worth`` is what counts once nothing waits any more; they differ while ``state`` is pending.
    ``klass`` "credit" was timed by the system, "honour" is somebody's word. ``level`` is who must approve what is above
    the day's limit, "" below it. ``rule_version`` names the policy, see ``policies.inforce``.
    """

    __tablename__ = "volunteer_credit"
    __table_args__ = (
        # Few rows have a team or wait, so neither index costs an import anything.
        Index(
            "ix_volunteer_credit_team",
            "team_id",
            "local_date",
            sqlite_where=text("team_id IS NOT NULL"),
            postgresql_where=text("team_id IS NOT NULL"),
        ),
        Index(
            "ix_volunteer_credit_waiting",
            "state",
            "local_date",
            sqlite_where=text("state IN ('pending', 'needs_review')"),
            postgresql_where=text("state IN ('pending', 'needs_review')"),
        ),
    )

    entry_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("entry.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    local_date: Mapped[date]
    minutes: Mapped[int] = mapped_column(Integer)
    gross_minutes: Mapped[int] = mapped_column(Integer)
    flags: Mapped[str] = mapped_column(String(60))
    klass: Mapped[str] = mapped_column(String(6), server_default="honour")
    team_id: Mapped[int | None] = mapped_column(Integer)
    project_id: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12), server_default="approved")
    level: Mapped[str] = mapped_column(String(8), server_default="")
    worth: Mapped[int] = mapped_column(Integer, server_default="0")
    rule_version: Mapped[str] = mapped_column(String(40), server_default="P0")


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

    ``total`` is the person's minutes of the period in all areas, the same in each of their rows: no area's sum is
    more than that, so the first of any area are found by walking down one index.
    """

    __tablename__ = "volunteer_balance"
    __table_args__ = (
        Index("ix_volunteer_balance_area", "area_id", "period"),
        Index("ix_volunteer_balance_top", "period", "total", "person_id", "area_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    minutes: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer, server_default="0")


class VolunteerHistogram(Base):
    """How many people of a sub-district or a wider area have so many minutes in a period, and their entries.

    Ranks and sums of such areas are read from here: its rows are as many as there are different sums of minutes.
    """

    __tablename__ = "volunteer_histogram"
    __table_args__ = ({"sqlite_with_rowid": False},)

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    minutes: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    people: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)
