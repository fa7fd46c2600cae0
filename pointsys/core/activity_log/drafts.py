"""What is to be recorded, before it is: one value for each person's part, in its one spelling and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pointsys.core.site import current_site
from pointsys.kit.identity import clean_lines, clean_text, normalise_text
from pointsys.kit.problems import N_, Problem

# The unit of a quantity that is a length of time.
HOUR = "hour"
# Units of what is no time: a number that points may count, and how often.
SHARE = "share"
TIME = "time"
UNITS = (HOUR, SHARE, TIME)
# Each entry of service is one time by itself; what it is worth is its hours, or the number where points count that.
SERVICE_UNITS = (HOUR, SHARE)
LONGEST = timedelta(hours=24)
MAX_TITLE = 200
MAX_KEY = 300
MAX_ROLE = 40
MAX_UNIT = 10
MAX_REASON = 200
MAX_REF = 100
MAX_PLACE = 200
MAX_ORGANISER = 100
MAX_TEXT = 2_000
MAX_QUANTITY = 100_000_000

# Before this there were no such records; calendars and time zones also end before their first year does.
FIRST_YEAR = 1900

BAD_DATE = N_("“%(value)s” is not a date. Write it with a year of four digits, like 2026-03-07.")
# Minutes written where hours are asked for are the usual reason.
TOO_MANY_HOURS = N_(
    "A day has 24 hours. If these are minutes, write them as hours, like 1.5; write what took several days once for "
    "each day."
)
UNKNOWN_UNIT = N_(
    "“%(unit)s” is no unit that is counted here. Write the hours (unit “hour”), or a number with unit “share” or "
    "“time”."
)
SERVICE_IN_HOURS = N_(
    "Voluntary service is counted in hours. Write the hours (unit “hour”), or use a kind that is no voluntary service."
)
TOO_LONG_TEXT = N_("Write at most %(count)s characters.")


@dataclass(frozen=True)
class EntryDraft:
    """One person's part in something, before it is recorded.

    Either ``activity_id`` names a planned activity, or ``kind_id``, ``title`` and ``local_date`` make one.
    ``place`` and ``organiser`` describe an activity that is made, and are cut to length.
    ``starts_at``/``ends_at`` are instants; without them ``quantity`` (hundredths of ``unit``) is credited as given.
    """

    person_id: int
    kind_id: int
    title: str
    local_date: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantity: int | None = None
    unit: str | None = None
    role: str = ""
    evidence: str = ""
    note: str = ""
    source_ref: str = ""
    accepted_late: str | None = None
    activity_id: int | None = None
    place: str = ""
    organiser: str = ""
    # Somebody came and nobody knows when they left: the start alone is recorded, and credited nothing.
    open_end: bool = False

    @property
    def start_key(self) -> str:
        """The start as text, "" for a date alone; part of the identity."""
        return self.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S") if self.starts_at else ""


# A sheet repeats the same few titles and roles thousands of times.
_clean = lru_cache(maxsize=4_096)(clean_text)


def title_key(title: str) -> str:
    """The form in which titles are the same: full-width and plain, upper and lower case alike."""
    # Compatibility forms can be many times longer than what was typed, and an index has its limits.
    return normalise_text(title).casefold()[:MAX_KEY]


def tidy(draft: EntryDraft) -> EntryDraft:
    """``draft`` with its texts as they are stored: nothing invisible, no stray blanks."""
    if not (draft.source_ref or draft.evidence or draft.note) and (
        draft.title == _clean(draft.title) and draft.role == _clean(draft.role)
    ):
        return draft
    return replace(
        draft,
        title=_clean(draft.title),
        role=_clean(draft.role),
        source_ref=clean_text(draft.source_ref)[:MAX_REF],
        evidence=clean_lines(draft.evidence),
        note=clean_lines(draft.note),
        place=_clean(draft.place)[:MAX_PLACE],
        organiser=_clean(draft.organiser)[:MAX_ORGANISER],
    )


def check_draft(draft: EntryDraft, now: datetime, today: date) -> None:
    """Refuse what cannot have happened or does not fit; raises Problem naming the field."""
    if not draft.title.strip() or len(draft.title) > MAX_TITLE:
        raise Problem("bad_title", N_("Give the activity a title of at most 200 characters."), field="title")
    if draft.local_date.year < FIRST_YEAR:
        raise Problem("bad_date", BAD_DATE, field="date", value=draft.local_date)
    _check_times(draft, now)
    if draft.local_date > today:
        raise _future("date")
    if draft.quantity is not None and not 0 <= draft.quantity <= MAX_QUANTITY:
        raise Problem("bad_quantity", N_("The quantity is not a sensible number."), field="quantity")
    if draft.quantity is not None and draft.unit not in UNITS:
        raise Problem("unknown_unit", UNKNOWN_UNIT, field="unit", unit=(draft.unit or "")[:MAX_UNIT])
    if draft.unit == HOUR and (draft.quantity or 0) > LONGEST // timedelta(hours=1) * 100:
        raise Problem("too_many_hours", TOO_MANY_HOURS, field="quantity")
    lengths = (
        ("role", draft.role, MAX_ROLE),
        ("unit", draft.unit or "", MAX_UNIT),
        ("accepted_late", draft.accepted_late or "", MAX_REASON),
        ("evidence", draft.evidence, MAX_TEXT),
        ("note", draft.note, MAX_TEXT),
        ("place", draft.place, MAX_PLACE),
        ("organiser", draft.organiser, MAX_ORGANISER),
    )
    for field, text, longest in lengths:
        if len(text) > longest:
            raise Problem("too_long_text", TOO_LONG_TEXT, field=field, count=longest)


def _check_times(draft: EntryDraft, now: datetime) -> None:
    if draft.open_end and draft.starts_at is not None and draft.ends_at is None:
        _check_start(draft, draft.starts_at, now)
        return
    if (draft.starts_at is None) != (draft.ends_at is None):
        raise Problem("half_a_time", N_("Give both start and end, or neither."), field="end")
    if draft.starts_at is None or draft.ends_at is None:
        return
    if draft.ends_at <= draft.starts_at:
        raise Problem("end_before_start", N_("The end must be after the start."), field="end")
    if draft.ends_at - draft.starts_at > LONGEST:
        raise Problem("too_long", N_("Nobody is active for more than 24 hours at a stretch."), field="end")
    _check_start(draft, draft.starts_at, now)
    if draft.ends_at > now:
        raise _future("end")


def _check_start(draft: EntryDraft, starts_at: datetime, now: datetime) -> None:
    if starts_at > now:
        raise _future("start")
    if current_site().local(starts_at).date() != draft.local_date:
        raise Problem("date_differs", N_("The start lies on another day than the date."), field="start")


def _future(field: str) -> Problem:
    return Problem(
        "in_the_future", N_("This lies in the future; record it when it has happened."), field=field
    )
