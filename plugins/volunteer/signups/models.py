"""Tables of recruiting: what an activity of the log asks of volunteers, its shifts, and who signed up for them.

The activity itself (title, day, window, place) is the core's. A sign-up stands under the person that was given; whoever
reads looks over all rows of a merged person. ``volunteer_slot.taken`` counts the sign-ups that hold a place and never
exceeds the capacity: it is raised by one conditional update, so that two phones cannot take the same last place.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

DRAFT, OPEN, CLOSED, CANCELLED = "draft", "open", "closed", "cancelled"
RECRUITING = (DRAFT, OPEN, CLOSED, CANCELLED)

APPLIED, WAITLISTED, APPROVED = "applied", "waitlisted", "approved"
REJECTED, WITHDRAWN, NO_SHOW = "rejected", "cancelled", "no_show"
STATES = (APPLIED, WAITLISTED, APPROVED, REJECTED, WITHDRAWN, NO_SHOW)
# Who asked first keeps a place while staff look; what was refused or taken back frees it.
HOLDING = (APPLIED, APPROVED, NO_SHOW)
# What is still to come of a person: both keep their other times free of it.
LIVE = (APPLIED, WAITLISTED, APPROVED)

# Who finds the activity: everybody, people of its area and below, members of its team.
EVERYBODY, AREA, TEAM = "everybody", "area", "team"
AUDIENCES = (EVERYBODY, AREA, TEAM)


class VolunteerActivity(Base):
    """What an activity asks of volunteers; ``state``: draft, open, closed, cancelled.

    ``min_age`` None: no limit of its own. ``guardian_present``: guardians stay with all children. ``on_duty_excluded``:
    whoever keeps sign-ups here as their work does not serve. ``sign_up_hours`` and
    ``cancel_hours`` before a shift begins people may no longer sign up, or take it back themselves. ``series`` is the
    same for all weeks of a series, "" for a single day.
    """

    __tablename__ = "volunteer_activity"
    __table_args__ = (
        Index("ix_volunteer_activity_area", "area_id", "state"),
        Index("ix_volunteer_activity_team", "team_id"),
        Index("ix_volunteer_activity_series", "series"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'cancelled')", name="state"),
    )

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_team.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_project.id"), index=True)
    category: Mapped[str] = mapped_column(String(20), default="", server_default="")
    audience: Mapped[str] = mapped_column(String(10), default=EVERYBODY)
    needs_approval: Mapped[bool] = mapped_column(default=True, server_default=true())
    hazardous: Mapped[bool] = mapped_column(default=False, server_default=false())
    min_age: Mapped[int | None] = mapped_column(Integer)
    guardian_present: Mapped[bool] = mapped_column(default=False, server_default=false())
    insurance_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    qualification: Mapped[str] = mapped_column(String(60), default="", server_default="")
    on_duty_excluded: Mapped[bool] = mapped_column(default=False, server_default=false())
    sign_up_hours: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    cancel_hours: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    about: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    contact: Mapped[str] = mapped_column(String(100), default="", server_default="")
    series: Mapped[str] = mapped_column(String(16), default="", server_default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")


class VolunteerSlot(Base):
    """A role with its time: ``taken`` of ``capacity`` places are held; ``queued`` numbers the waiting list."""

    __tablename__ = "volunteer_slot"
    __table_args__ = (
        UniqueConstraint("activity_id", "role", "starts_at"),
        Index("ix_volunteer_slot_starts", "starts_at"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    activity_id: Mapped[int] = mapped_column(ForeignKey("volunteer_activity.activity_id"))
    role: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    queued: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class VolunteerSignup(Base):
    """That a person signed up for a shift; one row for each pair, used again by whoever comes back.

    ``state``: applied, waitlisted, approved, rejected, cancelled, no_show. ``place`` is the number on the waiting list.
    ``team_id`` is for which team the person serves, chosen at sign-up. ``guardian_id`` is who signed a child up,
    ``party`` is the same for all who were signed up together. ``news``: the person has not seen the last change.
    """

    __tablename__ = "volunteer_signup"
    __table_args__ = (
        UniqueConstraint("slot_id", "person_id"),
        Index("ix_volunteer_signup_person", "person_id", "state"),
        Index("ix_volunteer_signup_state", "slot_id", "state", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    slot_id: Mapped[int] = mapped_column(ForeignKey("volunteer_slot.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_team.id"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    party: Mapped[str] = mapped_column(String(60), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10))
    place: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    news: Mapped[bool] = mapped_column(default=False, server_default=false())
    signed_up_at: Mapped[datetime]
    signed_up_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_by_account: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
