"""Accounts, what proves who their holders are, roles on areas, sessions, one-time links, counters of failures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, false, text
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
    # Let in again after it had been disabled: its days without use are counted from then.
    enabled_at: Mapped[datetime | None]
    # The size of letters that its holder chose, 0 to 3; None when they never chose.
    letters: Mapped[int | None] = mapped_column(Integer)
    password_at: Mapped[datetime | None]
    # The sealed secret of the second factor; it counts once ``totp_at`` says that its holder has proved to have it.
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_at: Mapped[datetime | None]
    # The half minute whose code was taken last: no code is taken twice.
    totp_step: Mapped[int | None] = mapped_column(Integer)


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
    # "password", "link" or "code": whoever came by one of the latter may have forgotten the password.
    opened_by: Mapped[str] = mapped_column(String(10), server_default="password")
    # What stands between the holder and the pages: "second_factor", "password", "set_up" or "" for nothing.
    pending: Mapped[str] = mapped_column(String(20), server_default="")
    # When the holder last proved who they are; acts that hand on power ask for it anew.
    fresh_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: to sign in and set a password, or to make the first account of a site."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    # It became void without having been used: opening it proves no theft.
    retired: Mapped[bool] = mapped_column(server_default=false())


class LoginFailure(Base):
    """Failed sign-ins of one login or one address since ``since``."""

    __tablename__ = "login_failure"

    subject: Mapped[str] = mapped_column(String(130), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]


class SignInCode(Base):
    """The code on the slip that an account's holder was handed in person; of a second one the first is void."""

    __tablename__ = "sign_in_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    # An HMAC: so few digits are found in an instant by whoever has the table and not the key.
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class RecoveryCode(Base):
    """A code that stands in for the second factor once, for whoever has lost the phone."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class PasswordHistory(Base):
    """Hashes of the passwords that an account has had, the last few."""

    __tablename__ = "password_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class SignInRecord(Base):
    """One sign-in of an account or a refused attempt at one, for its holder to look at; kept for half a year."""

    __tablename__ = "sign_in_record"
    __table_args__ = (Index("ix_sign_in_record_account", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    # "password", "link", "code" or "second_factor".
    way: Mapped[str] = mapped_column(String(15))
    result: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
