"""Shifts in calendars: one's own in the calendar of one's phone, and all of a team's at a secret address of the team.

The calendar of a team has titles, times, places and how many places are taken, and nobody's name: whoever has the
address reads it. It is worth nothing once it is taken back, another one is made, or the team is dissolved.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import gettext
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Activity,
    Actor,
    CalendarItem,
    Person,
    audit,
    calendar_text,
    current_site,
    groups,
    table_of,
    token_hash,
)

from ..signups.models import (
    APPLIED,
    APPROVED,
    CANCELLED,
    DRAFT,
    WAITLISTED,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from ..teams.models import ACTIVE, VolunteerTeam
from .models import VolunteerTeamFeed

MOST = 500
LOOK_BACK = timedelta(days=365)
# 192 random bits, as for the calendars of people.
TOKEN_BYTES = 24
_TOLD = (DRAFT, CANCELLED)


def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    """A person's shifts from ``since`` on: approved ones, and those somebody still has to agree to."""
    rows = [row for several in groups(session, [person.id]).values() for row in several]
    signup, slot = VolunteerSignup, VolunteerSlot
    found = session.execute(
        select(Activity, slot, signup)
        .join(slot, slot.id == signup.slot_id)
        .join(VolunteerActivity, VolunteerActivity.activity_id == slot.activity_id)
        .join(Activity, Activity.id == slot.activity_id)
        .where(
            signup.person_id.in_(rows),
            signup.state.in_((APPROVED, APPLIED, WAITLISTED)),
            slot.starts_at >= datetime.combine(since, time(), current_site().timezone),
            VolunteerActivity.state.not_in(_TOLD),
        )
        .order_by(slot.starts_at.desc(), slot.id)
        .limit(MOST)
    )
    notes = {APPLIED: gettext("to be confirmed"), WAITLISTED: gettext("on the waiting list"), APPROVED: ""}
    return [
        CalendarItem(
            f"shift-{row.public_id}",
            f"{_title(activity, shift)} ({notes[row.state]})"
            if notes[row.state]
            else _title(activity, shift),
            current_site().local(shift.starts_at).date(),
            row.changed_at,
            shift.starts_at,
            shift.ends_at,
            activity.place,
            activity=activity.public_id,
            tentative=row.state != APPROVED,
        )
        for activity, shift, row in found
    ]


def _title(activity: Activity, slot: VolunteerSlot) -> str:
    return f"{activity.title} · {slot.role}" if slot.role else activity.title


def open_feed(session: Session, team_id: int) -> VolunteerTeamFeed | None:
    """The calendar address that a team has now."""
    feed = VolunteerTeamFeed
    return session.scalar(select(feed).where(feed.team_id == team_id, feed.revoked_at.is_(None)))


def create_feed(session: Session, team: VolunteerTeam, actor: Actor) -> str:
    """A new secret for the team's calendar, URL-safe; the one before is worth nothing from now on."""
    # Two who make one at once wait for each other here, and the index keeps it at one.
    session.refresh(team, with_for_update=True)
    _revoke(session, team.id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        VolunteerTeamFeed(
            token_hash=token_hash(token),
            team_id=team.id,
            created_at=current_site().now(),
            created_by=actor.label,
        )
    )
    session.flush()
    _write(session, team, "volunteer.team_feed_created", actor)
    return token


def revoke_feed(session: Session, team: VolunteerTeam, actor: Actor) -> bool:
    """Take the address back; False when there was none."""
    if not _revoke(session, team.id):
        return False
    _write(session, team, "volunteer.team_feed_revoked", actor)
    return True


def _revoke(session: Session, team_id: int) -> bool:
    feed = table_of(VolunteerTeamFeed)
    gone = session.execute(
        update(feed)
        .where(feed.c.team_id == team_id, feed.c.revoked_at.is_(None))
        .values(revoked_at=current_site().now())
        .returning(feed.c.token_hash)
    )
    return bool(gone.all())


def _write(session: Session, team: VolunteerTeam, event: str, actor: Actor) -> None:
    audit.write(session, actor, event, "volunteer_team", team.public_id, area_id=team.area_id)


def team_of_feed(session: Session, token: str) -> VolunteerTeam | None:
    """The team whose calendar this is; None for an unknown or revoked address, and for a dissolved team."""
    return session.scalar(
        select(VolunteerTeam)
        .join(VolunteerTeamFeed, VolunteerTeamFeed.team_id == VolunteerTeam.id)
        .where(
            VolunteerTeamFeed.token_hash == token_hash(token),
            VolunteerTeamFeed.revoked_at.is_(None),
            VolunteerTeam.state == ACTIVE,
        )
    )


def team_calendar(session: Session, team: VolunteerTeam) -> bytes:
    """The shifts of a team's activities of the last year and to come, as iCalendar text."""
    since = current_site().today() - LOOK_BACK
    slot = VolunteerSlot
    taken = (
        select(func.count())
        .where(VolunteerSignup.slot_id == slot.id, VolunteerSignup.state == APPROVED)
        .correlate(slot)
        .scalar_subquery()
    )
    found = session.execute(
        select(Activity, slot, VolunteerActivity.changed_at, taken)
        .join(slot, slot.activity_id == Activity.id)
        .join(VolunteerActivity, VolunteerActivity.activity_id == Activity.id)
        .where(
            VolunteerActivity.team_id == team.id,
            VolunteerActivity.state.not_in(_TOLD),
            slot.starts_at >= datetime.combine(since, time(), current_site().timezone),
        )
        .order_by(slot.starts_at.desc(), slot.id)
        .limit(MOST)
    )
    return calendar_text(
        team.name,
        [
            CalendarItem(
                f"slot-{shift.public_id}",
                _title(activity, shift),
                current_site().local(shift.starts_at).date(),
                changed_at,
                shift.starts_at,
                shift.ends_at,
                activity.place,
                str(gettext("%(taken)s of %(places)s places taken", taken=int(count), places=shift.capacity)),
            )
            for activity, shift, changed_at, count in found
        ],
    )
