"""Reading what the rules of signals look at: a few statements over indexes, whatever the size of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    PENDING,
    Activity,
    ActivityKind,
    Area,
    Entry,
    Person,
    PersonAlias,
    canonical_ids,
    chunks,
    current_site,
    device_uses,
    subtree,
)

from ..models import VolunteerCredit
from .figures import CREDIT
from .signals import BACK_DAYS, Served, Signal, Tapped, all_signals

# More than this is not looked at in one go; the page says so.
MOST = 50_000
LONG_AGO = timedelta(days=366)


@dataclass(frozen=True)
class Found:
    """What stands out, the latest first, with the people concerned by kept id; ``complete`` if all was looked at."""

    signals: Sequence[Signal]
    people: dict[int, Person]
    complete: bool


def signals_of(session: Session, area: Area, first: date, last: date) -> Found:
    """What stands out in the service of some days, in the activities of an area and below; about six statements."""
    began, ended = Entry.local_date >= first, Entry.local_date <= last
    served = _served(session, area.id, began, ended)
    # Service of up to a year ago that was entered in these days.
    recorded = (
        Entry.recorded_at >= _midnight(first),
        Entry.recorded_at < _midnight(last + timedelta(days=1)),
    )
    earlier = (Entry.local_date >= first - LONG_AGO, Entry.local_date <= last - timedelta(days=BACK_DAYS))
    late = _served(session, area.id, *earlier, *recorded, Entry.batch_id.is_(None))
    found = all_signals(served, late, _taps(session, area, first, last))
    wanted = {person for one in found for person in (one.person, *one.names) if person is not None}
    people: dict[int, Person] = {}
    for part in chunks(sorted(wanted)):
        people |= {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(part)))}
    return Found(found, people, len(served) < MOST)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), current_site().timezone)


def _served(session: Session, area_id: int, *conditions: ColumnElement[bool]) -> list[Served]:
    """Service that is confirmed or waits, as far as it fits the conditions on entries."""
    credit, local = VolunteerCredit, current_site().local
    query = (
        select(
            Entry.id, func.coalesce(PersonAlias.kept_id, Entry.person_id).label("person"), Entry.local_date,
            Entry.recorded_by, Entry.recorded_at, Activity.public_id, Entry.title, credit.minutes, credit.worth,
            credit.gross_minutes, credit.klass, credit.flags, Entry.batch_id,
        )
        .join(Activity, Activity.id == Entry.activity_id)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .outerjoin(PersonAlias, PersonAlias.merged_id == Entry.person_id)
        .outerjoin(credit, credit.entry_id == Entry.id)
        .where(
            Entry.area_id.in_(subtree(area_id)),
            *conditions,
            Entry.status.in_((CONFIRMED, PENDING)),
            ActivityKind.service.is_(True),
        )
        .order_by(Entry.local_date, Entry.id)
        .limit(MOST)
    )  # fmt: skip
    return [
        Served(
            row.id, int(row.person), row.local_date, _worth(row.minutes, row.worth),
            # What breaks and the like take off is no overlap.
            max(0, row.gross_minutes - _worth(row.minutes, row.worth)) if "overlap" in (row.flags or "").split() else 0,
            row.recorded_by, local(row.recorded_at).date(), row.klass == CREDIT, row.public_id, row.title,
            row.batch_id is None,
        )
        for row in session.execute(query)
    ]  # fmt: skip


def _worth(minutes: int | None, worth: int | None) -> int:
    return max(minutes or 0, worth or 0)


def _taps(session: Session, area: Area, first: date, last: date) -> list[Tapped]:
    uses = device_uses(session, area, first, last)
    kept = canonical_ids(session, {use.person_id for use in uses}) if uses else {}
    local = current_site().local
    return [
        Tapped(use.device, kept[use.person_id], use.at, local(use.at).date(), use.activity, use.title)
        for use in uses
    ]
