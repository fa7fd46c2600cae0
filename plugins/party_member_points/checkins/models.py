"""Tables of check-ins: what was asked, each step on its way, and what a unit reported.

A request asks for facts (``members.Said``); confirming it states them. Points stay with the entries, so a transfer
changes where somebody belongs and nothing of what they did. Accounts are remembered without a foreign key: erasing
their holder takes them away.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id


class PointsCheckin(Base):
    """A request to check in, to move to another community or branch, or to leave, as it was made.

    ``kind``: checkin, transfer, leave. ``area_id`` decides (where the member comes to; for leaving, where they are),
    ``from_area_id`` is where a transfer comes from. ``branch``, ``home_unit`` and ``post`` are names as asked, "" for
    none; they become facts on confirmation. ``source``: member, staff, unit. ``status`` caches the last step.
    """

    __tablename__ = "points_checkin"
    __table_args__ = (
        Index("ix_points_checkin_area", "area_id", "status", "id"),
        Index("ix_points_checkin_from", "from_area_id", "status"),
        Index("ix_points_checkin_person", "person_id", "id"),
        Index("ix_points_checkin_unit", "home_unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    from_area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str] = mapped_column(String(20))
    on_date: Mapped[date]
    political_status: Mapped[str] = mapped_column(String(20))
    from_branch: Mapped[str] = mapped_column(String(100))
    branch: Mapped[str] = mapped_column(String(100))
    home_unit: Mapped[str] = mapped_column(String(100))
    post: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    # The unit itself, once the request is confirmed: what its liaison is told is read from here.
    home_unit_id: Mapped[int | None] = mapped_column(ForeignKey("points_home_unit.id"))
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(100))
    requested_by_account: Mapped[int | None] = mapped_column(Integer)


class PointsCheckinStep(Base):
    """One step of a request: asked, confirmed, returned or withdrawn; ``note`` is what was said with it."""

    __tablename__ = "points_checkin_step"
    __table_args__ = (Index("ix_points_checkin_step_checkin", "checkin_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    checkin_id: Mapped[int] = mapped_column(ForeignKey("points_checkin.id"))
    outcome: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


class PointsUnitReport(Base):
    """A sheet in which a unit named its members here: its rows sealed until it is applied or dropped.

    ``state``: open, applied, dropped. ``counts`` is JSON: how many rows came to what.
    """

    __tablename__ = "points_unit_report"
    __table_args__ = (Index("ix_points_unit_report_area", "area_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    unit: Mapped[str] = mapped_column(String(100))
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[int] = mapped_column(Integer)
    rows_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(20))
    counts: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


append_only(
    "points_checkin",
    (
        "id", "public_id", "person_id", "area_id", "from_area_id", "kind", "on_date", "political_status", "from_branch",
        "branch", "home_unit", "post", "source", "requested_at", "requested_by", "requested_by_account",
    ),
    ("requested_by",),
)  # fmt: skip
append_only(
    "points_checkin_step",
    ("id", "checkin_id", "outcome", "note", "actor", "account_id", "at"),
    ("note", "actor"),
)
