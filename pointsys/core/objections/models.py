"""Objections with their answers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, append_only, new_public_id

OPEN = "open"
ANSWERED = "answered"
WITHDRAWN = "withdrawn"

UPHELD = "upheld"
PARTLY = "partly"
REJECTED = "rejected"
OUTCOMES = (UPHELD, PARTLY, REJECTED)


class Objection(Base):
    """One objection to the subject ``(subject_type, subject_id)``, an outside id; ``area_id`` is who answers.

    ``person_id`` is whom an entry concerns, or who objects to a notice where they are known. ``open_key`` tells the
    objections apart that may be open to one subject at once. What people wrote stays outside the frozen columns, so
    that it can be erased.
    """

    __tablename__ = "objection"
    __table_args__ = (
        Index("ix_objection_area", "area_id", "state"),
        Index("ix_objection_subject", "subject_type", "subject_id"),
        Index(
            "uq_objection_open",
            "subject_type",
            "subject_id",
            "open_key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(40))
    # How the subject is called, so that lists need not look it up.
    title: Mapped[str] = mapped_column(String(250))
    open_key: Mapped[str] = mapped_column(String(30))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    raised_by_account: Mapped[int | None] = mapped_column(Integer, index=True)
    raised_by: Mapped[str] = mapped_column(String(100))
    # The member of staff who wrote down what was said on the telephone.
    taken_by: Mapped[str] = mapped_column(String(100), default="")
    taken_by_account: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(100), default="")
    answered_by_account: Mapped[int | None] = mapped_column(Integer)
    answered_role: Mapped[str] = mapped_column(String(40), default="")
    answered_at: Mapped[datetime | None]


append_only(
    "objection",
    (
        "id", "public_id", "subject_type", "subject_id", "open_key", "area_id", "raised_by_account", "taken_by",
        "taken_by_account", "raised_at", "due_on",
    ),
    ("taken_by",),
)  # fmt: skip
