"""A document, the running number of its series, the entries it rests on, and what happened to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.activity_log.models import BigId
from pointsys.core.database import Base, append_only, new_public_id

ISSUED = "issued"
STALE = "stale"
SUPERSEDED = "superseded"
REVOKED = "revoked"


class DocumentSeries(Base):
    """The last running number given out, for each series, place and year; numbers are never given twice."""

    __tablename__ = "document_series"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Document(Base):
    """One issued document; ``state`` is the cached outcome of its last event, everything else is frozen.

    ``snapshot`` is canonical JSON and ``sha256`` its digest; ``token`` (128 bits) stands in the QR code.
    """

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_area", "area_id", "id"),
        Index("ix_document_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60), unique=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    check_code: Mapped[str] = mapped_column(String(8))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(200))
    template: Mapped[str] = mapped_column(String(100))
    snapshot: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(100))
    issued_by_account: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))


class DocumentItem(Base):
    """An entry of the log that a document states; when it is voided the document becomes stale."""

    __tablename__ = "document_item"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("entry.id"), primary_key=True, autoincrement=False, index=True
    )


class DocumentEvent(Base):
    """A change of a document's state, with its reason; the last one rules."""

    __tablename__ = "document_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    # One of a few words that anybody may read; ``reason`` stays inside.
    reason_class: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


append_only(
    "document",
    tuple(c.name for c in Document.__table__.columns if c.name != "state"),
    ("snapshot", "issued_by"),
)
append_only("document_item", tuple(c.name for c in DocumentItem.__table__.columns))
append_only("document_event", tuple(c.name for c in DocumentEvent.__table__.columns), ("reason", "actor"))
