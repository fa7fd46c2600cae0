"""Rounds, what takes part in them, and every change as an event; what was said about entrants is in ``records``."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id

DRAFT = "draft"
COLLECTING = "collecting"
COMPUTED = "computed"
PUBLICITY = "publicity"
FINAL = "final"
SUPERSEDED = "superseded"
# Given up before anything was counted: nothing follows.
WITHDRAWN = "withdrawn"
STATES = (DRAFT, COLLECTING, COMPUTED, PUBLICITY, FINAL, SUPERSEDED, WITHDRAWN)

# One ballot for each dwelling, or one for each owner whatever they own.
PER_UNIT, PER_OWNER = "unit", "owner"
# An entrant's result.
OK, VETOED, INSUFFICIENT = "ok", "vetoed", "insufficient_sample"


class PropertyRound(Base):
    """One rating of an area's estates by a frozen version of a scheme; ``first_on`` to ``last_on`` is its period.

    Ballots come in from opening until ``collect_until`` (a local date, inside). ``round_no`` counts computations:
    after an upheld appeal the round is computed and published anew. ``replaces_id`` is the final round that this one
    supersedes once it is final itself, for ``reason``; with ``reuses`` the ballots of that one count, and nobody votes
    anew. Whoever asks for its withdrawal and whoever withdraws it are two where the house asks for a second person.
    """

    __tablename__ = "property_round"
    __table_args__ = (Index("ix_property_round_area", "area_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("property_scheme_version.id"))
    title: Mapped[str] = mapped_column(String(100))
    period: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date]
    last_on: Mapped[date]
    per: Mapped[str] = mapped_column(String(8), default=PER_UNIT)
    organiser: Mapped[str] = mapped_column(String(100))
    # The kinds of estates that take part, with blanks between them; "" for all.
    kinds: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(12), default=DRAFT)
    opened_at: Mapped[datetime | None]
    collect_until: Mapped[date]
    computed_at: Mapped[datetime | None]
    computed_by: Mapped[str] = mapped_column(String(100), default="")
    computed_by_account: Mapped[int | None] = mapped_column(Integer)
    round_no: Mapped[int] = mapped_column(Integer, default=0)
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey("publicity.id"))
    final_at: Mapped[datetime | None]
    final_by: Mapped[str] = mapped_column(String(100), default="")
    final_by_account: Mapped[int | None] = mapped_column(Integer)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("property_round.id"), index=True)
    reuses: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(String(500), default="")
    # Why it is, or is to be, withdrawn; the public reads it once it is.
    withdrawal_reason: Mapped[str] = mapped_column(String(500), default="")
    withdrawal_asked_by: Mapped[str] = mapped_column(String(100), default="")
    withdrawal_asked_by_account: Mapped[int | None] = mapped_column(Integer)
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)


class PropertyEntrant(Base):
    """An estate in a round with the company that is rated for it, frozen when the round opens.

    The result of the last computation: ``score`` and ``raw`` are exact decimals as text, ``status`` "ok", "vetoed" or
    "insufficient_sample" ("" before), ``detail`` the parts, sample and vetoes as JSON.
    """

    __tablename__ = "property_entrant"
    __table_args__ = (
        UniqueConstraint("round_id", "estate_id"),
        Index("ix_property_entrant_company", "company_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    round_id: Mapped[int] = mapped_column(ForeignKey("property_round.id"))
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    # How many dwellings (or owners) could vote, unsold ones left out, when the round was opened.
    households: Mapped[int] = mapped_column(Integer, default=0)
    ballots: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(String(20), default="")
    raw: Mapped[str | None] = mapped_column(String(60))
    score: Mapped[str | None] = mapped_column(String(20))
    stars: Mapped[int | None] = mapped_column(Integer)
    list_place: Mapped[str] = mapped_column(String(8), default="")
    detail: Mapped[str] = mapped_column(Text, default="{}")
    # The numbered paper of the final result.
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


class PropertyRoundEvent(Base):
    """The ``no``-th change of a round, or of one entrant in it: what was done, why, and what it changed, as JSON.

    Ballots leave none: nothing here tells who voted or when.
    """

    __tablename__ = "property_round_event"
    __table_args__ = (UniqueConstraint("round_id", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("property_round.id"))
    no: Mapped[int] = mapped_column(Integer)
    entrant_id: Mapped[int | None] = mapped_column(ForeignKey("property_entrant.id"))
    action: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500), default="")
    before: Mapped[str] = mapped_column(Text, default="{}")
    after: Mapped[str] = mapped_column(Text, default="{}")
    actor: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime]


append_only(
    "property_round_event",
    tuple(column.name for column in PropertyRoundEvent.__table__.columns),
    ("actor", "reason"),
)
