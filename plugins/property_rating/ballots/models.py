"""The roll of a round, its ballots, and what was refused: no column and no order leads from a ballot to a voter.

The roll says which dwellings may vote, which have, on which day and how; a ballot says what was answered for an estate
and nothing else. Neither holds an instant. A ballot's key is random, and its table is kept in the order of keys:
SQLite stores it so, and on PostgreSQL ``mixing`` writes the rows of an estate anew every few minutes.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

SELF, TOKEN, PAPER, PHONE, VISIT = "self", "token", "paper", "phone", "visit"
# How staff came by a ballot that they enter for somebody.
ASSISTED = (PAPER, PHONE, VISIT)
METHODS = (SELF, TOKEN, *ASSISTED)


class PropertyVoter(Base):
    """A dwelling on the roll of a round; written when the round opens, and only ``voted_on`` and what is about the slip
    change after that.

    ``head`` is the ``public_id`` of the row that holds the vote: the row's own, or, where each owner has one vote, that
    of the first of the owner's dwellings in the estate. ``person_id`` is the proven voter of that day, if there was
    one. ``token_hash`` is of the code on the printed slip.
    """

    __tablename__ = "property_voter"
    __table_args__ = (
        UniqueConstraint("round_id", "dwelling_id"),
        Index("ix_property_voter_entrant", "entrant_id", "head"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    round_id: Mapped[int] = mapped_column(ForeignKey("property_round.id"))
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    dwelling_id: Mapped[int] = mapped_column(ForeignKey("property_dwelling.id"), index=True)
    head: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_on: Mapped[date | None]
    voted_on: Mapped[date | None]
    method: Mapped[str] = mapped_column(String(8), default="")
    # Whether the voter's participation went into the activity log.
    logged: Mapped[bool] = mapped_column(Boolean, default=False)


class PropertyBallot(Base):
    """What one household answered about an estate: ``answers`` as JSON, ``score`` their mean as an exact fraction."""

    __tablename__ = "property_ballot"
    __table_args__ = (
        Index("ix_property_ballot_entrant", "entrant_id", "score"),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    entrant_id: Mapped[int] = mapped_column(ForeignKey("property_entrant.id"))
    score: Mapped[str] = mapped_column(String(40))
    answers: Mapped[str] = mapped_column(Text, default="{}")


class PropertyRefused(Base):
    """How many ballots of a round were refused on a day for one reason, and by which way they came."""

    __tablename__ = "property_refused"

    round_id: Mapped[int] = mapped_column(ForeignKey("property_round.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    method: Mapped[str] = mapped_column(String(8), primary_key=True)
    times: Mapped[int] = mapped_column(Integer)
