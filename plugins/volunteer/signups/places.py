"""Places of shifts: taking one, giving one back, and who moves up from the waiting list.

A place is taken by one conditional update, which on both databases waits for whoever takes another one of the same
shift. Whoever finds none gets a number of the waiting list by a second update of the same row, and asks once more under
its lock: nobody can wait for a place that became free in between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Activity, Actor, Person, audit, current_site, groups, refused_people

from .models import (
    APPLIED,
    APPROVED,
    CANCELLED,
    HOLDING,
    WAITLISTED,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from .rules import Span, clash

# So many of the waiting list are looked at for a free place; those before them cannot come.
MOST_LOOKED_AT = 200


def take(session: Session, slot: VolunteerSlot) -> bool:
    """Take one place, if there is one."""
    done = session.execute(
        update(VolunteerSlot)
        .where(VolunteerSlot.id == slot.id, VolunteerSlot.taken < VolunteerSlot.capacity)
        .values(taken=VolunteerSlot.taken + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire(slot, ["taken"])
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def take_or_queue(session: Session, slot: VolunteerSlot) -> int:
    """Take a place (0), or the next number of the waiting list."""
    if take(session, slot):
        return 0
    number = session.scalars(
        update(VolunteerSlot)
        .where(VolunteerSlot.id == slot.id)
        .values(queued=VolunteerSlot.queued + 1)
        .returning(VolunteerSlot.queued)
        .execution_options(synchronize_session=False)
    ).one()
    session.expire(slot, ["queued"])
    return 0 if take(session, slot) else int(number)


def give_back(session: Session, slot: VolunteerSlot) -> None:
    """Free one place."""
    session.execute(
        update(VolunteerSlot)
        .where(VolunteerSlot.id == slot.id)
        .values(taken=VolunteerSlot.taken - 1)
        .execution_options(synchronize_session=False)
    )
    session.expire(slot, ["taken"])


def times_of(
    session: Session, kept_ids: Collection[int], *, but: Collection[int] = (), after: datetime
) -> Mapping[int, Sequence[Span]]:
    """The shifts that people (kept ids) hold a place in, in any area, and that end after an instant; two statements.

    ``but`` are sign-ups (ids) to leave out.
    """
    rows = {row: kept for kept, several in groups(session, kept_ids).items() for row in several}
    found: dict[int, list[Span]] = {kept: [] for kept in rows.values()}
    query = (
        select(
            VolunteerSignup.id, VolunteerSignup.person_id, VolunteerSlot.starts_at, VolunteerSlot.ends_at,
            Activity.title,
        )
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(Activity, Activity.id == VolunteerSlot.activity_id)
        .where(
            VolunteerSignup.person_id.in_(list(rows)),
            VolunteerSignup.state.in_(HOLDING),
            VolunteerSlot.ends_at > after,
        )
        .order_by(VolunteerSlot.starts_at)
    )  # fmt: skip
    for signup_id, person_id, starts_at, ends_at, title in session.execute(query):
        if signup_id not in but:
            found[rows[person_id]].append(Span(starts_at, ends_at, title))
    return found


def state_with_place(row: VolunteerActivity, signup: VolunteerSignup) -> str:
    """What somebody is who gets a place without staff's doing.

    Whoever was rejected or taken off, which is what the reason tells, is not back before staff say so.
    """
    return APPLIED if row.needs_approval or signup.reason else APPROVED


def offer_free_places(
    session: Session, row: VolunteerActivity, slot: VolunteerSlot, actor: Actor
) -> list[VolunteerSignup]:
    """Let the waiting list move up, in its order, into whatever is free; returns who did.

    Passed over, and left waiting, is who holds a place at the same time elsewhere or may not take part any more. After
    the shift has begun nobody moves up.
    """
    now = current_site().now()
    if row.state == CANCELLED or slot.starts_at <= now:
        return []
    query = (
        select(VolunteerSignup)
        .where(VolunteerSignup.slot_id == slot.id, VolunteerSignup.state == WAITLISTED)
        .order_by(VolunteerSignup.place, VolunteerSignup.id)
        .limit(MOST_LOOKED_AT)
    )
    waiting = list(session.scalars(query))
    if not waiting or slot.taken >= slot.capacity:
        return []
    able = _able(session, slot, waiting)
    moved = []
    for signup in able:
        if not take(session, slot):
            break
        signup.state, signup.place, signup.news = state_with_place(row, signup), 0, True
        signup.changed_at, signup.changed_by, signup.changed_by_account = now, "system", None
        moved.append(signup)
    session.flush()
    if moved:
        audit.write(
            session, actor, "volunteer.signup_moved_up", "volunteer_slot", slot.public_id, area_id=row.area_id,
            after={"people": [signup.public_id for signup in moved]}, count=len(moved),
        )  # fmt: skip
    return moved


def _able(session: Session, slot: VolunteerSlot, waiting: Sequence[VolunteerSignup]) -> list[VolunteerSignup]:
    """Who of the waiting list can come. Somebody who signs up elsewhere just now is passed over this time."""
    people = [signup.person_id for signup in waiting]
    free = set(
        session.scalars(
            select(Person.id)
            .where(Person.id.in_(people), Person.left_on.is_(None))
            .order_by(Person.id)
            .with_for_update(key_share=True, skip_locked=True)
        )
    )
    refused = refused_people(session, slot.activity_id, people, slot.starts_at)
    kept = {row: one for one, several in groups(session, people).items() for row in several}
    busy = times_of(session, {kept[person] for person in people}, after=slot.starts_at)
    return [
        signup
        for signup in waiting
        if signup.person_id in free
        and signup.person_id not in refused
        and clash(busy[kept[signup.person_id]], slot.starts_at, slot.ends_at) is None
    ]
