"""People who take part, where they belonged when, what they agreed to, and which rows are the same person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, append_only, new_public_id


class Person(Base):
    """One participant. Phone and ID number are sealed; their indexes answer exact look-ups only."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_area_sort", "area_id", "sort_key"),
        # Few people are closed, and every list leaves them out.
        Index(
            "ix_person_closed",
            "closed",
            sqlite_where=text("closed <> ''"),
            postgresql_where=text("closed <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(100), index=True)
    # Full pinyin and initials in every reading of the surname, separated by blanks.
    pinyin: Mapped[str] = mapped_column(String(500))
    sort_key: Mapped[str] = mapped_column(String(120), index=True)
    sex: Mapped[str | None] = mapped_column(String(6))
    birth_date: Mapped[date | None]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    # The present area, a copy of the open membership that lists and counts read.
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    left_on: Mapped[date | None]
    batch_id: Mapped[int | None] = mapped_column(Integer, index=True)
    died_on: Mapped[date | None]
    # "frozen" or "erased": the row stands for what was done, and says nothing of who did it.
    closed: Mapped[str] = mapped_column(String(10), default="", server_default="")


class PersonArea(Base):
    """Membership of an area; ``from_on`` None means "since ever", ``to_on`` None "until now" (last day inclusive)."""

    __tablename__ = "person_area"
    __table_args__ = (Index("ix_person_area_person", "person_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]


class PersonAlias(Base):
    """``merged_id`` is the same human being as ``kept_id``; deleting the row undoes the merge.

    ``into_id`` is the row that it was merged into at the time: when that one becomes a person of its own again, this
    one goes along.
    """

    __tablename__ = "person_alias"

    merged_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[str] = mapped_column(String(100))


class PersonDistinct(Base):
    """Two people who look alike and were found to be different; ``low_id`` < ``high_id``."""

    __tablename__ = "person_distinct"

    low_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    high_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    decided_by: Mapped[str] = mapped_column(String(100))
    decided_at: Mapped[datetime]


class PersonConsent(Base):
    """That a person was given a notice or agreed to something, in which version, how, and when they took it back."""

    __tablename__ = "person_consent"
    __table_args__ = (UniqueConstraint("person_id", "kind", "version", "given_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    recorded_by: Mapped[str] = mapped_column(String(100))
    # Who agreed in the person's place: a guardian, and what they are to the person.
    by_whom: Mapped[str] = mapped_column(String(60), default="", server_default="")
    relation: Mapped[str] = mapped_column(String(20), default="", server_default="")


class PersonUnmasking(Base):
    """Who looked at a sealed ``field`` ("phone" or "id_number") in the clear, when and what for."""

    __tablename__ = "person_unmasking"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    field: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(index=True)


append_only("person_unmasking", ("id", "person_id", "field", "reason", "actor", "at"), ("reason", "actor"))
