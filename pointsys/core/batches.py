"""Batches: what came in together can be looked at, and undone, together. The tables of imports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.activity_log.models import BigId
from pointsys.core.database import Base, new_public_id

PEOPLE = "people"
LOG = "activity_log"

# The rows are there, but which column is what has to be asked.
MAPPING = "mapping"
STAGING = "staging"
STAGED = "staged"
APPLYING = "applying"
COMMITTED = "committed"
UNDONE = "undone"
DISCARDED = "discarded"
# Rows of these states are kept for a while; a batch in any other state is history.
OPEN = (MAPPING, STAGING, STAGED, APPLYING)


class Batch(Base):
    """One import. ``layout``, ``options`` and ``counts`` are JSON; ``done`` of ``total`` rows tells its progress."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_area_created", "area_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(12))
    layout: Mapped[str] = mapped_column(Text, default="")
    options: Mapped[str] = mapped_column(Text, default="{}")
    counts: Mapped[str] = mapped_column(Text, default="{}")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    # Refreshed while work goes on: a batch whose beat stopped was interrupted and can be resumed or discarded.
    beat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BatchRow(Base):
    """One row of a staged file: the user's own cells, what was understood and what is wrong (JSON, sealed as a
    whole because it holds phones and ID numbers). The rows go when the batch is applied, discarded or a day old."""

    __tablename__ = "batch_row"
    __table_args__ = (Index("uq_batch_row_number", "batch_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    number: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(12))
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class HeaderMapping(Base):
    """How an area's staff map a header that is not among the known ones; remembered for the next file."""

    __tablename__ = "header_mapping"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(String(100), primary_key=True)
    field: Mapped[str] = mapped_column(String(60))
