"""What a community does again and again: its latest activities, those planned, and who came the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import title_key
from pointsys.core.activity_log.models import LIVE, Activity, ActivityKind, Entry
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.site import current_site

# Titles that are offered; older ones are typed.
OFFERED = 40
LOOKED_AT = 150
MAX_GROUP = 300
AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """An activity to start a form from; times are those planned, or those its first entry has."""

    public_id: str
    title: str
    kind: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    organiser: str
    entries: int

    @property
    def planned(self) -> bool:
        """Whether nobody is on record for it yet."""
        return self.entries == 0


def known_activities(session: Session, area_id: int) -> list[Known]:
    """The newest activity of each title of ``area_id`` itself, up to tomorrow's, the newest first; one statement."""
    newest = (
        select(Activity.id)
        .where(Activity.area_id == area_id, Activity.local_date <= current_site().today() + AHEAD)
        .order_by(Activity.local_date.desc(), Activity.id.desc())
        .limit(LOOKED_AT)
    )
    live = Entry.status.in_(LIVE)
    query = (
        select(
            Activity.public_id, Activity.title, ActivityKind.code, Activity.local_date,
            func.coalesce(Activity.starts_at, func.min(Entry.starts_at)),
            func.coalesce(Activity.ends_at, func.max(Entry.ends_at)),
            Activity.place, Activity.organiser, func.count(Entry.id),
        )
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .outerjoin(Entry, (Entry.activity_id == Activity.id) & live)
        .where(Activity.id.in_(newest))
        .group_by(Activity.id, ActivityKind.code)
        .order_by(Activity.local_date.desc(), Activity.id.desc())
    )  # fmt: skip
    found: dict[tuple[str, str], Known] = {}
    for row in session.execute(query):
        known = Known(*row)
        found.setdefault((title_key(known.title), known.kind), known)
    return list(found.values())[:OFFERED]


@dataclass(frozen=True)
class Group:
    """Who took part in an earlier activity of the same title."""

    public_id: str
    title: str
    local_date: date
    people: Sequence[Person]


def last_group(session: Session, area_id: int, title: str, before: date) -> Group | None:
    """The people, still here, of the latest activity with this title before a day; None if there is none."""
    if not title.strip():
        return None
    live = select(Entry.id).where(Entry.activity_id == Activity.id, Entry.status.in_(LIVE)).exists()
    activity = session.scalar(
        select(Activity)
        .where(
            Activity.area_id == area_id,
            Activity.title_key == title_key(title),
            Activity.local_date < before,
            live,
        )
        .order_by(Activity.local_date.desc(), Activity.id.desc())
        .limit(1)
    )
    if activity is None:
        return None
    rows = select(func.coalesce(PersonAlias.kept_id, Entry.person_id)).select_from(Entry)
    rows = rows.outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
    who = rows.where(Entry.activity_id == activity.id, Entry.status.in_(LIVE))
    query = select(Person).where(Person.id.in_(who), Person.left_on.is_(None))
    people = session.scalars(query.order_by(Person.sort_key, Person.id).limit(MAX_GROUP))
    return Group(activity.public_id, activity.title, activity.local_date, tuple(people))
