"""Published versions of schemes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, append_only, new_public_id


class PropertySchemeVersion(Base):
    """The ``no``-th version of the scheme ``scheme_id`` of an area, its TOML ``text`` as published, frozen."""

    __tablename__ = "property_scheme_version"
    __table_args__ = (UniqueConstraint("area_id", "scheme_id", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    scheme_id: Mapped[str] = mapped_column(String(60))
    no: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(100))


append_only(
    "property_scheme_version",
    (
        "id",
        "public_id",
        "area_id",
        "scheme_id",
        "no",
        "kind",
        "title",
        "text",
        "sha256",
        "published_at",
        "published_by",
    ),
    ("published_by",),
)
