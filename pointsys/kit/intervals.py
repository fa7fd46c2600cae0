"""From attendances of one person to credited minutes: the arithmetic of policy P0.

Volunteer hours and points both call ``credit``, so that the two always agree. In order: clip to the planned
window, give each second to the earliest check-in, floor each attendance to whole minutes, take the break off.
Everything is derived afresh from all attendances of the person; voiding one means calling again without it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Generic, TypeVar

MAX_SESSION = timedelta(minutes=1440)
_MINUTE = timedelta(minutes=1)

CLIPPED = "clipped"
OVERLAP = "overlap"
BREAK = "break"
UNTIMED = "untimed"
OPEN = "open"
TOO_LONG = "too_long"
# What was recorded is no length of time: a number of something else, or a date alone.
NO_TIME = "no_time"

K = TypeVar("K", bound=Hashable)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance(Generic[K]):
    """One in/out pair, or a dated quantity without times.

    ``start``, ``end`` and the planned window are aware instants; ``break_minutes`` belongs to the activity;
    ``quantity_minutes`` counts only when both times are missing; ``order`` is the order of recording.
    """

    key: K
    activity: Hashable
    local_date: date
    start: datetime | None = None
    end: datetime | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    break_minutes: int = 0
    quantity_minutes: int | None = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Credit:
    """What one attendance is worth; ``by_date`` splits ``minutes`` at local midnight and sums to it.

    ``gross_minutes`` is the time inside the planned window, before overlaps and breaks are taken off.
    """

    minutes: int
    gross_minutes: int
    flags: frozenset[str] = frozenset()
    by_date: Mapping[date, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Draft(Generic[K]):
    attendance: Attendance[K]
    gross_minutes: int
    flags: set[str]
    by_date: dict[date, int]

    @property
    def minutes(self) -> int:
        return sum(self.by_date.values())


def credit(attendances: Iterable[Attendance[K]], tz: tzinfo) -> dict[K, Credit]:
    """Return the credit of each of **one person's** attendances, by key; their order does not matter.

    Two pairs at the same time are credited once: the earlier check-in keeps the time, of equal ones the
    earlier record. The break of an activity is taken once for each local date, not once for each pair, and
    from the longest pair first. Its place in the day is not recorded, so a gap between two pairs does not
    count as the break: where people scan out for lunch, the activity has no break to enter. A pair of more
    than 24 hours, or one without an end, is worth nothing and says so by its flag.

    Raises ValueError for an end that is not after its start, for naive times and for a key that comes twice.
    Source: policy P0 of the volunteer rules; State Council Decree 685 asks for actual service time.
    """
    ordered = sorted(attendances, key=_check_in_order)
    taken: list[Span] = []
    drafts: dict[K, _Draft[K]] = {}
    for attendance in ordered:
        _check(attendance)
        if attendance.key in drafts:
            raise ValueError(f"attendance {attendance.key!r} is given twice")
        drafts[attendance.key] = _draft(attendance, taken, tz)
    _take_breaks(drafts.values())
    return {
        key: Credit(draft.minutes, draft.gross_minutes, frozenset(draft.flags), draft.by_date)
        for key, draft in drafts.items()
    }


def total_minutes(credited: Mapping[K, Credit]) -> int:
    """Return the minutes of all credits together."""
    return sum(item.minutes for item in credited.values())


def minutes_by_date(credited: Mapping[K, Credit]) -> dict[date, int]:
    """Return the credited minutes of each local date, in date order."""
    totals: dict[date, int] = {}
    for item in credited.values():
        for day, minutes in item.by_date.items():
            totals[day] = totals.get(day, 0) + minutes
    return dict(sorted(totals.items()))


def _check_in_order(attendance: Attendance[K]) -> tuple[datetime, int, str]:
    return (attendance.start or datetime.max.replace(tzinfo=UTC), attendance.order, str(attendance.key))


def _check(attendance: Attendance[K]) -> None:
    start, end = attendance.start, attendance.end
    for instant in (start, end, attendance.planned_start, attendance.planned_end):
        if instant is not None and instant.tzinfo is None:
            raise ValueError(f"attendance {attendance.key!r} has a time without a zone")
    if start is not None and end is not None and end <= start:
        raise ValueError(f"attendance {attendance.key!r} ends before it starts")


def _draft(attendance: Attendance[K], taken: list[Span], tz: tzinfo) -> _Draft[K]:
    if attendance.start is None and attendance.end is None and attendance.quantity_minutes is not None:
        return _untimed(attendance, attendance.quantity_minutes)
    if attendance.start is None or attendance.end is None:
        return _Draft(attendance, 0, {OPEN}, {})
    if attendance.end - attendance.start > MAX_SESSION:
        return _Draft(attendance, 0, {TOO_LONG}, {})
    span = _clip((attendance.start, attendance.end), attendance.planned_start, attendance.planned_end)
    flags = {CLIPPED} if span != (attendance.start, attendance.end) else set()
    if span[1] <= span[0]:
        return _Draft(attendance, 0, flags, {})
    # Check-ins come in order: what ended before this one can meet no later one either.
    taken[:] = [other for other in taken if other[1] > attendance.start]
    free = _subtract(span, taken)
    if free != [span]:
        flags.add(OVERLAP)
    taken.append(span)
    return _Draft(attendance, (span[1] - span[0]) // _MINUTE, flags, _split(free, tz))


def _untimed(attendance: Attendance[K], quantity: int) -> _Draft[K]:
    if timedelta(minutes=quantity) > MAX_SESSION:
        return _Draft(attendance, 0, {UNTIMED, TOO_LONG}, {})
    return _Draft(attendance, quantity, {UNTIMED}, {attendance.local_date: quantity})


def _clip(span: Span, planned_start: datetime | None, planned_end: datetime | None) -> Span:
    start, end = span
    return max(start, planned_start or start), min(end, planned_end or end)


def _subtract(span: Span, taken: Iterable[Span]) -> list[Span]:
    """The pieces of ``span`` that no span of ``taken`` covers."""
    pieces = [span]
    for start, end in taken:
        if end <= span[0] or start >= span[1]:
            continue
        rest: list[Span] = []
        for left, right in pieces:
            if left < min(right, start):
                rest.append((left, min(right, start)))
            if max(left, end) < right:
                rest.append((max(left, end), right))
        pieces = rest
    return pieces


def _split(pieces: Iterable[Span], tz: tzinfo) -> dict[date, int]:
    """Whole minutes for each local date.

    Only the sum is floored: each date gets the growth of the floored running total, so that seconds on both
    sides of midnight are not lost twice.
    """
    elapsed: dict[date, timedelta] = {}
    for start, end in pieces:
        left = start
        while left < end:
            day = left.astimezone(tz).date()
            midnight = datetime.combine(day + timedelta(days=1), time(), tz)
            right = min(end, midnight.astimezone(UTC))
            elapsed[day] = elapsed.get(day, timedelta()) + (right - left)
            left = right
    running, counted = timedelta(), 0
    minutes: dict[date, int] = {}
    for day in sorted(elapsed):
        running += elapsed[day]
        minutes[day] = running // _MINUTE - counted
        counted = running // _MINUTE
    return {day: number for day, number in minutes.items() if number}


def _take_breaks(drafts: Iterable[_Draft[K]]) -> None:
    groups: dict[Hashable, list[_Draft[K]]] = {}
    for draft in drafts:
        attendance = draft.attendance
        if attendance.break_minutes and UNTIMED not in draft.flags:
            groups.setdefault((attendance.activity, attendance.local_date), []).append(draft)
    for group in groups.values():
        left = max(draft.attendance.break_minutes for draft in group)
        # Sorting is stable and the drafts come in check-in order, so of equal ones the first gives way.
        for draft in sorted(group, key=lambda draft: -draft.minutes):
            left -= _shorten(draft, left)


def _shorten(draft: _Draft[K], minutes: int) -> int:
    """Take up to ``minutes`` off, from the date with most of them first; return how many there were."""
    taken = 0
    for day in sorted(draft.by_date, key=lambda day: (-draft.by_date[day], day)):
        part = min(draft.by_date[day], minutes - taken)
        draft.by_date[day] -= part
        taken += part
    if taken:
        draft.flags.add(BREAK)
        draft.by_date = {day: number for day, number in draft.by_date.items() if number}
    return taken


def format_hours(minutes: int) -> str:
    """Hours with two decimals, half up: 169 -> "2.82". Apply it to a total, never to the parts of one."""
    # A minute is 5/3 of a hundredth of an hour.
    hundredths = (abs(minutes) * 10 + 3) // 6
    sign = "-" if minutes < 0 else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"
