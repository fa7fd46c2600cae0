"""The draft of a set-up: what the pages of the wizard have taken so far, and nothing of it in force."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base


class SetupDraft(Base):
    """The one row of a site that is being set up; gone when it is. ``data`` is JSON by step, ``version`` counts."""

    __tablename__ = "setup_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    data: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
