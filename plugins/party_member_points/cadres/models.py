"""Tables of seconded cadres: posts of grids, who holds them, the ledger, and the status fed back each quarter.

The ledger only grows: a note that was wrong is voided by a further row. A status is a snapshot of what the ledger and
the log said when it was computed; a later one of the same quarter has the next number.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id


class PointsCadrePost(Base):
    """A post for a seconded cadre in an area, mostly a grid; ``closed_on`` ends it."""

    __tablename__ = "points_cadre_post"
    __table_args__ = (Index("ix_points_cadre_post_area", "area_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    title: Mapped[str] = mapped_column(String(60))
    duties: Mapped[str] = mapped_column(String(500))
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PointsCadreTerm(Base):
    """Who holds a post from when to when (both days included), sent by which unit; ``to_on`` None until now."""

    __tablename__ = "points_cadre_term"
    __table_args__ = (
        Index("ix_points_cadre_term_post", "post_id", "from_on"),
        Index("ix_points_cadre_term_person", "person_id"),
        Index("ix_points_cadre_term_unit", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    post_id: Mapped[int] = mapped_column(ForeignKey("points_cadre_post.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("points_home_unit.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))


class PointsCadreNote(Base):
    """One line of the ledger: what a cadre did on a day. ``kind`` is a key of ``ledger.KINDS``; minutes may be 0."""

    __tablename__ = "points_cadre_note"
    __table_args__ = (Index("ix_points_cadre_note_term", "term_id", "on_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    term_id: Mapped[int] = mapped_column(ForeignKey("points_cadre_term.id"))
    on_date: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String(500))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


class PointsCadreVoid(Base):
    """A note that does not count any more, and why."""

    __tablename__ = "points_cadre_void"

    note_id: Mapped[int] = mapped_column(
        ForeignKey("points_cadre_note.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


class PointsCadreStatus(Base):
    """What a cadre did in a quarter, for the unit that sent them; ``no`` counts the editions of a quarter from 1.

    ``figures`` is canonical JSON, frozen when computed. ``state``: computed, reviewed, sent, replaced;
    whether the unit acknowledged it stands on the letter.
    """

    __tablename__ = "points_cadre_status"
    __table_args__ = (UniqueConstraint("term_id", "period", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    term_id: Mapped[int] = mapped_column(ForeignKey("points_cadre_term.id"))
    period: Mapped[str] = mapped_column(String(10))
    no: Mapped[int] = mapped_column(Integer)
    figures: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    computed_at: Mapped[datetime]
    computed_by: Mapped[str] = mapped_column(String(100))
    computed_by_account: Mapped[int | None] = mapped_column(Integer)
    # What the reviewer says in words.
    review: Mapped[str] = mapped_column(String(500), default="", server_default="")
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    reviewed_by_account: Mapped[int | None] = mapped_column(Integer)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("points_letter.id"), index=True)


append_only(
    "points_cadre_note",
    (
        "id", "public_id", "term_id", "on_date", "kind", "minutes", "text", "recorded_at", "recorded_by",
        "recorded_by_account",
    ),
    ("text", "recorded_by"),
)  # fmt: skip
append_only("points_cadre_void", ("note_id", "reason", "actor", "account_id", "at"), ("reason", "actor"))
append_only(
    "points_cadre_status",
    (
        "id", "public_id", "term_id", "period", "no", "figures", "computed_at", "computed_by", "computed_by_account",
    ),
    ("computed_by",),
)  # fmt: skip
