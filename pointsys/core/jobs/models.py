"""The table of jobs, which is the truth about them, and that of the ticks of what is done regularly."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, new_public_id

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"
OPEN = (QUEUED, RUNNING)


class Job(Base):
    """Work that outlasts a request. ``args``, ``result`` and ``problem`` are JSON and hold nobody's data.

    ``done`` of ``total`` (0: nobody knows) and ``step``, a text of the catalog, tell its progress. A running job
    belongs to ``worker`` until ``lease_until``; whoever renews the lease is alive. ``file`` is the random name of a
    result below ``home/tmp/jobs`` that goes at ``expires_at``.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state", "state", "id"),
        Index("ix_job_area_created", "area_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(60))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    args: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    step: Mapped[str] = mapped_column(String(200), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[datetime | None]
    cancel_asked: Mapped[bool] = mapped_column(Boolean, default=False)
    created_by: Mapped[str] = mapped_column(String(100))
    created_by_account: Mapped[int | None] = mapped_column(Integer, index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="{}")
    problem: Mapped[str] = mapped_column(Text, default="")
    file: Mapped[str] = mapped_column(String(40), default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_type: Mapped[str] = mapped_column(String(100), default="")
    expires_at: Mapped[datetime | None]


class PeriodicTick(Base):
    """One turn of one thing that is done regularly: whoever inserts the row does it, all others leave it alone."""

    __tablename__ = "periodic_tick"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    # The type of the error alone: a message may quote a person's data.
    error: Mapped[str] = mapped_column(String(100), default="")
