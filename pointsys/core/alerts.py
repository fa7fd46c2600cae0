"""Alerts: what the administrators are to look at, told apart by kind and by whom it is about (S-39, S-42).

``raise_alert`` writes in the transaction of what happened. The same again on the same day adds to the count and makes
the alert new again. Nobody marks an alert about their own acts as looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, Index, Integer, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.database import Base, new_public_id, upsert
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

# What was looked at is of use for a year's review.
KEPT = timedelta(days=400)


class SecurityAlert(Base):
    """Something of one kind about one subject on one day; ``detail`` is JSON and holds nobody's personal data.

    ``subject`` is a login, an address, a number; ``by`` the login of the one whose act it was, where there is one.
    """

    __tablename__ = "security_alert"
    __table_args__ = (
        Index("uq_security_alert_same", "kind", "subject", "day", unique=True),
        Index("ix_security_alert_open", "seen_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    day: Mapped[date] = mapped_column(Date)
    by: Mapped[str] = mapped_column(String(100))
    detail: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str] = mapped_column(String(100))


@dataclass(frozen=True)
class AlertKind:
    """What happened in a few words, and what to do; texts to translate, with places for subject and details."""

    title: str
    cure: str


KINDS: dict[str, AlertKind] = {
    "sign_in.address": AlertKind(
        N_("Many wrong passwords from one address"),
        N_("Somebody may be guessing. Ask who works at this address; no account was locked by it."),
    ),
    "sign_in.account": AlertKind(
        N_("Many wrong passwords for one account"),
        N_("Ask its holder whether it was them; give them a new one-time code if they forgot it."),
    ),
    "link.reused": AlertKind(
        N_("A one-time link or code was used a second time"),
        N_("All sessions of the account were ended. Ask its holder who else had the link, and make a new one."),
    ),
    "access.walk": AlertKind(
        N_("Many refused or missing addresses by one account"),
        N_("Somebody may be trying addresses with it. Ask its holder; disable the account if they did not do it."),
    ),
    "unmask.many": AlertKind(
        N_("Many phones or ID numbers looked at by one account"),
        N_("Ask its holder what for; each look and its reason stands in the audit log."),
    ),
    "export.identifiers": AlertKind(
        N_("A long list with phones or ID numbers is to be taken away"),
        N_("It waits for a second person. Its filters and its reason stand in the register of exports."),
    ),
    "export.many": AlertKind(
        N_("Many lists taken away by one account"),
        N_("Ask its holder what for; each file stands in the register of exports."),
    ),
    "link.guessed": AlertKind(
        N_("Addresses of files tried"),
        N_("Somebody opened addresses of exports that are not theirs. Ask the holder of the account."),
    ),
    "code.guessed": AlertKind(
        N_("Many wrong codes of slips from one address"),
        N_("Somebody may be trying codes of a survey; none can be found that way. Ask who works at this address."),
    ),
    "admin.granted": AlertKind(
        N_("An administrator's post was given or taken"),
        N_("If you do not know of it, ask who did it; what they do stands in the audit log."),
    ),
    "office.granted": AlertKind(
        N_("A role that reads everybody's data in a sub-district was given"),
        N_("Ask whose account it is: whoever gives accounts could have made one for themselves."),
    ),
    "admin.link": AlertKind(
        N_("A way in was made for an administrator's account"),
        N_("Ask its holder whether they wanted it. Whoever has the link or the code can act as them."),
    ),
    "separation.changed": AlertKind(
        N_("The three administrators' posts changed hands"),
        N_("Read on the page about separation who holds which post now."),
    ),
    "audit.broken": AlertKind(
        N_("The audit log does not verify"),
        N_("Somebody may have changed it behind the program. Keep a backup of today and compare it with older ones."),
    ),
    "key.failed": AlertKind(
        N_("A sealed value could not be opened"),
        N_("It was changed or moved behind the program, or its key is missing. See the page on the site's health."),
    ),
}  # fmt: skip


def raise_alert(session: Session, kind: str, subject: str, *, by: str = "", **detail: str | int) -> None:
    """Tell the administrators; one statement. No personal data in ``subject`` and ``detail``.

    Raises KeyError for a kind without words.
    """
    KINDS[kind]
    now, text = current_site().now(), json.dumps(detail, ensure_ascii=False, sort_keys=True)
    row = {
        "public_id": new_public_id(), "kind": kind, "subject": subject[:120], "day": current_site().today(),
        "by": by[:100], "detail": text, "count": 1, "first_at": now, "at": now, "seen_at": None, "seen_by": "",
    }  # fmt: skip
    again = {
        "count": SecurityAlert.count + 1, "at": now, "detail": text, "by": by[:100],
        "seen_at": None, "seen_by": "",
    }  # fmt: skip
    session.execute(
        upsert(session, SecurityAlert)
        .values(**row)
        .on_conflict_do_update(index_elements=["kind", "subject", "day"], set_=again)
    )


def open_count(session: Session) -> int:
    """How many alerts nobody has looked at."""
    query = select(func.count()).select_from(SecurityAlert).where(SecurityAlert.seen_at.is_(None))
    return session.scalar(query) or 0


def find_alert(session: Session, public_id: str) -> SecurityAlert | None:
    """The alert with this outside id."""
    return session.scalar(select(SecurityAlert).where(SecurityAlert.public_id == public_id))


def mark_seen(session: Session, alert: SecurityAlert, actor: Actor) -> None:
    """Note who looked at it; raises Problem own_alert for the one whose act it was."""
    if alert.by and alert.by == actor.label:
        raise Problem("own_alert", N_("This is about what you did: another administrator has to look at it."))
    if alert.seen_at is not None:
        return
    alert.seen_at, alert.seen_by = current_site().now(), actor.label
    audit.write(session, actor, "alert.seen", "alert", alert.public_id, after={"kind": alert.kind})


def detail_of(alert: SecurityAlert) -> Mapping[str, str | int]:
    """The details it was raised with."""
    found: dict[str, str | int] = json.loads(alert.detail)
    return found


def clear(session: Session, now: datetime) -> None:
    """Drop old alerts that somebody looked at."""
    session.execute(
        delete(SecurityAlert)
        .where(SecurityAlert.seen_at < now - KEPT)
        .execution_options(synchronize_session=False)
    )
