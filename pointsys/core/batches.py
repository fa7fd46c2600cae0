"""Batches: what came in together can be looked at, and undone, together. The tables of imports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.activity_log.models import BigId
from pointsys.core.database import Base, new_public_id

PEOPLE = "people"
LOG = "activity_log"

STAGING = "staging"
STAGED = "staged"
APPLYING = "applying"
COMMITTED = "committed"
UNDONE = "undone"
DISCARDED = "discarded"
FAILED = "failed"


class Batch(Base):
    """One import. ``mapping`` and ``counts`` are JSON; ``done`` of ``total`` rows tells how far its stage is."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_area_created", "area_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(12))
    mapping: Mapped[str] = mapped_column(Text)
    counts: Mapped[str] = mapped_column(Text)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    # Refreshed while work goes on: a batch whose beat stopped was interrupted and can be discarded.
    beat_at: Mapped[datetime]


class BatchRow(Base):
    """One row of a staged file. ``cells`` are the user's own cells, ``parsed`` what was understood (JSON, sealed
    as a whole because both hold phones and ID numbers); wiped when the batch is applied or discarded."""

    __tablename__ = "batch_row"
    __table_args__ = (Index("uq_batch_row_number", "batch_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    number: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(12))
    column: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes]


class HeaderMapping(Base):
    """How an area's staff map a header that is not among the known ones; remembered for the next file."""

    __tablename__ = "header_mapping"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(String(100), primary_key=True)
    field: Mapped[str] = mapped_column(String(60))
