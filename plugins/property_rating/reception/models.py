"""Reception days of managers, what people brought to them, and what became of it.

A reception day belongs to an estate and to the company that manages it on that day. Each item has a promised day that
never moves; the handler says that it is solved or cannot be, and somebody else asks again (the revisit).
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

OPEN, SOLVED, UNSOLVED = "open", "solved", "unsolved"
STATES = (OPEN, SOLVED, UNSOLVED)
# What the revisit found; "" before it.
CONFIRMED, DENIED = "confirmed", "denied"
# Steps in the life of an item.
LOGGED = "logged"


class PropertyReception(Base):
    """A published reception day of an estate's manager: local date and times, place; called off with a reason."""

    __tablename__ = "property_reception"
    __table_args__ = (
        UniqueConstraint("estate_id", "on_date", "starts"),
        Index("ix_property_reception_company", "company_id", "on_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    on_date: Mapped[date]
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    place: Mapped[str] = mapped_column(String(100))
    manager: Mapped[str] = mapped_column(String(40))
    # How many items were logged: the next one's number.
    items: Mapped[int] = mapped_column(Integer, default=0)
    called_off_at: Mapped[datetime | None]
    called_off_reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PropertyReceptionItem(Base):
    """What somebody brought to a reception day; ``person_id`` only where a participant wants an answer.

    ``state`` and ``revisit`` are the cached outcome of the steps; ``handled_by_account`` said that it is solved, and
    is not who asks again.
    """

    __tablename__ = "property_reception_item"
    __table_args__ = (
        UniqueConstraint("reception_id", "no"),
        Index("ix_property_reception_item_open", "state", "promised_on"),
        Index("ix_property_reception_item_person", "person_id"),
        CheckConstraint("state IN ('open', 'solved', 'unsolved')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    reception_id: Mapped[int] = mapped_column(ForeignKey("property_reception.id"))
    no: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(String(500))
    promised_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    handled_on: Mapped[date | None]
    handled_by: Mapped[str] = mapped_column(String(100), default="")
    handled_by_account: Mapped[int | None] = mapped_column(Integer)
    revisit: Mapped[str] = mapped_column(String(10), default="")
    revisited_on: Mapped[date | None]
    logged_at: Mapped[datetime]
    logged_by: Mapped[str] = mapped_column(String(100))
    logged_by_account: Mapped[int | None] = mapped_column(Integer)


class PropertyReceptionStep(Base):
    """One step of an item: logged, solved, unsolved, confirmed or denied, with the actor's words."""

    __tablename__ = "property_reception_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("property_reception_item.id"), index=True)
    action: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(300), default="")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


append_only(
    "property_reception_step",
    ("id", "item_id", "action", "note", "actor", "account_id", "at"),
    ("note", "actor"),
)
