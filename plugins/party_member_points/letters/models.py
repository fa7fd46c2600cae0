"""Tables of ``letters``: who stands for a unit, and which numbered letter went to which unit.

A link between an account and a unit is made in one place and counts for letters from there and below, so that nobody
opens the letters of another community by linking an account of their own. Links are ended, never deleted.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

SENT = "sent"
ACKNOWLEDGED = "acknowledged"
REPLACED = "replaced"

ANNUAL = "annual"
CADRE = "cadre"


class PointsLiaison(Base):
    """An account that reads letters to a unit: ``from_on`` and ``to_on`` (None: still) are both inside."""

    __tablename__ = "points_liaison"
    __table_args__ = (
        Index("ix_points_liaison_account", "account_id", "unit_id"),
        Index("ix_points_liaison_area", "area_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # Without a foreign key, like every account that is remembered: erasing its holder takes the account away.
    account_id: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[int] = mapped_column(ForeignKey("points_home_unit.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(100))


class PointsLetter(Base):
    """A document that went to a unit about one person; ``state`` is the cached outcome of its last event.

    ``kind`` "annual" (``ref`` the public id of the annual result) or "cadre" (``ref`` as the ledger of seconded cadres
    names it). A corrected letter is a row of its own whose document replaces the earlier one.
    """

    __tablename__ = "points_letter"
    __table_args__ = (
        UniqueConstraint("kind", "ref", "person_id"),
        Index("ix_points_letter_area", "area_id", "id"),
        Index("ix_points_letter_unit", "unit_id", "area_id", "id"),
        CheckConstraint("state IN ('sent', 'acknowledged', 'replaced')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(12))
    ref: Mapped[str] = mapped_column(String(60))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("points_home_unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    period: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(100))
    sent_by_account: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))


class PointsLetterEvent(Base):
    """What happened to a letter: sent, acknowledged (with the liaison's ``note``) or replaced; the last one rules."""

    __tablename__ = "points_letter_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("points_letter.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(300))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


def _frozen(model: type[Base], *changing: str) -> tuple[str, ...]:
    return tuple(column.name for column in model.__table__.columns if column.name not in changing)


append_only(
    "points_liaison", _frozen(PointsLiaison, "to_on", "ended_at", "ended_by"), ("linked_by",),
)  # fmt: skip
append_only("points_letter", _frozen(PointsLetter, "state"), ("sent_by",))
append_only("points_letter_event", _frozen(PointsLetterEvent), ("note", "actor"))
