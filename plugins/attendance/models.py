"""A list for each activity, and a mark for each in/out pair of a person on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, new_public_id


class AttendanceSheet(Base):
    """The list of one activity; ``closed_at`` is when it was last recorded."""

    __tablename__ = "attendance_sheet"
    __table_args__ = (Index("ix_attendance_sheet_area", "area_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(100))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class AttendanceMark(Base):
    """One in/out pair: ``row_no`` is the number on paper, ``pair`` counts a person's pairs from 1.

    ``present`` is a tick for the whole planned time, without stamps. ``method`` is how the times came: tap, set, paper.
    ``entry_id`` is what was recorded of it; once it is there, the pair changes only if that entry is voided.
    """

    __tablename__ = "attendance_mark"
    __table_args__ = (
        UniqueConstraint("sheet_id", "row_no", "pair"),
        UniqueConstraint("sheet_id", "person_id", "pair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("attendance_sheet.id"))
    row_no: Mapped[int] = mapped_column(Integer)
    pair: Mapped[int] = mapped_column(Integer, default=1)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    in_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None]
    present: Mapped[bool] = mapped_column(Boolean, default=False)
    walk_in: Mapped[bool] = mapped_column(Boolean, default=False)
    method: Mapped[str] = mapped_column(String(10), default="")
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("entry.id"), index=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))
