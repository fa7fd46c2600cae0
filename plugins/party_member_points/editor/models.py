"""Drafts of schemes on their way to being published, and what a draft would change for the members of an area."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only, new_public_id

# The kind of job that tries a draft.
TRIAL = "points.scheme_trial"

DRAFT = "draft"
SUBMITTED = "submitted"
RETURNED = "returned"
APPROVED = "approved"
PUBLISHED = "published"
WITHDRAWN = "withdrawn"
STATES = (DRAFT, SUBMITTED, RETURNED, APPROVED, PUBLISHED, WITHDRAWN)
# What may still be written.
OPEN = (DRAFT, RETURNED)


class PointsSchemeDraft(Base):
    """A scheme file (``text``, always TOML) that somebody writes for an area; ``state`` follows from its events.

    ``revision`` grows with each change of the text. ``effective_from`` is the day it is to rule from, given when it is
    submitted; ``publication_id`` what became of it.
    """

    __tablename__ = "points_scheme_draft"
    __table_args__ = (Index("ix_points_scheme_draft_area", "area_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme_id: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(12), default=DRAFT)
    effective_from: Mapped[date | None]
    changed_at: Mapped[datetime]
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("points_scheme_version.id"))


class PointsSchemeDraftEvent(Base):
    """One step of a draft: ``act`` created, changed, submitted, taken_back, returned, approved, published, withdrawn.

    ``sha256`` is that of the text as it stood; ``reason`` what was said about it.
    """

    __tablename__ = "points_scheme_draft_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_draft.id"), index=True)
    act: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)


class PointsSchemeTrial(Base):
    """A dry run of a draft's text on the real data of its area.

    ``whole`` means that its newest version was taken as if it had ruled from the period's first day on. ``people`` were
    scored both ways, of whom ``changed`` get another total and ``regraded`` another grade; ``summary`` is JSON with the
    moves between grades and the averages in hundredths. ``computed_at`` is None while the job is at work.
    """

    __tablename__ = "points_scheme_trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_draft.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(10))
    whole: Mapped[bool] = mapped_column(Boolean)
    job: Mapped[str] = mapped_column(String(16), default="")
    people: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    regraded: Mapped[int] = mapped_column(Integer, default=0)
    summary: Mapped[str] = mapped_column(Text, default="{}")
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_by_account: Mapped[int | None] = mapped_column(Integer)
    computed_at: Mapped[datetime | None]


class PointsSchemeTrialLine(Base):
    """One member whose total or grade a draft would change; ``moved`` is the difference in hundredths.

    ``why`` is JSON: the categories, items and gates that come out otherwise. Lines are replaced by the draft's next
    dry run.
    """

    __tablename__ = "points_scheme_trial_line"
    __table_args__ = (Index("ix_points_scheme_trial_line_moved", "trial_id", "moved"),)

    trial_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_trial.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    total_before: Mapped[str] = mapped_column(String(20))
    total_after: Mapped[str] = mapped_column(String(20))
    moved: Mapped[int] = mapped_column(Integer)
    grade_before: Mapped[str] = mapped_column(String(60))
    grade_after: Mapped[str] = mapped_column(String(60))
    # How many grades up (positive) or down in the draft's order; 0 where the grade stays.
    step: Mapped[int] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(Text)


append_only(
    "points_scheme_draft_event",
    ("id", "draft_id", "act", "sha256", "reason", "at", "actor", "account_id"),
    ("actor",),
)
