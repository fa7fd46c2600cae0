"""Which version of a key the database is written with, where that has to be the same for all writers at one moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base

DATA = "data"
INDEX = "index"


class KeyUse(Base):
    """``version`` of the keys for ``purpose`` since ``since``; ``moved_at`` is when nothing older was left."""

    __tablename__ = "key_use"

    purpose: Mapped[str] = mapped_column(String(10), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
    moved_at: Mapped[datetime | None]
