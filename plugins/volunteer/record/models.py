"""Tables of the record: profiles of stars and who holds which, commendations, evaluations, and what both sides show.

Complaints and disputes themselves are objections of the core, with its clock and its rule that somebody else answers;
here stands only what either side adds to one. Rows stand under the person's id they were given for and are read over
all rows of a human being; stars move to the kept row, whose total they follow.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

ELIGIBLE = "eligible"
AWARDED = "awarded"
UNDER_REVIEW = "under_review"
WITHDRAWN = "withdrawn"
STATES = (ELIGIBLE, AWARDED, UNDER_REVIEW, WITHDRAWN)
# States in which somebody may call themselves by the star.
HELD = (AWARDED, UNDER_REVIEW)

RECORDED = "recorded"
VOIDED = "voided"

LEADER, RECIPIENT, VOLUNTEER = "leader", "recipient", "volunteer"
SIDES = (LEADER, RECIPIENT, VOLUNTEER)


class VolunteerStarProfile(Base):
    """A version of a profile of stars, in force in ``area_id`` and below from ``valid_from`` on.

    ``code`` tells profiles apart, ``version`` counts those of one code and area. ``rules`` is JSON: {"levels":
    [{"title", "minutes"}], "window": "total" | "year" | "cycle", "cycle_years", "klass": "all" | "credit", "mode":
    "auto" | "selected"}. Not ``used``: from then on nobody earns stars of this profile here.
    """

    __tablename__ = "volunteer_star_profile"
    __table_args__ = (UniqueConstraint("area_id", "code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(60))
    rules: Mapped[str] = mapped_column(Text)
    used: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)


class VolunteerStarAward(Base):
    """A star that a person has reached in a period ("all", "2026", "2026-2027"), and what became of it.

    ``needed`` minutes, the class they are counted of and the title are those of the profile's version then, so that a
    later version changes no star that was given. ``kept_minutes`` is the total with which somebody decided to leave a
    star in spite of it.
    """

    __tablename__ = "volunteer_star_award"
    __table_args__ = (
        UniqueConstraint("person_id", "profile", "period", "level"),
        Index("ix_volunteer_star_award_state", "state", "profile"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    profile: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    period: Mapped[str] = mapped_column(String(9))
    level: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(60))
    needed: Mapped[int] = mapped_column(Integer)
    klass: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12))
    reached_on: Mapped[date]
    awarded_on: Mapped[date | None]
    kept_minutes: Mapped[int | None] = mapped_column(Integer)


class VolunteerStarEvent(Base):
    """One step of a star: ``what`` is a state or "kept"; ``minutes`` the total then, ``actor`` "" for the system."""

    __tablename__ = "volunteer_star_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("volunteer_star_award.id"), index=True)
    what: Mapped[str] = mapped_column(String(12))
    minutes: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(500), default="")
    actor: Mapped[str] = mapped_column(String(100), default="")
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


class VolunteerAward(Base):
    """A commendation (表彰) that somebody received, from whichever organisation; a wrong one is voided."""

    __tablename__ = "volunteer_award"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    title: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(16))
    awarded_by: Mapped[str] = mapped_column(String(100))
    awarded_on: Mapped[date]
    document_no: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(12), default=RECORDED)
    void_reason: Mapped[str] = mapped_column(String(500), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


class VolunteerEvaluation(Base):
    """How one side saw a session, 1 (poor) to 5 (very good).

    ``side`` "leader" and "recipient" speak of the volunteer, "volunteer" of the activity and its organiser.
    ``rater`` tells those apart who may each speak once: "person:<id>", "account:<id>", or a digest of the name that a
    recipient without an account gave, of which only the first character is kept in ``rater_name``.
    """

    __tablename__ = "volunteer_evaluation"
    __table_args__ = (UniqueConstraint("entry_id", "rater"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    side: Mapped[str] = mapped_column(String(10))
    rater: Mapped[str] = mapped_column(String(80))
    rater_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    rater_name: Mapped[str] = mapped_column(String(60), default="")
    score: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


class VolunteerEvidence(Base):
    """What one side says or shows in a complaint or dispute; ``objector`` tells whose side it is."""

    __tablename__ = "volunteer_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id"), index=True)
    objector: Mapped[bool] = mapped_column(Boolean)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)


append_only(
    "volunteer_star_profile",
    tuple(column.name for column in VolunteerStarProfile.__table__.columns),
    ("created_by",),
)
append_only(
    "volunteer_star_event",
    tuple(column.name for column in VolunteerStarEvent.__table__.columns),
    ("actor", "reason"),
)
append_only(
    "volunteer_evidence",
    tuple(column.name for column in VolunteerEvidence.__table__.columns),
    ("actor", "words"),
)
