"""The register of exports: one row for each file that was taken away or ordered, kept when the file is long gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, new_public_id

# Ordered and to be fetched; waits for a second person; refused by them; taken away; nobody fetched it in time.
READY = "ready"
WAITING = "waiting"
REFUSED = "refused"
TAKEN = "taken"
EXPIRED = "expired"
OPEN = (READY, WAITING)


class ExportFile(Base):
    """One file: its ``number`` stands in the file itself, ``public_id`` in the address of its page.

    ``list_name`` is the list's endpoint, ``title`` what it is called (a text to translate), ``arguments`` its filters
    as JSON without numbers of anybody. ``identifiers`` says whether phones or ID numbers are in it in full; such a
    file is made when it is fetched and lies on no disk. ``sha256`` is that of the bytes that left.
    """

    __tablename__ = "export_file"
    __table_args__ = (
        Index("ix_export_file_area_at", "area_id", "at"),
        Index("ix_export_file_state_expires", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int | None] = mapped_column(Integer, index=True)
    created_by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    list_name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(100))
    arguments: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(4))
    rows: Mapped[int] = mapped_column(Integer)
    identifiers: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
