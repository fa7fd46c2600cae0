"""Seeing one sealed value of one person in the clear (S-42): with a reason, kept for good, and not without end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core import audit, rate_limits
from pointsys.core.actors import Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.people.models import Person, PersonUnmasking
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

LIMIT = "people.unmask"
MINUTES = 60
# More in an hour is seldom one's work: the administrators are told, and from the second number on it ends.
TELL_ABOVE = 50
MOST = 200
ALERT = "unmask.many"
MAX_REASON = 200

CANNOT_DECRYPT = N_(
    "A stored value does not open with the keys of this site. Ask the operator to restore the key file."
)
# What people look at numbers for; one may write anything else.
REASONS = (
    N_("Call about an activity"),
    N_("Call back, as asked"),
    N_("Compare with the card"),
    N_("Apply for something in their name"),
    N_("Emergency"),
)


@dataclass(frozen=True)
class Looks:
    """How often a person's sealed values were looked at, and when last."""

    count: int
    last_at: datetime | None


def open_value(person: Person, field: str) -> str | None:
    """The person's "phone" or "id_number"; raises Problem cannot_decrypt."""
    try:
        return phone_of(person) if field == "phone" else id_number_of(person)
    except CannotDecrypt:
        raise Problem("cannot_decrypt", CANNOT_DECRYPT, field=field) from None


def unmask(session: Session, person: Person, field: str, reason: str, actor: Actor) -> str:
    """Show one person's ``field`` ("phone" or "id_number") and keep who asked, when and what for.

    Returns "" when there is none. Raises Problem bad_reason or cannot_decrypt, and TooMany in an hour with more than
    200; above 50 the administrators get an alert.
    """
    if field not in ("phone", "id_number"):
        raise ValueError(field)
    reason = clean_text(reason)
    if not reason or len(reason) > MAX_REASON:
        raise Problem("bad_reason", N_("Say in at most 200 characters what you need it for."), field="reason")
    who = rate_limits.of_account(actor)
    count = rate_limits.spend(session, LIMIT, who, MOST, MINUTES, alert=ALERT)
    if count == TELL_ABOVE + 1:
        raise_alert(session, ALERT, actor.label, by=actor.label, count=count)
    value = open_value(person, field)
    now = current_site().now()
    session.add(PersonUnmasking(person_id=person.id, field=field, reason=reason, actor=actor.label, at=now))
    session.flush()
    audit.write(
        session, actor, "person.unmasked", "person", person.public_id, area_id=person.area_id,
        after={"field": field},
    )  # fmt: skip
    return value or ""


def note_unreadable(session: Session, person: Person, field: str, actor: Actor) -> None:
    """Tell the administrators that a stored value does not open: it was altered, or moved from another row."""
    raise_alert(session, "key.failed", f"person {person.public_id} {field}", by="")
    audit.write(
        session, actor, "person.unmasked", "person", person.public_id, area_id=person.area_id,
        result=audit.FAILED, after={"field": field},
    )  # fmt: skip


def looked_lately(session: Session, actor: Actor) -> int:
    """How many values the actor looked at in the present hour."""
    return rate_limits.used(session, LIMIT, rate_limits.of_account(actor), MINUTES)


def looks_at(session: Session, rows: Collection[int]) -> Looks:
    """How often the values of one human being, in all their ``rows``, were looked at; one statement."""
    query = select(func.count(), func.max(PersonUnmasking.at)).where(PersonUnmasking.person_id.in_(rows))
    count, last_at = session.execute(query).one()
    return Looks(count, last_at)
