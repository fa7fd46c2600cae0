"""A member's calendar feed: made and taken back on a page of one's own, read by calendar programs at a secret address.

The feed holds what is planned around the member and what is on record of them, and nobody else's data. Its text depends
on nothing but that, so that a program which asks again gets "not modified".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_babel import force_locale, gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import feeds
from pointsys.core.accounts import throttle as account_throttle
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import LIVE, PENDING, Activity, Entry
from pointsys.core.activity_log.told import calendar_items
from pointsys.core.areas.models import ancestors
from pointsys.core.pages import CalendarItem
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.public_page import Upcoming, upcoming
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web import session as web_session
from pointsys.web.access import current_actor, public, signed_in
from pointsys.web.frame import flash_done, show

if TYPE_CHECKING:
    from icalendar import Calendar, Event

blueprint = Blueprint("feed", __name__)

View = Response | tuple[str, int]
LOOK_BACK = timedelta(days=365)
MOST_PLANNED = 50
MOST_RECORDED = 500
# Wrong addresses from one network address within ten minutes, then none is looked up any more.
WRONG_ADDRESSES = 30


@blueprint.get("/me/calendar")
@signed_in
def calendar() -> View:
    """Whether one has a feed, and the buttons that make one and take it back."""
    with read_scope() as session:
        found = feeds.open_feed(session, _account_id())
        return show("me/calendar.html", feed=found, address="", bound=current_actor().person_id is not None)


@blueprint.post("/me/calendar")
@signed_in
def create() -> View:
    """Make the feed's address anew and show it, this one time."""
    account_id = _account_id()
    with unit_of_work(drain=False) as session:
        token = feeds.create_feed(session, session.get_one(Account, account_id), current_actor())
    base = current_app.config["POINTSYS"].base_url.rstrip("/") or request.host_url.rstrip("/")
    with read_scope() as session:
        return show(
            "me/calendar.html",
            feed=feeds.open_feed(session, account_id),
            address=f"{base}{url_for('feed.ics', token=token)}",
            bound=current_actor().person_id is not None,
        )


@blueprint.post("/me/calendar/revoke")
@signed_in
def revoke() -> View:
    """Let the feed's address be worth nothing."""
    account_id = _account_id()
    with unit_of_work(drain=False) as session:
        feeds.revoke_feed(session, session.get_one(Account, account_id), current_actor())
    flash_done(N_("The address of your calendar does not work any more."))
    return redirect(url_for("feed.calendar"), 303)


def _account_id() -> int:
    account_id = current_actor().account_id
    if account_id is None:
        abort(404)
    return account_id


@blueprint.get("/feed/<token>.ics")
@public
def ics(token: str) -> Response:
    """The calendar of whoever the token belongs to; 404 for all others, and 429 for somebody who tries many."""

    def find(session: Session) -> bytes | None:
        person_id = feeds.person_of_feed(session, token)
        return calendar_of(session, person_id) if person_id is not None else None

    return serve_calendar(find)


def serve_calendar(find: Callable[[Session], bytes | None]) -> Response:
    """What ``find`` has for the address that was asked for; 404 for None, and 429 for somebody who tries many."""
    guard = (f"feed:{web_session.client_address()}", WRONG_ADDRESSES)
    with read_scope() as session:
        if account_throttle.locked_until(session, [guard]) is not None:
            abort(429)
        with force_locale(current_app.config["POINTSYS"].language):
            text = find(session)
    if text is None:
        with unit_of_work(drain=False) as session:
            account_throttle.count_subjects(session, [guard])
        abort(404)
    answer = Response(text, mimetype="text/calendar")
    answer.set_etag(hashlib.sha256(text).hexdigest())
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer.make_conditional(request)


def calendar_of(session: Session, person_id: int) -> bytes | None:
    """The feed of a person as iCalendar text; None for an unknown one. Depends on what is on record alone."""
    person = session.get(Person, canonical_ids(session, [person_id])[person_id])
    if person is None:
        return None
    feed = _calendar(gettext("My community activities"))
    recorded = _recorded(session, person)
    for entry, activity in recorded:
        feed.add_component(_of_entry(entry, activity))
    known = {activity.public_id for _entry, activity in recorded}
    # What took place stands there as it was recorded.
    told = [item for item in calendar_items(session, person, _since()) if item.activity not in known]
    for item in told:
        feed.add_component(_of_item(item))
    known |= {item.activity for item in told}
    planned = upcoming(session, ancestors(person.area_id), current_site().today(), limit=MOST_PLANNED)
    for plan in planned:
        if plan.public_id not in known:
            feed.add_component(_of_plan(plan))
    feed.add_missing_timezones()
    return bytes(feed.to_ical())


def calendar_text(name: str, items: Iterable[CalendarItem]) -> bytes:
    """A calendar of some items as iCalendar text."""
    feed = _calendar(name)
    for item in items:
        feed.add_component(_of_item(item))
    feed.add_missing_timezones()
    return bytes(feed.to_ical())


def _calendar(name: str) -> Calendar:
    # Half a hundred modules that nobody but a calendar program needs.
    from icalendar import Calendar

    feed = Calendar()
    feed.add("prodid", "-//pointsys//calendar//")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    return feed


def _recorded(session: Session, person: Person) -> list[tuple[Entry, Activity]]:
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person.id)
    rows: Iterable[Any] = session.execute(
        select(Entry, Activity)
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            or_(Entry.person_id == person.id, Entry.person_id.in_(merged)),
            Entry.local_date >= _since(),
            Entry.status.in_(LIVE),
        )
        .order_by(Entry.local_date.desc(), Entry.id.desc())
        .limit(MOST_RECORDED)
    )
    return [(entry, activity) for entry, activity in rows]


def _since() -> date:
    return current_site().today() - LOOK_BACK


def _of_entry(entry: Entry, activity: Activity) -> Event:
    waits = entry.status == PENDING
    title = gettext("%(title)s (to be confirmed)", title=entry.title) if waits else entry.title
    event = _event(f"entry-{entry.public_id}", title, activity.place, entry.recorded_at)
    event.add("status", "TENTATIVE" if waits else "CONFIRMED")
    return _when(event, entry.local_date, entry.starts_at, entry.ends_at)


def _of_plan(item: Upcoming) -> Event:
    event = _event(f"activity-{item.public_id}", item.title, item.place, item.created_at)
    return _when(event, item.local_date, item.starts_at, item.ends_at)


def _of_item(item: CalendarItem) -> Event:
    event = _event(item.uid, item.title, item.place, item.stamp)
    if item.note:
        event.add("description", item.note)
    event.add("status", "TENTATIVE" if item.tentative else "CONFIRMED")
    return _when(event, item.day, item.starts_at, item.ends_at)


def _event(uid: str, title: str, place: str, stamp: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{uid}@pointsys")
    event.add("summary", title)
    if place:
        event.add("location", place)
    event.add("dtstamp", stamp)
    # Neither free nor busy: nobody's meetings are refused because of it.
    event.add("transp", "TRANSPARENT")
    return event


def _when(event: Event, day: date, starts_at: datetime | None, ends_at: datetime | None) -> Event:
    """Local times with their zone; a whole day where no time is known."""
    local = current_site().local
    event.add("dtstart", local(starts_at) if starts_at else day)
    if starts_at and ends_at and ends_at > starts_at:
        event.add("dtend", local(ends_at))
    return event
