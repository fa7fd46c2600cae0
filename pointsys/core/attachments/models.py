"""One row for each picture that is kept; the file's name is the row's outside id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, new_public_id


class Attachment(Base):
    """A picture of ``subject_type`` ("activity", …) ``subject_id`` (an outside id); width and height in pixels.

    ``bytes`` and ``sha256`` are those of the file as kept. The name it was uploaded under is not: names tell people.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("subject_type", "subject_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
