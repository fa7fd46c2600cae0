"""The notice about personal data (S-01): what rules where, publishing a new version, and who has read which.

An area without a notice of its own has that of the nearest area above; where nobody published any, the one that the
program makes from its register rules, as version "1". Reading is recorded like a consent of the kind "notice".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure, ancestors
from pointsys.core.database import new_public_id
from pointsys.core.people import consent
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person, PersonConsent
from pointsys.core.privacy.models import PrivacyNotice
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

# The version of the notice that the program makes by itself.
FIRST = "1"
# Parts that staff write; what is kept and what for comes from the register.
PARTS = ("unit", "contact", "sharing", "more")
MAX_PART = 2_000
MAX_CHANGES = 500


@dataclass(frozen=True)
class Notice:
    """The notice that rules somewhere; without ``content`` it is the program's own."""

    version: str
    content: Mapping[str, Any]
    changes: str = ""
    published_at: datetime | None = None
    area_id: int | None = None


def _as_notice(row: PrivacyNotice) -> Notice:
    return Notice(row.version, json.loads(row.content), row.changes, row.published_at, row.area_id)


def in_force(session: Session, area_id: int) -> Notice:
    """The notice that people of an area are to read."""
    row = session.scalar(
        select(PrivacyNotice)
        .join(AreaClosure, AreaClosure.ancestor_id == PrivacyNotice.area_id)
        .where(AreaClosure.descendant_id == area_id)
        .order_by(AreaClosure.depth, PrivacyNotice.id.desc())
        .limit(1)
    )
    return _as_notice(row) if row else Notice(FIRST, {})


def versions(session: Session, area_id: int, limit: int = 50) -> list[PrivacyNotice]:
    """What was published for an area and above it, the newest first."""
    query = select(PrivacyNotice).where(PrivacyNotice.area_id.in_(ancestors(area_id)))
    return list(session.scalars(query.order_by(PrivacyNotice.id.desc()).limit(limit)))


def publish(
    session: Session,
    area: Area,
    parts: Mapping[str, str],
    held: Sequence[Mapping[str, object]],
    changes: str,
    actor: Actor,
) -> PrivacyNotice:
    """Publish a new version for ``area`` and below; its people read it at their next sign-in.

    ``parts`` are the texts by ``PARTS``, ``held`` the lines of the register in the words that were shown. Raises
    Problem text_needed (who is responsible, how to reach them, what is new) or too_long_text.
    """
    texts = {name: clean_text(parts.get(name, "")) for name in PARTS}
    changes = clean_text(changes)
    for name in ("unit", "contact"):
        if not texts[name]:
            raise Problem(
                "text_needed", N_("Say who is responsible for the data and how to reach them."), field=name
            )
    if not changes:
        raise Problem("text_needed", N_("Say in a sentence what is new in this version."), field="changes")
    if len(changes) > MAX_CHANGES or any(len(text) > MAX_PART for text in texts.values()):
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="more", count=MAX_PART)
    now = current_site().now()
    row = PrivacyNotice(
        version=f"{current_site().local(now):%Y%m%d}-{new_public_id()[:4]}",
        area_id=area.id,
        content=json.dumps({**texts, "held": list(held)}, ensure_ascii=False, sort_keys=True),
        changes=changes,
        published_at=now,
        published_by=actor.label,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "privacy.notice_published", "privacy_notice", row.version, area_id=area.id,
        after={"content": row.content, "changes": changes},
    )  # fmt: skip
    return row


def to_read(session: Session, person: Person) -> Notice | None:
    """The notice that the person has not confirmed yet; None when they know the one that rules."""
    notice = in_force(session, person.area_id)
    (rows,) = groups(session, [person.id]).values()
    known = PersonConsent.person_id.in_(rows) & (PersonConsent.kind == consent.NOTICE)
    if notice.version == FIRST:
        # Whatever edition they signed before anything was published here: it was this one.
        seen = select(PersonConsent.id).where(known, PersonConsent.withdrawn_at.is_(None))
    else:
        seen = select(PersonConsent.id).where(known, PersonConsent.version == notice.version)
    return notice if session.scalar(seen.limit(1)) is None else None


def confirm(session: Session, person: Person, version: str, method: str, actor: Actor) -> None:
    """Record that the person read the notice. Raises Problem notice_changed if another version rules by now."""
    if in_force(session, person.area_id).version != version:
        raise Problem(
            "notice_changed", N_("The notice was changed a moment ago. Please read the new version.")
        )
    consent.give(session, person, consent.NOTICE, version, method, actor)
