"""Notices about personal data, what people ask for, what was closed, and what is only kept of frozen people."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, append_only, new_public_id

OPEN = "open"
DONE = "done"
REFUSED = "refused"
WITHDRAWN = "withdrawn"


class PrivacyNotice(Base):
    """What people of an area and below are told of their data, in one version; the newest of the nearest area rules.

    ``content`` is JSON: part of the notice -> its text. ``version`` is what a person's consent names.
    """

    __tablename__ = "privacy_notice"
    __table_args__ = (Index("ix_privacy_notice_area", "area_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(20), unique=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    content: Mapped[str] = mapped_column(Text)
    # What is new in it, for those who read the version before.
    changes: Mapped[str] = mapped_column(String(500))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(100))


class PrivacyRequest(Base):
    """Something that a person, or somebody for them, asks about their data; answered by ``due_on``.

    ``asked_for_by`` is "self", "guardian" or "relative"; ``area_id`` is where the person belonged when asking.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        Index("ix_privacy_request_area", "area_id", "state", "due_on"),
        Index(
            "uq_privacy_request_open",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str] = mapped_column(String(20))
    asked_for_by: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_by_account: Mapped[int | None] = mapped_column(Integer)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(100), default="")


class PersonVault(Base):
    """The data of a frozen person, sealed as a whole: kept and protected, and used for nothing."""

    __tablename__ = "person_vault"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    frozen_at: Mapped[datetime]


class Erasure(Base):
    """That a person was erased, frozen or freed again: the list that is carried out anew after a restore.

    ``public_id`` is the person's, ``act`` "erased", "frozen" or "freed". The same lines stand in a file beside the
    database, which a restore does not replace.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), index=True)
    act: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))


append_only(
    "privacy_notice", ("id", "version", "area_id", "content", "changes", "published_at", "published_by"),
    ("published_by",),
)  # fmt: skip
append_only("erasure", ("id", "public_id", "act", "why", "at", "by"), ("by",))
