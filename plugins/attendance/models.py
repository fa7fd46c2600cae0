"""A list for each activity, a mark for each in/out pair of a person on it, and who else keeps it: people and kiosks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, new_public_id


class AttendanceSheet(Base):
    """The list of one activity; ``closed_at`` is when it was last recorded.

    ``salt`` goes into every code of the list: a new one makes all that were shown or printed worthless.
    """

    __tablename__ = "attendance_sheet"
    __table_args__ = (Index("ix_attendance_sheet_area", "area_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    salt: Mapped[str] = mapped_column(String(16), default=new_public_id, server_default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(100))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class AttendanceMark(Base):
    """One in/out pair: ``row_no`` is the number on paper, ``pair`` counts a person's pairs from 1.

    ``present`` is a tick for the whole planned time, or for ``due_from`` to ``due_to``, the person's own part of it.
    ``method`` is how the sign-in (or the tick) came and ``out_method`` how the sign-out did, as ``marks.METHODS``.
    ``raw_in`` and ``raw_out`` are what a phone without network said by its own clock; with ``verify`` somebody still
    has to say that it is true. ``device`` and ``out_device`` stand for the browser that was used, and tell no more.
    ``review_at`` is when a missing sign-out was found hours after the end; ``late`` marks what was supplied after the
    day, with its ``reason``. ``entry_id`` is what was recorded; once it is there, the pair changes only if that entry
    is voided.
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
    role: Mapped[str] = mapped_column(String(40), default="", server_default="")
    due_from: Mapped[datetime | None]
    due_to: Mapped[datetime | None]
    in_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None]
    present: Mapped[bool] = mapped_column(Boolean, default=False)
    walk_in: Mapped[bool] = mapped_column(Boolean, default=False)
    method: Mapped[str] = mapped_column(String(10), default="")
    out_method: Mapped[str] = mapped_column(String(10), default="", server_default="")
    raw_in: Mapped[datetime | None]
    raw_out: Mapped[datetime | None]
    verify: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    device: Mapped[str] = mapped_column(String(16), default="", server_default="")
    out_device: Mapped[str] = mapped_column(String(16), default="", server_default="")
    review_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("entry.id"), index=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))


class AttendanceKeeper(Base):
    """Somebody whom staff let keep a list from pages of their own."""

    __tablename__ = "attendance_keeper"
    __table_args__ = (UniqueConstraint("sheet_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("attendance_sheet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    named_at: Mapped[datetime]
    named_by: Mapped[str] = mapped_column(String(100))


class AttendanceKiosk(Base):
    """A device at the door that checks people in without anybody signed in; ``key`` is the hash of its address's end.

    It works until ``expires_at`` or until somebody ends it. ``browser`` is the mark of the first one that stamped
    anybody there, "" before: what another one sends waits to be verified, however it came by the address.
    """

    __tablename__ = "attendance_kiosk"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("attendance_sheet.id"), index=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(100))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(16), default="", server_default="")
