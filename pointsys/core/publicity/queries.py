"""Reading notices: those of an area for its staff, those that the public may see, and how people are named there."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area, subtree
from pointsys.core.objections.models import OPEN, Objection
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.people.consent import children
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person
from pointsys.core.publicity.models import (
    CONFIRMED,
    LIVE,
    POSTED,
    SUPERSEDED,
    WITHDRAWN,
    Publicity,
    PublicityDecision,
)
from pointsys.core.site import current_site
from pointsys.kit.masking import mask_name
from pointsys.kit.publicity import hash_of

STATES = (POSTED, "due", CONFIRMED, WITHDRAWN, SUPERSEDED)
# A confirmed notice stays on the area's public page for so long after its last day.
SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class NoticeLine:
    """A notice in a list; ``open`` counts the objections that are not answered yet."""

    public_id: str
    title: str
    area: str
    area_code: str
    posted_at: datetime
    posted_by: str
    first_day: date
    last_day: date
    objections_until: date
    closes_before: datetime
    state: str
    row_count: int
    open: int


def list_notices(
    session: Session, area_id: int, *, state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[NoticeLine], int]:
    """Notices of an area and below it, the newest first, and how many there are.

    State "due" means posted ones whose time to object is over.
    """
    conditions: list[ColumnElement[bool]] = [Publicity.area_id.in_(subtree(area_id))]
    if state == "due":
        conditions += [Publicity.state == POSTED, Publicity.closes_before <= current_site().now()]
    elif state:
        conditions.append(Publicity.state == state)
    waiting = (
        select(func.count())
        .where(
            Objection.subject_type == PUBLICITY,
            Objection.subject_id == Publicity.public_id,
            Objection.state == OPEN,
        )
        .scalar_subquery()
    )
    rows: Sequence[Sequence[Any]] = session.execute(
        select(
            Publicity.public_id, Publicity.title, Area.name, Area.code, Publicity.posted_at, Publicity.posted_by,
            Publicity.first_day, Publicity.last_day, Publicity.objections_until, Publicity.closes_before,
            Publicity.state, Publicity.row_count, waiting, func.count().over(),
        )
        .join(Area, Area.id == Publicity.area_id)
        .where(*conditions)
        .order_by(Publicity.posted_at.desc(), Publicity.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    return [NoticeLine(*row[:13]) for row in rows], int(rows[0][13]) if rows else 0


def notice_below(session: Session, area_id: int, public_id: str) -> Publicity | None:
    """The notice with this outside id, if the area or one below it published it."""
    return session.scalar(
        select(Publicity).where(Publicity.public_id == public_id, Publicity.area_id.in_(subtree(area_id)))
    )


def live_of(session: Session, area_id: int, kind: str, subject_ref: str, period: str) -> Publicity | None:
    """The posted or confirmed notice of a kind, subject and period of this very area."""
    return session.scalar(
        select(Publicity).where(
            Publicity.area_id == area_id,
            Publicity.kind == kind,
            Publicity.subject_ref == subject_ref,
            Publicity.period == period,
            Publicity.state.in_(LIVE),
        )
    )


def find_public(session: Session, public_id: str) -> tuple[Publicity, Area] | None:
    """A notice in whatever state, with the area that published it."""
    row = session.execute(
        select(Publicity, Area)
        .join(Area, Area.id == Publicity.area_id)
        .where(Publicity.public_id == public_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class PublicNotice:
    """A notice as an area's public page lists it; ``code`` is the area of its address."""

    public_id: str
    code: str
    area: str
    title: str
    first_day: date
    last_day: date
    objections_until: date
    state: str


def current_public(session: Session, area_id: int, limit: int = 50) -> list[PublicNotice]:
    """Notices of an area and below it that are up, and confirmed ones of the last 30 days; the newest first."""
    since = current_site().today() - SHOWN_AFTER
    confirmed = (Publicity.state == CONFIRMED) & (Publicity.last_day >= since)
    rows = session.execute(
        select(
            Publicity.public_id, Area.code, Area.name, Publicity.title, Publicity.first_day, Publicity.last_day,
            Publicity.objections_until, Publicity.state,
        )
        .join(Area, Area.id == Publicity.area_id)
        .where(Publicity.area_id.in_(subtree(area_id)), or_(Publicity.state == POSTED, confirmed))
        .order_by(Publicity.posted_at.desc(), Publicity.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
    return [PublicNotice(*row) for row in rows]


def decisions_of(session: Session, notice: Publicity) -> list[PublicityDecision]:
    """What was decided on a notice, the last one last."""
    query = select(PublicityDecision).where(PublicityDecision.publicity_id == notice.id)
    return list(session.scalars(query.order_by(PublicityDecision.id)))


def content_of(notice: Publicity) -> dict[str, Any]:
    """What the notice shows, from its frozen text; ``intact`` says whether the text still has its hash."""
    content: dict[str, Any] = json.loads(notice.text)
    return {**content, "sha256": notice.sha256, "intact": hash_of(notice.text) == notice.sha256}


def public_names(session: Session, people: Collection[int]) -> dict[int, str]:
    """Person id -> masked name, for public lists; those known to be under 14 are left out, whatever they agreed to."""
    names: dict[int, str] = {}
    for part in chunks(people):
        rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(part), Person.closed == ""))
        names.update((person_id, mask_name(name)) for person_id, name in rows)
    young = children(session, names)
    return {person_id: name for person_id, name in names.items() if person_id not in young}
