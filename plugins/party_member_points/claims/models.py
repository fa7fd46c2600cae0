"""Claims as members write them, and the append-only list of what became of each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only, new_public_id

DRAFT = "draft"
SUBMITTED = "submitted"
VERIFIED = "verified"
CONFIRMED = "confirmed"
RETURNED = "returned"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
VOIDED = "voided"
STATES = (DRAFT, SUBMITTED, RETURNED, VERIFIED, CONFIRMED, REJECTED, WITHDRAWN, VOIDED)
# What waits for staff, and what the same act must not be claimed beside once more.
WAITING = (SUBMITTED, VERIFIED)
LIVE = (SUBMITTED, VERIFIED, CONFIRMED)
# What the member can still change.
OPEN = (DRAFT, RETURNED)
_LIVE = "state IN ('submitted', 'verified', 'confirmed')"


class PointsClaim(Base):
    """One act that a member claims as ``item`` of the scheme, in the words of the member.

    ``quantity`` and ``points`` (asked for, where the scheme leaves them open) are in hundredths, ``attrs`` is JSON.
    ``content_key`` makes the same act the same. ``state`` caches the last event; a claim whose entry or award was
    voided elsewhere is shown as voided. Confirmed, it leads to ``entry_id`` in the log or to the award ``award_id``.
    """

    __tablename__ = "points_claim"
    __table_args__ = (
        Index(
            "uq_points_claim_live",
            "person_id",
            "content_key",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
        Index("ix_points_claim_area", "area_id", "state"),
        Index("ix_points_claim_person", "person_id", "on_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    state: Mapped[str] = mapped_column(String(12), default=DRAFT)
    item: Mapped[str] = mapped_column(String(100))
    # The kind under which it goes into the log; none where an award is made of it.
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("activity_kind.id"))
    on_date: Mapped[date]
    starts_at: Mapped[datetime | None]
    quantity: Mapped[int | None] = mapped_column(Integer)
    points: Mapped[int | None] = mapped_column(Integer)
    attrs: Mapped[str] = mapped_column(Text, default="{}")
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    late_reason: Mapped[str] = mapped_column(String(200), default="")
    content_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
    submitted_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(String(100), default="")
    verified_by_account: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_by_account: Mapped[int | None] = mapped_column(Integer)
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("entry.id"), index=True)
    award_id: Mapped[str | None] = mapped_column(String(16), index=True)


class PointsClaimEvent(Base):
    """What became of a claim: ``outcome`` is the state it went to, ``digest`` the SHA-256 of what was claimed then."""

    __tablename__ = "points_claim_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("points_claim.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


append_only(
    "points_claim_event",
    ("id", "claim_id", "outcome", "reason", "digest", "actor", "account_id", "at"),
    ("reason", "actor"),
)
