"""Accounts, roles on areas, server-side sessions, one-time links and counters of failed sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base, new_public_id


class Account(Base):
    """Somebody who can sign in. ``login`` is kept in normalised form, so that look-alikes are one."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    # Whose account it is, where that is known otherwise than by ``person_id``.
    name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    # The size of letters that its holder chose, 0 to 3; None when they never chose.
    letters: Mapped[int | None] = mapped_column(Integer)


class RoleGrant(Base):
    """A role on an area and its subtree; ended, never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_open",
            "account_id",
            "role",
            "area_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    # By role the few administrators are found among the many members.
    role: Mapped[str] = mapped_column(String(40), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    granted_by: Mapped[str] = mapped_column(String(100))
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LoginSession(Base):
    """A signed-in browser; the cookie holds a secret of which only the hash is stored."""

    __tablename__ = "login_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))


class OneTimeLink(Base):
    """A link that works once: to sign in and set a password, or to make the first account of a site."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginFailure(Base):
    """Failed sign-ins of one login or one address since ``since``."""

    __tablename__ = "login_failure"

    subject: Mapped[str] = mapped_column(String(130), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
