"""Policies by area and date, decisions on hours above the day's limit, the journal of changes, and hours by date.

``volunteer_split`` is derived like credits; the other three only grow. The journal holds no first credit: what an entry
was first credited is its minutes now less the sum of its rows, so that recording and importing write nothing here.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only


class VolunteerPolicy(Base):
    """What an area sets otherwise than the areas above it, for service on ``valid_from`` and later.

    ``data`` is a JSON object of rules by name, {} to follow the areas above again. Of the versions of an area that have
    begun the latest rules, of those that began on one day the last published one.
    """

    __tablename__ = "volunteer_policy"
    __table_args__ = (UniqueConstraint("area_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    version: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date]
    title: Mapped[str] = mapped_column(String(100))
    data: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(300))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(100))


class VolunteerApproval(Base):
    """One decision on an entry whose hours go beyond the day's limit; the last by ``id`` rules.

    ``level`` and ``minutes`` are what was decided on: hours that need a higher level by now wait again, those that go
    beyond no limit any more count whatever was decided.
    """

    __tablename__ = "volunteer_approval"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(10))
    minutes: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(300))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


class VolunteerSplit(Base):
    """Credited minutes of an entry by local date, only of entries with minutes on another date than they began on."""

    __tablename__ = "volunteer_split"

    entry_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("entry.id"), primary_key=True, autoincrement=False
    )
    local_date: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    minutes: Mapped[int] = mapped_column(Integer)


class VolunteerLedger(Base):
    """Credited minutes of an entry changed by ``delta`` to ``minutes``, and by what: ``kind``.

    "reverse" the entry is counted no more, "merge" its person became another, "approve" somebody decided on hours above
    the limit, "policy" other rules, "adjust" other service changed. ``rule_version`` as in the credit.
    """

    __tablename__ = "volunteer_ledger"
    __table_args__ = (Index("ix_volunteer_ledger_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    delta: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    rule_version: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


append_only(
    "volunteer_policy",
    (
        "id", "area_id", "version", "valid_from", "title", "data", "reason", "published_at", "published_by",
    ),
    ("published_by",),
)  # fmt: skip
append_only(
    "volunteer_approval",
    ("id", "entry_id", "outcome", "level", "minutes", "reason", "actor", "account_id", "at"),
    ("reason", "actor"),
)
append_only(
    "volunteer_ledger",
    ("id", "entry_id", "person_id", "delta", "minutes", "kind", "rule_version", "at"),
)
