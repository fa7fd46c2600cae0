"""Tables of what is said about entrants: raters' sheets, vetoes, companies' replies, appeals and their supporters.

Nothing is overwritten: a sheet or veto that was wrong is taken back with a reason, and another takes its place.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

# Of what stands, and of what was taken back or replaced by a later one.
LIVE, REPLACED, TAKEN_BACK = "live", "replaced", "taken_back"
ALLEGED, VETO_CONFIRMED = "alleged", "confirmed"
VETO_STATUSES = (ALLEGED, VETO_CONFIRMED)
# An appeal of owners gathers supporters until the share that the scheme asks for stands behind it.
GATHERING, OPEN, UPHELD, REJECTED, LAPSED = "gathering", "open", "upheld", "rejected", "lapsed"
# Taken back by who raised it, before anybody ruled.
RETRACTED = "withdrawn"
COMPANY, OWNERS = "company", "owners"
# How an owner's support came: by their own account, or signed on paper and entered by staff.
SELF, PAPER, VISIT = "self", "paper", "visit"
BY_STAFF = (PAPER, VISIT)


class PropertyRaterSheet(Base):
    """What one rater gives an entrant in one part: ``value`` is an exact decimal 0..100 as text, with its evidence.

    ``rater`` is the body or expert that rated, "社区居委会" say; ``no`` counts the versions of one rater's sheet. One
    that was taken over from a replaced round names the sheet with which its photos lie, ``photos_of_id``.
    """

    __tablename__ = "property_rater_sheet"
    __table_args__ = (
        Index(
            "uq_property_rater_sheet_live", "entrant_id", "part", "rater", unique=True,
            sqlite_where=text("state = 'live'"), postgresql_where=text("state = 'live'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    part: Mapped[str] = mapped_column(String(40))
    rater: Mapped[str] = mapped_column(String(60))
    no: Mapped[int] = mapped_column(Integer, default=1)
    value: Mapped[str] = mapped_column(String(20))
    evidence: Mapped[str] = mapped_column(String(1000))
    photos_of_id: Mapped[int | None] = mapped_column(ForeignKey("property_rater_sheet.id"))
    state: Mapped[str] = mapped_column(String(12), default=LIVE)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


class PropertyVeto(Base):
    """An event of the scheme's veto list for an entrant; it counts when ``confirmed`` by a numbered decision of a day
    inside the round's period."""

    __tablename__ = "property_veto"
    __table_args__ = (Index("ix_property_veto_entrant", "entrant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    event: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(500), default="")
    document_no: Mapped[str] = mapped_column(String(60), default="")
    decided_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default=LIVE)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


class PropertyReply(Base):
    """A company's words on its result, shown beside it; the last one by ``id`` stands."""

    __tablename__ = "property_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"), index=True)
    words: Mapped[str] = mapped_column(String(2000))
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(100))
    written_by_account: Mapped[int | None] = mapped_column(Integer)


class PropertyAppeal(Base):
    """An appeal against an entrant's result as computed the ``round_no``-th time, by its company or by owners.

    ``needed`` and ``supporting`` are votes of owners at the time; ``hearing`` is what was said when both sides were
    heard, ``ruling`` the reason of the decision. ``unchanged`` says why the score stays although it was upheld.
    """

    __tablename__ = "property_appeal"
    __table_args__ = (
        Index("ix_property_appeal_entrant", "entrant_id"),
        Index(
            "uq_property_appeal_live", "entrant_id", "side", unique=True,
            sqlite_where=text("state IN ('gathering', 'open')"),
            postgresql_where=text("state IN ('gathering', 'open')"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    round_no: Mapped[int] = mapped_column(Integer)
    side: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text)
    needed: Mapped[int] = mapped_column(Integer, default=0)
    supporting: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    raised_at: Mapped[datetime]
    raised_by: Mapped[str] = mapped_column(String(100))
    raised_by_account: Mapped[int | None] = mapped_column(Integer)
    raised_by_person: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    heard_on: Mapped[date | None]
    hearing: Mapped[str] = mapped_column(String(1000), default="")
    ruled_at: Mapped[datetime | None]
    ruled_by: Mapped[str] = mapped_column(String(100), default="")
    ruled_by_account: Mapped[int | None] = mapped_column(Integer)
    ruling: Mapped[str] = mapped_column(String(1000), default="")
    unchanged: Mapped[str] = mapped_column(String(500), default="")
    retracted_at: Mapped[datetime | None]
    retracted_why: Mapped[str] = mapped_column(String(500), default="")


class PropertyAppealSupport(Base):
    """An owner who stands behind an appeal; which vote that is, only counting knows.

    A signature on paper is entered by staff for the ``dwelling_id`` that stands beside it; while it ``waits`` for a
    second person it counts for nothing.
    """

    __tablename__ = "property_appeal_support"
    __table_args__ = (UniqueConstraint("appeal_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("property_appeal.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    joined_on: Mapped[date]
    method: Mapped[str] = mapped_column(String(8), default=SELF)
    dwelling_id: Mapped[int | None] = mapped_column(ForeignKey("property_dwelling.id"))
    waits: Mapped[bool] = mapped_column(Boolean, default=False)
    entered_by: Mapped[str] = mapped_column(String(100), default="")
    entered_by_account: Mapped[int | None] = mapped_column(Integer)


append_only(
    "property_rater_sheet",
    tuple(c.name for c in PropertyRaterSheet.__table__.columns if c.name != "state"),
    ("recorded_by",),
)
append_only(
    "property_veto",
    tuple(c.name for c in PropertyVeto.__table__.columns if c.name != "state"),
    ("recorded_by",),
)
append_only("property_reply", tuple(c.name for c in PropertyReply.__table__.columns), ("words", "written_by"))
