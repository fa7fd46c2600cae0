"""Tables of ``ledger``: awards and their decisions, sessions and what was said of them. All four only grow.

``PointsAward.status`` and ``PointsSession.state`` are caches of what was said last, everything else is a fact. Amounts
are in hundredths. Reasons, evidence and answers go when the person is erased; that something was awarded stays.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only


class PointsAward(Base):
    """An award, a deduction or a veto (``kind`` earn, deduct, veto) that no activity brought.

    ``status`` is pending, told, verified, confirmed, rejected, withdrawn or voided. ``attrs`` is canonical JSON,
    ``key`` makes a repeated proposal the same one, ``source`` is staff, claim, import or rest and ``source_ref`` the
    public id there. ``adjusting`` marks one for a period that was confirmed before.
    """

    __tablename__ = "points_award"
    __table_args__ = (
        UniqueConstraint("area_id", "key"),
        Index("ix_points_award_person", "person_id", "on_date"),
        Index("ix_points_award_open", "area_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    item: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    on_date: Mapped[date]
    qty: Mapped[int | None] = mapped_column(Integer)
    points: Mapped[int | None] = mapped_column(Integer)
    attrs: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(10))
    source_ref: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    accepted_late: Mapped[bool] = mapped_column(Boolean)
    adjusting: Mapped[bool] = mapped_column(Boolean)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(10))


class PointsAwardDecision(Base):
    """What was done about an award: ``outcome`` told, answered, verified, confirmed, rejected, withdrawn or voided.

    ``how`` and ``on_date`` say in what way and when the member was told; ``reason`` holds the member's own words for
    "answered".
    """

    __tablename__ = "points_award_decision"
    __table_args__ = (Index("ix_points_award_decision_award", "award_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("points_award.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    how: Mapped[str] = mapped_column(String(20))
    on_date: Mapped[date | None]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)


class PointsSession(Base):
    """A meeting that members of an area, or of one of its branches, were expected at.

    Its attendance counts as ``item``; ``kind`` is the one that a ratio of the scheme names, "" for none. Entries of
    ``activity_id`` are attendance too. ``state`` is open, confirmed, changed (said more after it was confirmed) or
    voided.
    """

    __tablename__ = "points_session"
    __table_args__ = (Index("ix_points_session_area", "area_id", "on_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("points_branch.id"))
    kind: Mapped[str] = mapped_column(String(40))
    item: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(100))
    on_date: Mapped[date]
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))


class PointsSessionWord(Base):
    """One statement about a session: of a person expected, unexpected, attended, absent, excused or unexcused; of the
    whole one (no person) confirmed or voided. Of each person the last word before the last "confirmed" holds."""

    __tablename__ = "points_session_word"
    __table_args__ = (
        Index("ix_points_session_word_session", "session_id", "id"),
        Index("ix_points_session_word_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("points_session.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    word: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)


append_only(
    "points_award",
    (
        "id", "public_id", "person_id", "area_id", "item", "kind", "on_date", "qty", "points", "attrs", "title",
        "key", "source", "source_ref", "reason", "evidence", "accepted_late", "adjusting", "recorded_at",
        "recorded_by", "recorded_by_account",
    ),
    ("title", "reason", "evidence", "recorded_by"),
)  # fmt: skip
append_only(
    "points_award_decision",
    ("id", "award_id", "outcome", "reason", "how", "on_date", "at", "actor", "account_id"),
    ("reason", "actor"),
)
append_only(
    "points_session",
    (
        "id", "public_id", "area_id", "branch_id", "kind", "item", "title", "on_date", "activity_id", "recorded_at",
        "recorded_by", "recorded_by_account",
    ),
    ("recorded_by",),
)  # fmt: skip
append_only(
    "points_session_word",
    ("id", "session_id", "person_id", "word", "reason", "at", "actor", "account_id"),
    ("reason", "actor"),
)
