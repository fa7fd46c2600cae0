"""Rounds with a theme."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

DRAFT, RUNNING, CLOSED = "draft", "running", "closed"


class WishesCampaign(Base):
    """A round of wishes with a theme, of an area and below, open from ``opens_on`` to ``closes_on`` (both inside)."""

    __tablename__ = "wishes_campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(Text, default="")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=DRAFT)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
