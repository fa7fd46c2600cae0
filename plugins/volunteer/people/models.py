"""Tables of registered volunteers: the number, numbers elsewhere, guardians and their consent, insurance, training.

Rows stand under the id of the person that was named; whoever reads looks over all rows of a merged person.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

APPLICANT, ACTIVE, SUSPENDED, WITHDRAWN = "applicant", "active", "suspended", "withdrawn"


class VolunteerSeries(Base):
    """The last running number given out in a year; none is given twice, whatever becomes of the volunteer."""

    __tablename__ = "volunteer_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class VolunteerProfile(Base):
    """That a person is a volunteer. ``volunteer_no`` comes with the registration; an applicant has none.

    ``state``: applicant, active, suspended, withdrawn; ``reason`` says why it is the present one. ``way``: staff,
    phone, list.
    """

    __tablename__ = "volunteer_profile"
    __table_args__ = (
        UniqueConstraint("volunteer_no"),
        Index("ix_volunteer_profile_state", "state"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    volunteer_no: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    way: Mapped[str] = mapped_column(String(10), default="staff", server_default="staff")
    # What an applicant says of skills and times.
    words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    applied_at: Mapped[datetime]
    registered_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")


class VolunteerExternalId(Base):
    """The number under which another system knows a volunteer; ``system`` is a key of ``numbers.SYSTEMS``."""

    __tablename__ = "volunteer_external_id"
    __table_args__ = (UniqueConstraint("system", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    system: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))


class VolunteerGuardian(Base):
    """That ``guardian_id`` is the guardian of ``person_id``, as staff have seen; ``ended_at`` ends it."""

    __tablename__ = "volunteer_guardian"
    __table_args__ = (
        Index(
            "ux_volunteer_guardian_open",
            "person_id",
            "guardian_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_volunteer_guardian_guardian", "guardian_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    relation: Mapped[str] = mapped_column(String(20))
    seen: Mapped[str] = mapped_column(String(100), default="", server_default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class VolunteerConsent(Base):
    """A guardian's consent to a minor's service from day to day (both included), ``to_on`` None until of age.

    ``method``: paper or phone; ``evidence`` names the paper. ``withdrawn_at`` ends it from then on, never backwards.
    """

    __tablename__ = "volunteer_consent"
    __table_args__ = (Index("ix_volunteer_consent_guardian", "guardian_row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    guardian_row_id: Mapped[int] = mapped_column(ForeignKey("volunteer_guardian.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    method: Mapped[str] = mapped_column(String(10))
    evidence: Mapped[str] = mapped_column(String(100), default="", server_default="")
    given_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class VolunteerInsurance(Base):
    """An accident policy that covers a person or everybody at an activity from day to day (both included)."""

    __tablename__ = "volunteer_insurance"
    __table_args__ = (
        Index("ix_volunteer_insurance_person", "person_id"),
        Index("ix_volunteer_insurance_activity", "activity_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
    policy_no: Mapped[str] = mapped_column(String(60))
    insurer: Mapped[str] = mapped_column(String(60), default="", server_default="")
    from_on: Mapped[date]
    to_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]


class VolunteerTraining(Base):
    """A training that a person passed; ``qualification`` is what activities ask for, "" for none.

    It holds from ``on_date`` to ``valid_until`` (both included), None for good. ``voided_at`` takes a wrong row back.
    """

    __tablename__ = "volunteer_training"
    __table_args__ = (Index("ix_volunteer_training_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(100))
    qualification: Mapped[str] = mapped_column(String(60), default="", server_default="")
    minutes: Mapped[int] = mapped_column(Integer)
    on_date: Mapped[date]
    valid_until: Mapped[date | None]
    certificate_no: Mapped[str] = mapped_column(String(60), default="", server_default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    voided_at: Mapped[datetime | None]
