"""Referrals: wishes that are public works or another office's matter, passed on under a number and answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

OPEN, ANSWERED = "open", "answered"


class WishesReferral(Base):
    """A wish that was passed on: ``number`` counts within ``year``; its wisher reads the ``answer``."""

    __tablename__ = "wishes_referral"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_wishes_referral_area", "area_id", "state", "created_at"),
        CheckConstraint("state IN ('open', 'answered')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(100), default="")
