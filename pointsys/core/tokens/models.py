"""Tokens, the areas each is limited to, and how often each was used lately."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, new_public_id


class ApiToken(Base):
    """A key for programs that act as ``account_id``; only the hash of its secret is stored.

    ``permissions`` are names parted by blanks. A token never brings more than its owner may at that moment.
    ``expires_on`` is the last local date on which it works.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(30))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # The beginning of the secret, by which its owner tells several tokens apart.
    hint: Mapped[str] = mapped_column(String(12))
    permissions: Mapped[str] = mapped_column(Text)
    read_only: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    expires_on: Mapped[date]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class ApiTokenArea(Base):
    """An area, with everything below it, in which a token works."""

    __tablename__ = "api_token_area"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)


class ApiUsage(Base):
    """Requests of one token in the minute that began at ``since``, taken from all processes of the site."""

    __tablename__ = "api_usage"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int] = mapped_column(Integer)
