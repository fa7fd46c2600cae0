"""Rules of sign-ups without a database: shifts as typed, which times clash, and until when what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from pointsys.plugin import N_, Problem, clean_text

MAX_ROLE = 40
MAX_CAPACITY = 2_000
MAX_WEEKS = 52
MAX_SLOTS = 50
HOURS_AHEAD = 24 * 30


@dataclass(frozen=True)
class Span:
    """A stretch of time from ``starts_at`` until just before ``ends_at``, and what it is called."""

    starts_at: datetime
    ends_at: datetime
    title: str = ""


def clash(own: Iterable[Span], starts_at: datetime, ends_at: datetime) -> Span | None:
    """The first of ``own`` that shares a minute with these times; one that ends when they begin does not."""
    for span in own:
        if span.starts_at < ends_at and starts_at < span.ends_at:
            return span
    return None


@dataclass(frozen=True)
class Shift:
    """A role with local times and places, as somebody types it; an end before the start is the next morning's."""

    role: str
    start: time
    end: time
    capacity: int

    def on(self, day: date, zone: tzinfo, after: datetime | None = None) -> tuple[datetime, datetime]:
        """The instants on a day; what begins before ``after``, the start of the whole, is the next morning's."""
        starts_at = datetime.combine(day, self.start, zone)
        if after is not None and starts_at < after:
            day, starts_at = day + timedelta(days=1), starts_at + timedelta(days=1)
        ends_at = datetime.combine(day, self.end, zone)
        return starts_at, ends_at if ends_at > starts_at else ends_at + timedelta(days=1)


def check_shift(role: str, starts_at: datetime, ends_at: datetime, capacity: int, window: Span) -> str:
    """The role in its one spelling; raises Problem bad_role, bad_capacity, end_before_start, outside_window."""
    role = clean_text(role)
    if not role or len(role) > MAX_ROLE:
        raise Problem(
            "bad_role",
            N_("Give each role a name of at most %(most)s characters."),
            field="role",
            most=MAX_ROLE,
        )
    if not 1 <= capacity <= MAX_CAPACITY:
        raise Problem(
            "bad_capacity", N_("A shift has from 1 to %(most)s places."), field="capacity", most=MAX_CAPACITY
        )
    if ends_at <= starts_at:
        raise Problem("end_before_start", N_("The end must be after the start."), field="end")
    if starts_at < window.starts_at or ends_at > window.ends_at:
        raise Problem(
            "outside_window", N_("The shift of %(role)s lies outside the activity's time."), field="start",
            role=role,
        )  # fmt: skip
    return role


def weekly(first: date, weeks: int) -> Sequence[date]:
    """The same weekday for so many weeks; raises Problem bad_weeks."""
    if not 1 <= weeks <= MAX_WEEKS:
        raise Problem(
            "bad_weeks", N_("A series has from 1 to %(most)s weeks."), field="weeks", most=MAX_WEEKS
        )
    return [first + timedelta(weeks=number) for number in range(weeks)]


def check_sign_up_time(now: datetime, starts_at: datetime, hours: int) -> None:
    """Raise Problem too_late when sign-up has ended: ``hours`` before the shift begins."""
    if now >= starts_at - timedelta(hours=hours):
        raise Problem("too_late", N_("Sign-up for this shift has ended. Ask the organiser."))


def cancel_until(starts_at: datetime, hours: int) -> datetime:
    """Until when people take a place back themselves."""
    return starts_at - timedelta(hours=hours)
