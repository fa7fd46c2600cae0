"""Tables of ``annual``: results of a period, a line for each member, and everything that was done with them.

A result is worked on until it is confirmed; what was decided on is told by its events, which nobody can change, and
``text`` holds the confirmed result as it was, each hashed together with the hash of the one before it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

COMPUTED = "computed"
PROPOSED = "proposed"
DECIDED = "decided"
PUBLIC = "public"
CONFIRMED = "confirmed"
REOPENED = "reopened"
STATES = (COMPUTED, PROPOSED, DECIDED, PUBLIC, CONFIRMED, REOPENED)
# States in which a result stands for its members: no other area may have one of the same people.
BINDING = (PROPOSED, DECIDED, PUBLIC, CONFIRMED)


class PointsAnnual(Base):
    """The result of one area, scheme and period; ``no`` counts the results of the same, ``reopened`` ones included.

    ``period`` is a year where the scheme counts by years. ``quota_ratio`` is the text that was asked for ("1/3", "" for
    none), ``quota_limit`` how many may hold the best grade, None without a quota. ``grades`` is the JSON list of the
    grades, best first. ``sha256`` is that of ``text``, ``prev_sha256`` that of the area's result confirmed before.
    """

    __tablename__ = "points_annual"
    __table_args__ = (
        UniqueConstraint("area_id", "scheme_id", "period", "no"),
        Index(
            "uq_points_annual_live",
            "area_id",
            "scheme_id",
            "period",
            unique=True,
            sqlite_where=text("state <> 'reopened'"),
            postgresql_where=text("state <> 'reopened'"),
        ),
        Index("ix_points_annual_scheme", "scheme_id", "period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme_id: Mapped[str] = mapped_column(String(100))
    publication_id: Mapped[int] = mapped_column(ForeignKey("points_scheme_version.id"))
    period: Mapped[str] = mapped_column(String(10))
    no: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default=COMPUTED)
    grades: Mapped[str] = mapped_column(Text)
    quota_ratio: Mapped[str] = mapped_column(String(20), default="")
    quota_limit: Mapped[int | None] = mapped_column(Integer)
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey("publicity.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    prev_sha256: Mapped[str] = mapped_column(String(64), default="")
    computed_at: Mapped[datetime]
    computed_by: Mapped[str] = mapped_column(String(100))
    computed_by_account: Mapped[int | None] = mapped_column(Integer)
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str] = mapped_column(String(100), default="")
    proposed_by_account: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_by_account: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    confirmed_by: Mapped[str] = mapped_column(String(100), default="")
    confirmed_by_account: Mapped[int | None] = mapped_column(Integer)


class PointsAnnualLine(Base):
    """One member in a result: what the scorer says, what the quota leaves of it, and the grade that was decided.

    ``total`` in hundredths, ``total_text`` as the scheme prints it; ``categories`` JSON {id: points as printed};
    ``minutes`` of credited service and ``activities`` in the period. ``detail`` is JSON {"gates": [{"title",
    "grade_max"}], "vetoed": bool, "ceiling": best grade that gates and vetoes leave or None, "steps": grades that can
    be given to this person, best first}. ``grade`` is None until it is decided.
    """

    __tablename__ = "points_annual_line"
    __table_args__ = (
        UniqueConstraint("annual_id", "person_id"),
        Index("ix_points_annual_line_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    annual_id: Mapped[int] = mapped_column(ForeignKey("points_annual.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("points_branch.id"))
    home_unit_id: Mapped[int | None] = mapped_column(ForeignKey("points_home_unit.id"))
    checkin_on: Mapped[date]
    total: Mapped[int] = mapped_column(Integer)
    total_text: Mapped[str] = mapped_column(String(20))
    categories: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int] = mapped_column(Integer, default=0)
    activities: Mapped[int] = mapped_column(Integer, default=0)
    proposed_grade: Mapped[str | None] = mapped_column(String(60))
    quota_grade: Mapped[str | None] = mapped_column(String(60))
    needs_decision: Mapped[bool] = mapped_column(Boolean, default=False)
    detail: Mapped[str] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(60))
    step_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_by_account: Mapped[int | None] = mapped_column(Integer)


class PointsAnnualEvent(Base):
    """One act on a result, or with ``person_id`` on one of its lines; ``what`` is a state, or "step" for a grade.

    ``grade`` is the one given, ``reason`` the words for it, ``reference`` names the decision in the organisation's own
    records, such as the minutes of a meeting.
    """

    __tablename__ = "points_annual_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    annual_id: Mapped[int] = mapped_column(ForeignKey("points_annual.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    what: Mapped[str] = mapped_column(String(12))
    grade: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    reference: Mapped[str] = mapped_column(String(100), default="")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime]


append_only("points_annual", ("id", "public_id", "area_id", "scheme_id", "period", "no"))
append_only(
    "points_annual_event",
    tuple(column.name for column in PointsAnnualEvent.__table__.columns),
    ("actor", "reason"),
)
