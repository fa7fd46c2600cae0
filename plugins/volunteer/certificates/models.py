"""Tables of certificates: what of a document is theirs, the entries it states with their minutes, and requests for one.

Number, paper, snapshot and state belong to the core's document; a certificate adds whose records it rests on. Its rows
are never changed, and they stay when its holder is erased: they say how long somebody served, not who.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only, new_public_id

ASKED, ISSUED, REFUSED, TAKEN_BACK = "asked", "issued", "refused", "taken_back"


class VolunteerCertificate(Base):
    """A certificate of service: ``team_id`` None where the community issues it.

    ``minutes`` are all that it states, ``credit_minutes`` those that the system itself has timed. ``by_holder`` says
    that the holder took it out, with nothing in it that anybody chose or typed.
    """

    __tablename__ = "volunteer_certificate"
    __table_args__ = (
        Index("ix_volunteer_certificate_area", "area_id", "id"),
        Index("ix_volunteer_certificate_person", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_team.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    minutes: Mapped[int] = mapped_column(Integer)
    credit_minutes: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(Integer)
    by_holder: Mapped[bool] = mapped_column(default=False, server_default=false())


class VolunteerCertificateItem(Base):
    """An entry that a certificate states, with what it was worth then."""

    __tablename__ = "volunteer_certificate_item"

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("volunteer_certificate.id"), primary_key=True, autoincrement=False
    )
    entry_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("entry.id"), primary_key=True, autoincrement=False, index=True
    )
    minutes: Mapped[int] = mapped_column(Integer)
    klass: Mapped[str] = mapped_column(String(6))


class VolunteerCertificateRequest(Base):
    """That somebody asked for a certificate that staff have to issue, and what was answered; one is open at a time."""

    __tablename__ = "volunteer_certificate_request"
    __table_args__ = (
        Index(
            "ux_volunteer_certificate_request_open",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_volunteer_certificate_request_area", "area_id", "state", "id"),
        CheckConstraint("state IN ('asked', 'issued', 'refused', 'taken_back')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(200), default="", server_default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("volunteer_certificate.id"))


for _table in (VolunteerCertificate, VolunteerCertificateItem):
    append_only(_table.__tablename__, tuple(column.name for column in _table.__table__.columns))
