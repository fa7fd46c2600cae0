"""Who keeps a list without a permission in the area: people whom staff named, and leaders of the activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    groups,
    leaders_of,
)

from ..models import AttendanceKeeper, AttendanceSheet
from ..queries import Sheet, sheet_where

MOST = 10
# A keeper's page shows lists of these days; what was forgotten can be supplied for as long.
BACK, AHEAD = 30, 7


def find_kept(session: Session, public_id: str, actor: Actor, *, lock: bool = False) -> Sheet | None:
    """The list with this outside id if the actor's person keeps it; None for anybody else's."""
    if actor.person_id is None:
        return None
    found = sheet_where(session, AttendanceSheet.public_id == public_id, lock=lock)
    if found is None or not keeps(session, found.sheet, actor.person_id):
        return None
    return found


def keeps(session: Session, sheet: AttendanceSheet, person_id: int) -> bool:
    """Whether a person keeps this list."""
    rows = _rows_of(session, person_id)
    named = select(AttendanceKeeper.id).where(
        AttendanceKeeper.sheet_id == sheet.id, AttendanceKeeper.person_id.in_(rows)
    )
    if session.scalar(named.limit(1)) is not None:
        return True
    return not leaders_of(session, [sheet.activity_id])[sheet.activity_id].isdisjoint(rows)


def _rows_of(session: Session, person_id: int) -> set[int]:
    return set(next(iter(groups(session, [person_id]).values()), (person_id,)))


def kept_by(session: Session, person: Person) -> list[tuple[AttendanceSheet, Activity, Area]]:
    """The lists that a person keeps, of the days around now: the latest first. A steady number of statements."""
    today = current_site().today()
    rows = _rows_of(session, person.id)
    query = (
        select(AttendanceSheet, Activity, Area)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .join(Area, Area.id == AttendanceSheet.area_id)
        .where(
            Activity.local_date >= today - timedelta(days=BACK),
            Activity.local_date <= today + timedelta(days=AHEAD),
        )
        .order_by(Activity.local_date.desc(), Activity.id.desc())
    )
    named = set(
        session.scalars(select(AttendanceKeeper.sheet_id).where(AttendanceKeeper.person_id.in_(rows)))
    )
    found = [(sheet, activity, area) for sheet, activity, area in session.execute(query)]
    led = leaders_of(session, [activity.id for _sheet, activity, _area in found])
    return [
        item for item in found if item[0].id in named or not led.get(item[1].id, frozenset()).isdisjoint(rows)
    ]


def named_for(session: Session, sheet: AttendanceSheet) -> Sequence[Person]:
    """Whom staff named for a list."""
    query = select(Person).join(AttendanceKeeper, AttendanceKeeper.person_id == Person.id)
    return session.scalars(
        query.where(AttendanceKeeper.sheet_id == sheet.id).order_by(AttendanceKeeper.id)
    ).all()


def name_keepers(session: Session, sheet: AttendanceSheet, people: Sequence[Person], actor: Actor) -> int:
    """Let people keep a list; returns how many are new. Raises Problem too_many_keepers."""
    there = [person.id for person in named_for(session, sheet)]
    kept = canonical_ids(session, {*there, *(person.id for person in people)})
    known = {kept[person_id] for person_id in there}
    fresh = [person for person in people if kept[person.id] not in known]
    if len(there) + len(fresh) > MOST:
        raise Problem(
            "too_many_keepers", N_("At most %(most)s people keep a list."), field="names", most=MOST
        )
    now = current_site().now()
    for person in fresh:
        session.add(
            AttendanceKeeper(sheet_id=sheet.id, person_id=person.id, named_at=now, named_by=actor.label)
        )
    session.flush()
    if fresh:
        audit.write(
            session, actor, "attendance.keepers_named", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, count=len(fresh), after={"people": [person.public_id for person in fresh]},
        )  # fmt: skip
    return len(fresh)


def dismiss_keeper(session: Session, sheet: AttendanceSheet, person: str, actor: Actor) -> bool:
    """Let somebody (an outside id) keep a list no longer; False if they did not."""
    ids = select(Person.id).where(Person.public_id == person)
    gone = session.execute(
        delete(AttendanceKeeper)
        .where(AttendanceKeeper.sheet_id == sheet.id, AttendanceKeeper.person_id.in_(ids))
        .returning(AttendanceKeeper.id)
    ).all()
    if gone:
        audit.write(
            session, actor, "attendance.keeper_dismissed", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, after={"person": person},
        )  # fmt: skip
    return bool(gone)
