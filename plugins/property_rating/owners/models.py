"""Proofs of ownership."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

METHODS = ("certificate", "contract", "register", "visit")


class PropertyOwnerProof(Base):
    """A person was checked to own a dwelling: how, by whom and when; the paper itself is not kept.

    Co-owners name one of them, who is ``votes``: one such open row a dwelling.
    """

    __tablename__ = "property_owner_proof"
    __table_args__ = (
        Index("ix_property_owner_proof_person", "person_id"),
        Index("ix_property_owner_proof_dwelling", "dwelling_id"),
        Index(
            "uq_property_owner_proof_voter", "dwelling_id", unique=True,
            sqlite_where=text("votes AND ended_on IS NULL"), postgresql_where=text("votes AND ended_on IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    dwelling_id: Mapped[int] = mapped_column(ForeignKey("property_dwelling.id"))
    votes: Mapped[bool] = mapped_column(Boolean, default=True)
    method: Mapped[str] = mapped_column(String(12))
    checked_on: Mapped[date]
    checked_at: Mapped[datetime]
    checked_by: Mapped[str] = mapped_column(String(100))
    ended_on: Mapped[date | None]
