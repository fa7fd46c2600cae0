"""Credit items, listings and measures of companies; none is deleted, each keeps who ended it and why."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

# Where an item comes from. A base is what the good and bad points are added to, the newest that has begun.
BASE, MANUAL, LISTED, RECEPTION = "base", "manual", "list", "reception"

TALK, RECTIFY, REPLACE = "talk", "rectify", "replace_manager"
MEASURES = (TALK, RECTIFY, REPLACE)
# A measure is open until somebody reports it done, and done when somebody else has looked.
OPEN, REPORTED, DONE, CANCELLED = "open", "reported", "done", "cancelled"
STATES = (OPEN, REPORTED, DONE, CANCELLED)


class PropertyListing(Base):
    """An estate and its company on the red or black list of a final round.

    ``rectify_by`` is the last day on which a repair takes the deduction back; ``rectified_on`` the day on which the
    repair was reported that somebody else found done. ``ended_on`` is set when the round is superseded.
    """

    __tablename__ = "property_listing"
    __table_args__ = (
        UniqueConstraint("entrant_id"),
        Index("ix_property_listing_area", "area_id", "listed_on"),
        Index("ix_property_listing_company", "company_id"),
        Index("ix_property_listing_estate", "estate_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("property_round.id"), index=True)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    colour: Mapped[str] = mapped_column(String(8))
    # Black in how many final rounds with a result on end, this one included; 0 for red ones.
    in_a_row: Mapped[int] = mapped_column(Integer, default=0)
    listed_on: Mapped[date]
    rectify_by: Mapped[date | None]
    rectified_on: Mapped[date | None]
    ended_on: Mapped[date | None]


class PropertyCreditItem(Base):
    """Points of a company (of one estate, where it is named) from a day on, before ``to_on`` (None: by its scheme).

    ``points`` is an exact decimal as text. ``key`` keeps what is derived (a listing, a reception period) from being
    entered twice; a void keeps the row.
    """

    __tablename__ = "property_credit_item"
    __table_args__ = (Index("ix_property_credit_item_company", "company_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    estate_id: Mapped[int | None] = mapped_column(ForeignKey("property_estate.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("property_listing.id"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    points: Mapped[str] = mapped_column(String(20))
    serious: Mapped[bool] = mapped_column(Boolean, default=False)
    document_no: Mapped[str] = mapped_column(String(60), default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str] = mapped_column(String(100), default="")
    void_reason: Mapped[str] = mapped_column(String(200), default="")


class PropertyMeasure(Base):
    """Something a company has to do by a day: a talk, a repair, another manager; checked by somebody else."""

    __tablename__ = "property_measure"
    __table_args__ = (
        Index("ix_property_measure_area", "area_id", "state", "due_on"),
        Index("ix_property_measure_company", "company_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    estate_id: Mapped[int | None] = mapped_column(ForeignKey("property_estate.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("property_listing.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(500))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    report: Mapped[str] = mapped_column(String(1000), default="")
    reported_on: Mapped[date | None]
    reported_by: Mapped[str] = mapped_column(String(100), default="")
    reported_by_account: Mapped[int | None] = mapped_column(Integer)
    finding: Mapped[str] = mapped_column(String(500), default="")
    checked_on: Mapped[date | None]
    checked_by: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
