"""Organisations that take wishes, who stands for them and takes part in them, and wishes that were sent to them.

A wish is on its way to one organisation at a time, which a unique key keeps. Links of accounts are ended, never
deleted; what happened to a wish that was sent stands in ``WishesDispatchStep``, the dispatch itself has the outcome.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

ORGANISATION_KINDS = ("unit", "company", "department", "village", "team")

# States of a wish that was sent to an organisation.
SENT = "sent"
ACCEPTED = "accepted"
ANSWERED = "answered"
RETURNED = "returned"
RECALLED = "recalled"
DISPATCH_STATES = (SENT, ACCEPTED, ANSWERED, RETURNED, RECALLED)
# It is on its way: somebody still has to answer.
WAITING = (SENT, ACCEPTED)
REMINDED = "reminded"


class WishesOrganisation(Base):
    """A unit, company, department, village or team that claims wishes, or gets them sent, in an area and below."""

    __tablename__ = "wishes_organisation"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(12))
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class WishesLiaison(Base):
    """An account that acts for an organisation: ``from_on`` and ``to_on`` (None: still) are both inside."""

    __tablename__ = "wishes_liaison"
    __table_args__ = (
        Index("ix_wishes_liaison_account", "account_id", "organisation_id"),
        Index(
            "uq_wishes_liaison_open", "organisation_id", "account_id", unique=True,
            sqlite_where=text("to_on IS NULL"), postgresql_where=text("to_on IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("wishes_organisation.id"))
    # Without a foreign key, like every account that is remembered: erasing its holder takes the account away.
    account_id: Mapped[int] = mapped_column(Integer)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(100))


class WishesOrganisationMember(Base):
    """Somebody who takes part in what an organisation brings, until ``ended_at``; whoever claims for it picks them."""

    __tablename__ = "wishes_organisation_member"
    __table_args__ = (
        Index(
            "uq_wishes_organisation_member_open", "organisation_id", "person_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_wishes_organisation_member_person", "person_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("wishes_organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]


class WishesRoute(Base):
    """Where wishes of a category of an area and below are sent, and in how many working days they are answered."""

    __tablename__ = "wishes_route"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(12), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("wishes_organisation.id"))
    days: Mapped[int] = mapped_column(Integer)


class WishesDispatch(Base):
    """A wish that was sent to an organisation, to be answered by ``due_on`` (inside).

    ``request`` is what the office asks for, ``answer`` what the organisation says; ``reminded_on`` is the day of the
    last reminder and ``reminders`` their number.
    """

    __tablename__ = "wishes_dispatch"
    __table_args__ = (
        Index(
            "uq_wishes_dispatch_waiting", "wish_id", unique=True,
            sqlite_where=text("state IN ('sent', 'accepted')"),
            postgresql_where=text("state IN ('sent', 'accepted')"),
        ),
        Index("ix_wishes_dispatch_organisation", "organisation_id", "state"),
        Index("ix_wishes_dispatch_due", "state", "due_on"),
        CheckConstraint("state IN ('sent', 'accepted', 'answered', 'returned', 'recalled')", name="state"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("wishes_organisation.id"))
    state: Mapped[str] = mapped_column(String(12), default=SENT)
    due_on: Mapped[date]
    request: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(100))
    sent_by_account: Mapped[int | None] = mapped_column(Integer)
    reminded_on: Mapped[date | None]
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    ended_at: Mapped[datetime | None]


class WishesDispatchStep(Base):
    """What happened to a wish that was sent: one of the states, or "reminded"."""

    __tablename__ = "wishes_dispatch_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("wishes_dispatch.id"), index=True)
    action: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(1000), default="")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


append_only(
    "wishes_liaison",
    ("id", "public_id", "organisation_id", "account_id", "from_on", "linked_at", "linked_by"),
    ("linked_by",),
)
append_only(
    "wishes_dispatch_step",
    ("id", "dispatch_id", "action", "note", "actor", "account_id", "at"),
    ("note", "actor"),
)
