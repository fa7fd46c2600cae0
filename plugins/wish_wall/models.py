"""Wishes, claims with those who take part, what happened to them, and households; parts have further tables.

``WishesWish.taken`` is the number of places that live claims hold: it is changed by one conditional update and never
counted. A human being is live at most once on a wish, which a unique key on ``WishesClaimMember`` keeps.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only, new_public_id

# The plugin as areas switch it on.
NAME = "wish_wall"

# States of a wish.
SUBMITTED = "submitted"
RETURNED = "returned"
REJECTED = "rejected"
CONVERTED = "converted"
PUBLISHED = "published"
CLAIMED = "claimed"
REALIZED = "realized"
EXPIRED = "expired"
WITHDRAWN = "withdrawn"
STATES = (SUBMITTED, RETURNED, PUBLISHED, CLAIMED, REALIZED, EXPIRED, REJECTED, CONVERTED, WITHDRAWN)
# A household has one of these at a time.
OPEN = (SUBMITTED, RETURNED, PUBLISHED, CLAIMED)
# What strangers may know of.
ON_THE_WALL = (PUBLISHED, CLAIMED, REALIZED)

# States of a claim.
ACTIVE = "active"
DELIVERED = "delivered"
CONFIRMED = "confirmed"
RELEASED = "released"
REVOKED = "revoked"
LAPSED = "lapsed"
VOIDED = "voided"
CLAIM_STATES = (ACTIVE, DELIVERED, CONFIRMED, RELEASED, REVOKED, LAPSED, VOIDED)
LIVE = (ACTIVE, DELIVERED, CONFIRMED)

CATEGORIES = ("item", "service", "skill", "company")
# How a wish came in.
SELF, BEHALF, SHEET = "self", "behalf", "sheet"


class WishesHousehold(Base):
    """An optional group of participants, used for conflicts of interest alone: it has neither name nor address."""

    __tablename__ = "wishes_household"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class WishesHouseholdMember(Base):
    """Somebody of a household, until ``ended_at``; nobody is of two at a time."""

    __tablename__ = "wishes_household_member"
    __table_args__ = (
        Index("ix_wishes_household_member_household", "household_id"),
        Index(
            "uq_wishes_household_member_open", "person_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("wishes_household.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]


class WishesWish(Base):
    """One wish. ``amount`` is the value of what is asked for in fen (0.01 yuan), 0 for services.

    ``title`` and ``public_text`` are what the wall shows, frozen after the first claim (``frozen_at``);
    ``private_text`` (door, phone, what is to be known) is for the office and for whoever holds a claim. ``hidden``:
    the wisher wants it kept off the public wall. ``number`` counts within the year: "2026-0012" names a wish in
    public. ``taken`` of ``slots`` places are held by live claims. ``area_id`` is where the wisher belongs.
    """

    __tablename__ = "wishes_wish"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_wishes_wish_area", "area_id", "state", "submitted_at"),
        Index("ix_wishes_wish_person", "person_id"),
        Index("ix_wishes_wish_household", "household_id"),
        Index("ix_wishes_wish_campaign", "campaign_id"),
        Index("ix_wishes_wish_expiry", "state", "expires_at"),
        CheckConstraint("taken >= 0 AND taken <= slots", name="places"),
        CheckConstraint("slots BETWEEN 1 AND 10", name="slots"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("wishes_household.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("wishes_campaign.id"))
    category: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(60))
    public_text: Mapped[str] = mapped_column(Text, default="")
    private_text: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int] = mapped_column(Integer, default=0)
    slots: Mapped[int] = mapped_column(Integer, default=1)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(12), default=SUBMITTED)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)
    channel: Mapped[str] = mapped_column(String(8), default=SELF)
    consent_at: Mapped[datetime | None]
    consent_note: Mapped[str] = mapped_column(String(200), default="")
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str] = mapped_column(String(100))
    submitted_by_account: Mapped[int | None] = mapped_column(Integer)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(String(100), default="")
    reviewed_by_account: Mapped[int | None] = mapped_column(Integer)
    published_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WishesClaim(Base):
    """``qty`` places of a wish taken by a person with their team, or by an organisation.

    ``contact_due`` is when it lapses without a contact, ``deliver_due`` by when it should be brought once there was
    one; ``minutes`` is what the confirmer states of the time it took; ``assigned`` by the office rather than claimed.
    The people of it, the claimer first, are its members.
    """

    __tablename__ = "wishes_claim"
    __table_args__ = (
        Index("ix_wishes_claim_wish", "wish_id", "state"),
        Index("ix_wishes_claim_person", "person_id", "state"),
        Index("ix_wishes_claim_due", "state", "contact_due"),
        Index(
            "uq_wishes_claim_organisation", "wish_id", "organisation_id", unique=True,
            sqlite_where=text("state IN ('active', 'delivered', 'confirmed')"),
            postgresql_where=text("state IN ('active', 'delivered', 'confirmed')"),
        ),
        CheckConstraint("qty >= 1", name="qty"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("wishes_organisation.id"))
    assigned: Mapped[bool] = mapped_column(Boolean, default=False)
    qty: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(12), default=ACTIVE)
    claimed_at: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(100))
    claimed_by_account: Mapped[int | None] = mapped_column(Integer)
    contact_due: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    deliver_due: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    delivery_note: Mapped[str] = mapped_column(Text, default="")
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(String(100), default="")
    confirmed_by_account: Mapped[int | None] = mapped_column(Integer)
    rating: Mapped[int | None] = mapped_column(Integer)
    thanks: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(200), default="")


class WishesClaimMember(Base):
    """Somebody who takes part in a claim, by ``place`` of the team; ``entry_id`` is what confirming recorded.

    ``live`` while the claim is: the unique key then keeps anybody from being on a wish twice. ``agreed_at`` is None for
    whoever was named and has not answered; ``left_at`` is when they took themselves off the team.
    """

    __tablename__ = "wishes_claim_member"
    __table_args__ = (
        UniqueConstraint("claim_id", "person_id"),
        Index(
            "uq_wishes_claim_member_live", "wish_id", "person_id", unique=True,
            sqlite_where=text("live"), postgresql_where=text("live"),
        ),
        Index("ix_wishes_claim_member_person", "person_id", "live"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("wishes_claim.id"))
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    place: Mapped[int] = mapped_column(Integer)
    live: Mapped[bool] = mapped_column(Boolean, default=True)
    agreed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("entry.id"), index=True)


class WishesEvent(Base):
    """What was done with a wish or a claim of it, when and by whom: the states before and after, "" where none."""

    __tablename__ = "wishes_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wishes_wish.id"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("wishes_claim.id"))
    action: Mapped[str] = mapped_column(String(12))
    before: Mapped[str] = mapped_column(String(12), default="")
    after: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


append_only(
    "wishes_event",
    ("id", "wish_id", "claim_id", "action", "before", "after", "reason", "actor", "account_id", "at"),
    ("reason", "actor"),
)
