"""Rounds with a theme, and sheets of collected wishes.

A sheet's rows are sealed while somebody looks them over; applied, a line remembers which wish a row became, by which
the same sheet is known when it comes again and can be taken back.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

DRAFT, RUNNING, CLOSED = "draft", "running", "closed"
CAMPAIGN_STATES = (DRAFT, RUNNING, CLOSED)
# Names of colours of a round's mark, which the pages' style knows.
COLOURS = ("red", "gold", "green", "blue", "violet")

OPEN, APPLIED, DROPPED, UNDONE = "open", "applied", "dropped", "undone"
SHEET_STATES = (OPEN, APPLIED, DROPPED, UNDONE)


class WishesCampaign(Base):
    """A round of wishes with a theme, of an area and below, open from ``opens_on`` to ``closes_on`` (both inside)."""

    __tablename__ = "wishes_campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[str] = mapped_column(String(10), default=COLOURS[0])
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=DRAFT)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class WishesSheet(Base):
    """A sheet of collected wishes.

    ``cells_sealed`` holds its cells (JSON) while it is open, and afterwards those of the rows at fault, a week at
    most. ``columns`` is JSON: the index of each column that is known. ``counts`` is JSON: how many rows came to what.
    ``batch_id`` is the batch that the people belong to whom it put on record.
    """

    __tablename__ = "wishes_sheet"
    __table_args__ = (Index("ix_wishes_sheet_area", "area_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("wishes_campaign.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    consent_on: Mapped[date]
    consent_note: Mapped[str] = mapped_column(String(200))
    rows: Mapped[int] = mapped_column(Integer)
    columns: Mapped[str] = mapped_column(Text)
    cells_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    counts: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(100), default="")


class WishesSheetLine(Base):
    """A row of a sheet that became a wish; ``title_key`` is the wish as the row had it, in its key form."""

    __tablename__ = "wishes_sheet_line"
    __table_args__ = (Index("ix_wishes_sheet_line_sheet", "sheet_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("wishes_sheet.id"))
    row: Mapped[int] = mapped_column(Integer)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"), unique=True)
    category: Mapped[str] = mapped_column(String(12))
    title_key: Mapped[str] = mapped_column(String(60))
