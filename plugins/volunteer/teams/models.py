"""Tables of alliances, teams, who belongs to them, and projects.

A team stands in an area and may stand below another team; who belongs to it has days, so that leaving keeps what was.
Names of hosts and issuers are the organisations' own, as their papers show them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

ACTIVE, DISSOLVED = "active", "dissolved"
LEADER, DEPUTY, MEMBER = "leader", "deputy", "member"
ASKED, ACCEPTED, REFUSED, TAKEN_BACK = "asked", "accepted", "refused", "taken_back"
DRAFT, APPROVED, RUNNING, CLOSED = "draft", "approved", "running", "closed"


class VolunteerAlliance(Base):
    """Teams that work together; a team may be in several. ``closed_on`` ends it."""

    __tablename__ = "volunteer_alliance"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(500), default="", server_default="")
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class VolunteerTeam(Base):
    """One team; ``host`` is the organisation that it belongs to, "" for none.

    ``issuer_eligible`` says that ``organisation`` may issue certificates; ``head``, ``handler`` and ``contact`` stand
    on them. A dissolved team keeps its name; ``successor_id`` is the team that certifies for it.
    """

    __tablename__ = "volunteer_team"
    __table_args__ = (UniqueConstraint("area_id", "host", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    host: Mapped[str] = mapped_column(String(100), default="", server_default="")
    name: Mapped[str] = mapped_column(String(60))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_team.id"), index=True)
    about: Mapped[str] = mapped_column(String(500), default="", server_default="")
    # Whether anybody of the area may ask to join.
    open_to_join: Mapped[bool] = mapped_column(default=True, server_default=true())
    issuer_eligible: Mapped[bool] = mapped_column(default=False, server_default=false())
    organisation: Mapped[str] = mapped_column(String(100), default="", server_default="")
    head: Mapped[str] = mapped_column(String(50), default="", server_default="")
    handler: Mapped[str] = mapped_column(String(50), default="", server_default="")
    contact: Mapped[str] = mapped_column(String(100), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default=ACTIVE, server_default=ACTIVE)
    founded_on: Mapped[date | None]
    dissolved_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_team.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class VolunteerAllianceTeam(Base):
    """That a team was in an alliance from when to when (both days included); ``to_on`` None until now."""

    __tablename__ = "volunteer_alliance_team"
    __table_args__ = (
        Index(
            "ux_volunteer_alliance_team_open",
            "alliance_id",
            "team_id",
            unique=True,
            sqlite_where=text("to_on IS NULL"),
            postgresql_where=text("to_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alliance_id: Mapped[int] = mapped_column(ForeignKey("volunteer_alliance.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("volunteer_team.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class VolunteerMember(Base):
    """That a person belonged to a team, in which role, from when to when (both days included)."""

    __tablename__ = "volunteer_member"
    __table_args__ = (
        Index(
            "ux_volunteer_member_open",
            "team_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_on IS NULL"),
            postgresql_where=text("left_on IS NULL"),
        ),
        Index("ix_volunteer_member_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    team_id: Mapped[int] = mapped_column(ForeignKey("volunteer_team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(10), default=MEMBER)
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))


class VolunteerJoining(Base):
    """That somebody asked to join a team, and what was answered. ``state``: asked, accepted, refused, taken_back."""

    __tablename__ = "volunteer_joining"
    __table_args__ = (
        Index(
            "ux_volunteer_joining_open",
            "team_id",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_volunteer_joining_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    team_id: Mapped[int] = mapped_column(ForeignKey("volunteer_team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(200), default="", server_default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class VolunteerProject(Base):
    """What a team does over some time, with a code that is used once. ``state``: draft, approved, running, closed."""

    __tablename__ = "volunteer_project"
    __table_args__ = (Index("ix_volunteer_project_team", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("volunteer_team.id"))
    title: Mapped[str] = mapped_column(String(100))
    category: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(500), default="", server_default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
