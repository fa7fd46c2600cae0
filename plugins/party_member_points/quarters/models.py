"""Tables of ``quarters``: sheets, their lines, and what was done about them. All three only grow.

A sheet is frozen when it is computed: ``text`` is the canonical JSON of its heading and lines, ``sha256`` its hash, and
``basis`` what was known then and does not stand in a log. ``state`` and ``publicity_id`` are caches of the last event.
Confirming and reopening are events in one hash chain for each area.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only

COMPUTED = "computed"
PUBLIC = "public"
CONFIRMED = "confirmed"
REOPENED = "reopened"
# Made anew, or set aside, before anybody confirmed it.
REPLACED = "replaced"


class PointsSheet(Base):
    """The standing of an area's members, or of one branch's, in a period of a scheme at the end of the day ``cut``.

    ``label`` is the window that ends with the cut ("2026-Q1"), ``no`` counts the sheets of one cut from 1. ``since_id``
    is the confirmed sheet from which gains are counted. ``waiting`` entries of these members were not decided on.
    """

    __tablename__ = "points_sheet"
    __table_args__ = (
        UniqueConstraint("area_id", "scheme_id", "period", "cut", "branch", "no"),
        Index("ix_points_sheet_area", "area_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    branch: Mapped[str] = mapped_column(String(100))
    scheme_id: Mapped[str] = mapped_column(String(100))
    publication_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_version.id"))
    period: Mapped[str] = mapped_column(String(10))
    cut: Mapped[date]
    label: Mapped[str] = mapped_column(String(20))
    no: Mapped[int] = mapped_column(Integer)
    since_id: Mapped[int | None] = mapped_column(ForeignKey("points_sheet.id"))
    line_count: Mapped[int] = mapped_column(Integer)
    waiting: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    computed_at: Mapped[datetime]
    computed_by: Mapped[str] = mapped_column(String(100))
    computed_by_account: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey("publicity.id"), index=True)


class PointsSheetLine(Base):
    """One member's line: ``total``, ``gain`` since the last confirmed sheet and ``credited`` (what earning entries
    brought in the whole period) in hundredths; ``digest`` is the hash of the scorer's result, down to each entry.
    ``place`` is the row on the notice, 0 for somebody who is not shown there.
    """

    __tablename__ = "points_sheet_line"

    sheet_id: Mapped[int] = mapped_column(
        ForeignKey("points_sheet.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False, index=True
    )
    total: Mapped[int] = mapped_column(Integer)
    total_text: Mapped[str] = mapped_column(String(20))
    gain: Mapped[int] = mapped_column(Integer)
    credited: Mapped[int] = mapped_column(Integer)
    grade: Mapped[str | None] = mapped_column(String(60))
    categories: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    place: Mapped[int] = mapped_column(Integer)


class PointsSheetEvent(Base):
    """What became of a sheet: ``outcome`` computed, public, replaced, confirmed or reopened; ``ref`` is the notice.

    Confirmed and reopened ones have the next ``chain_no`` of their area, the hash of the link before, and their own.
    """

    __tablename__ = "points_sheet_event"
    __table_args__ = (UniqueConstraint("area_id", "chain_no"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("points_sheet.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    chain_no: Mapped[int | None] = mapped_column(Integer)
    prev_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


append_only(
    "points_sheet",
    tuple(c.name for c in PointsSheet.__table__.columns if c.name not in ("state", "publicity_id")),
    ("computed_by",),
)
append_only("points_sheet_line", tuple(c.name for c in PointsSheetLine.__table__.columns))
append_only(
    "points_sheet_event", tuple(c.name for c in PointsSheetEvent.__table__.columns), ("reason", "actor")
)
