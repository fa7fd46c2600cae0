"""Notices and what was decided on them. The text of a notice never changes; its ``state`` caches the last decision."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, append_only, new_public_id

POSTED = "posted"
CONFIRMED = "confirmed"
WITHDRAWN = "withdrawn"
SUPERSEDED = "superseded"
LIVE = (POSTED, CONFIRMED)


class Publicity(Base):
    """One notice: ``text`` is the canonical JSON of all that it shows, ``sha256`` its hash.

    ``kind`` is "<slug>.<what>", ``subject_ref`` what tells two notices of one kind and period apart; only one of an
    area, kind, subject and period is live. Days are local dates; ``closes_before`` is when objecting ends.
    """

    __tablename__ = "publicity"
    __table_args__ = (
        Index("ix_publicity_area", "area_id", "posted_at"),
        Index(
            "uq_publicity_live",
            "area_id",
            "kind",
            "subject_ref",
            "period",
            unique=True,
            sqlite_where=text("state IN ('posted', 'confirmed')"),
            postgresql_where=text("state IN ('posted', 'confirmed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    period: Mapped[str] = mapped_column(String(40))
    subject_ref: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    posted_at: Mapped[datetime]
    first_day: Mapped[date]
    last_day: Mapped[date]
    objections_until: Mapped[date]
    closes_before: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(String(100))
    posted_by_account: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12), default=POSTED)


class PublicityDecision(Base):
    """What ended a notice's posting; the last by ``id`` rules.

    ``why`` is the class of the reason, which the public may read, ``reason`` the words for staff; ``replaced_by`` is
    the outside id of the notice that stands in place of this one.
    """

    __tablename__ = "publicity_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    publicity_id: Mapped[int] = mapped_column(ForeignKey("publicity.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    replaced_by: Mapped[str] = mapped_column(String(16), default="")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(40))
    second_person: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


append_only(
    "publicity", tuple(c.name for c in Publicity.__table__.columns if c.name != "state"), ("posted_by",)
)
append_only(
    "publicity_decision", tuple(c.name for c in PublicityDecision.__table__.columns), ("actor", "reason")
)
