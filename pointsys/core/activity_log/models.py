"""Kinds, activities, entries, decisions on entries, and batches that can be undone as a unit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.activity_log.drafts import MAX_KEY, title_key
from pointsys.core.database import Base, append_only, new_public_id

PENDING = "pending"
CONFIRMED = "confirmed"
REJECTED = "rejected"
VOIDED = "voided"
LIVE = (PENDING, CONFIRMED)

# Recorded one by one and not from a sheet: the words of an index. Not "IS NULL", for SQLite would then rather look
# through the index of batches, where all of these stand under one value.
BY_HAND = "coalesce({}batch_id, 0) = 0"

BigId = BigInteger().with_variant(Integer, "sqlite")


class ActivityKind(Base):
    """A kind of activity: shipped ones are known everywhere, local ones where they were first used and below.

    ``service`` kinds are voluntary service for hours and points alike.
    """

    __tablename__ = "activity_kind"
    __table_args__ = (UniqueConstraint("area_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(60))
    service: Mapped[bool] = mapped_column(Boolean, default=False)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))


def _key_of_title(context: Any) -> str:
    return title_key(context.get_current_parameters()["title"])


class Activity(Base):
    """What was organised: entries of one area, kind, title and local date belong together."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("area_id", "kind_id", "title_key", "local_date"),
        Index("ix_activity_area_date", "area_id", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind_id: Mapped[int] = mapped_column(ForeignKey("activity_kind.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    # What makes two titles the same, whatever the spelling.
    title_key: Mapped[str] = mapped_column(String(MAX_KEY), default=_key_of_title)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    local_date: Mapped[date]
    # The planned window clips what is credited; without one, entries are credited as attended.
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    break_minutes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    organiser: Mapped[str] = mapped_column(String(100), default="", server_default="")
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class Entry(Base):
    """One person's part in an activity: a fact that never changes, and the cached outcome of its last decision.

    ``quantity`` is in hundredths of ``unit`` ("hour", "share", "time"). ``start_key`` is the start as text, "" for a
    date alone, so that the identity can be a unique key. ``person_area_id`` is where the person belonged that day.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "uq_entry_identity",
            "activity_id",
            "person_id",
            "start_key",
            unique=True,
            sqlite_where=text("status IN ('pending', 'confirmed')"),
            postgresql_where=text("status IN ('pending', 'confirmed')"),
        ),
        Index("ix_entry_person_date", "person_id", "local_date"),
        Index("ix_entry_person_area_date", "person_area_id", "local_date"),
        Index("ix_entry_area_date", "area_id", "local_date"),
        Index("ix_entry_batch", "batch_id"),
        # What one recorder did by hand on a day; imports, which wait for a second person anyway, cost nothing here.
        Index(
            "ix_entry_recorder",
            "recorded_by_account",
            "recorded_at",
            sqlite_where=text(BY_HAND.format("")),
            postgresql_where=text(BY_HAND.format("")),
        ),
        # To-do counts: few entries wait, however long the log is.
        Index(
            "ix_entry_waiting",
            "area_id",
            "local_date",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    # Kind and title travel with the fact, so that it stays readable whatever becomes of plugins and kinds.
    kind_id: Mapped[int] = mapped_column(ForeignKey("activity_kind.id"))
    title: Mapped[str] = mapped_column(String(200))
    local_date: Mapped[date]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    start_key: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int | None] = mapped_column(Integer)
    unit: Mapped[str | None] = mapped_column(String(10))
    role: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(40))
    source_ref: Mapped[str] = mapped_column(String(100))
    # Set when an entry that came after its period's deadline was accepted all the same, with the reason.
    accepted_late: Mapped[str | None] = mapped_column(String(200))
    batch_id: Mapped[int | None] = mapped_column(Integer)
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)
    recorded_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    # What only the site's key makes of the fact; entries from before there were marks have none.
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(16))


class EntryText(Base):
    """Evidence and free text of an entry, outside the frozen row so that they can be erased."""

    __tablename__ = "entry_text"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    evidence: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")


class Decision(Base):
    """One decision on one entry; the last by ``id`` rules, and a void is final."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    second_person: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(16))


class Pending(Base):
    """A person whose results ``plugin`` must derive anew; ``n`` counts the marks, so that none is lost."""

    __tablename__ = "pending"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


append_only("entry", tuple(c.name for c in Entry.__table__.columns if c.name != "status"), ("recorded_by",))
append_only("decision", tuple(c.name for c in Decision.__table__.columns), ("actor", "reason"))
