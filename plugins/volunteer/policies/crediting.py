"""From one person's attendance to credited minutes, by policy: pure rules without a database.

In order: errors and the fourth check-in of a day are left out; time is clipped to the plan; each moment goes to the
earliest check-in; seconds become minutes once for each service, split at local midnight; the break comes off, the way
is added, steps and the least apply, then the most of an activity. The day's limit says last what counts at once.
Everything is computed afresh from all services of a person, so their order does not matter, nor what stood before.
Under P0 the minutes are those of ``pointsys.kit.intervals``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from .days import MINUTE, Days
from .policy import Policy

APPROVED, PENDING, NEEDS_REVIEW, REJECTED = "approved", "pending", "needs_review", "rejected"
STATES = (APPROVED, PENDING, NEEDS_REVIEW, REJECTED)
STREET, DISTRICT = "street", "district"
LEVELS = ("", STREET, DISTRICT)
CREDIT, HONOUR = "credit", "honour"

CLIPPED, OVERLAP, BREAK, UNTIMED = "clipped", "overlap", "break", "untimed"
OPEN, NO_START, NO_TIME = "open", "no_start", "no_time"
TOO_LONG, TOO_MANY_PAIRS, END_BEFORE_START = "too_long", "too_many_pairs", "end_before_start"
TRAVEL, RAISED, CAPPED, PLAN_LENGTH, REFUSED = "travel", "raised", "capped", "plan_length", "refused"

K = TypeVar("K", bound=Hashable)
_NEVER = 1 << 62


@dataclass(slots=True)
class Service(Generic[K]):
    """One in/out pair of a person on the local date ``day``, or minutes without times (``quantity``).

    ``day`` may be None only where there is no start. Instants are in microseconds since 1970; ``order`` is the order
    of recording. ``decided`` is the highest level that approved it, or "rejected". ``time`` is False where nothing
    tells a length.
    """

    key: K
    activity: Hashable
    policy: Policy
    order: int
    start: int | None
    end: int | None
    plan_start: int | None = None
    plan_end: int | None = None
    break_minutes: int = 0
    day: date | None = None
    quantity: int | None = None
    honour: bool = False
    decided: str = ""
    time: bool = True


@dataclass(slots=True)
class Worth:
    """What one service is worth: ``minutes``, split by local date in ``by_date``, if it is or will be approved.

    ``gross`` is its time within the plan, before anything else is taken off. ``counts`` is what counts now.
    """

    minutes: int = 0
    gross: int = 0
    state: str = APPROVED
    level: str = ""
    flags: set[str] = field(default_factory=set)
    by_date: dict[date, int] = field(default_factory=dict)

    @property
    def counts(self) -> int:
        """The minutes that count now."""
        return self.minutes if self.state == APPROVED else 0

    @property
    def days(self) -> dict[date, int]:
        """The minutes that count now, by local date."""
        return self.by_date if self.state == APPROVED else {}


Pairs = list[tuple[Service[K], Worth]]
# Pieces of time that nobody has yet, as (start, end) in microseconds.
Spans = list[tuple[int, int]]


def credit(services: Iterable[Service[K]], days: Days) -> dict[K, Worth]:
    """What each service of **one person** is worth, by key; ValueError for a key that comes twice."""
    ordered = sorted(services, key=_check_in)
    taken: Spans = []
    used: dict[tuple[Hashable, date], int] = {}
    found: dict[K, Worth] = {}
    counted: Pairs[K] = []
    for one in ordered:
        if one.key in found:
            raise ValueError(f"service {one.key!r} is given twice")
        worth = found[one.key] = _timed(one, taken, used, days)
        if worth.by_date:
            counted.append((one, worth))
    _take_breaks(counted)
    _adjust(counted)
    _cap(counted)
    _climb(counted)
    return found


def _check_in(one: Service[K]) -> tuple[int, int]:
    return (_NEVER if one.start is None else one.start, one.order)


def _timed(one: Service[K], taken: Spans, used: dict[tuple[Hashable, date], int], days: Days) -> Worth:
    """Minutes of one service in time that is still free, or why there are none."""
    if one.decided == REJECTED:
        return Worth(state=REJECTED, flags={REFUSED})
    start, end, policy = one.start, one.end, one.policy
    if start is None or end is None or not one.time:
        return _untimed(one)
    if end <= start:
        return Worth(state=REJECTED, flags={END_BEFORE_START})
    if end - start > policy.max_session_minutes * MINUTE:
        return Worth(state=REJECTED, flags={TOO_LONG})
    pair = (one.activity, one.day or days.of(start)[0])
    number = used[pair] = used.get(pair, 0) + 1
    if number > policy.max_pairs:
        return Worth(state=REJECTED, flags={TOO_MANY_PAIRS})
    return _in_time(one, start, end, taken, days)


def _untimed(one: Service[K]) -> Worth:
    if not one.time:
        return Worth(state=NEEDS_REVIEW, flags={NO_TIME})
    if one.start is not None or one.end is not None or one.quantity is None or one.day is None:
        missing = {flag for flag, stamp in ((NO_START, one.start), (OPEN, one.end)) if stamp is None}
        return Worth(state=NEEDS_REVIEW, flags=missing)
    if one.quantity > one.policy.max_session_minutes:
        return Worth(state=REJECTED, flags={UNTIMED, TOO_LONG})
    worth = Worth(one.quantity, one.quantity, flags={UNTIMED})
    if one.quantity > 0:
        worth.by_date[one.day] = one.quantity
    return worth


def _in_time(one: Service[K], start: int, end: int, taken: Spans, days: Days) -> Worth:
    policy, arrived = one.policy, start
    worth = Worth()
    if policy.clip:
        if one.plan_start is not None and start < one.plan_start:
            start = one.plan_start
        if one.plan_end is not None and end > one.plan_end:
            end = one.plan_end
        if start != arrived or end != one.end:
            worth.flags.add(CLIPPED)
        if end <= start:
            return worth
    free = [(start, end)]
    if taken:
        # Check-ins come in order: what ended before this one can meet no later one either.
        taken[:] = [span for span in taken if span[1] > arrived]
        if policy.union and (rest := _subtract(start, end, taken)) != free:
            free = rest
            worth.flags.add(OVERLAP)
    taken += free
    worth.gross = (end - start) // MINUTE
    worth.by_date, worth.minutes = _split(free, policy.rounding, days)
    return worth


def _subtract(start: int, end: int, taken: Spans) -> Spans:
    """The pieces of a span that no span of ``taken`` covers."""
    pieces = [(start, end)]
    for left, right in taken:
        if right <= start or left >= end:
            continue
        rest: Spans = []
        for first, last in pieces:
            if first < min(last, left):
                rest.append((first, min(last, left)))
            if max(first, right) < last:
                rest.append((max(first, right), last))
        pieces = rest
    return pieces


def _whole(amount: int, size: int, rounding: str) -> int:
    """How many times ``size`` an amount is, rounded."""
    if rounding == "floor":
        return amount // size
    if rounding == "ceil":
        return -(-amount // size)
    return (2 * amount + size) // (2 * size)


def _split(pieces: Spans, rounding: str, days: Days) -> tuple[dict[date, int], int]:
    """Whole minutes by local date, and their sum.

    Only the sum is rounded: each date gets the growth of the rounded running total, so that seconds on both sides of
    midnight are not lost twice.
    """
    elapsed: dict[date, int] = {}
    for left, end in pieces:
        while left < end:
            day, midnight = days.of(left)
            right = end if end < midnight else midnight
            elapsed[day] = elapsed.get(day, 0) + right - left
            left = right
    running = counted = 0
    minutes: dict[date, int] = {}
    # Pieces come in time order, and so do their dates.
    for day, length in elapsed.items():
        running += length
        now = _whole(running, MINUTE, rounding)
        if now > counted:
            minutes[day] = now - counted
            counted = now
    return minutes, counted


def _take_breaks(pairs: Pairs[K]) -> None:
    """Once for each activity and date on which somebody came, from the longest service first."""
    groups: dict[tuple[Hashable, date], Pairs[K]] = {}
    for one, worth in pairs:
        if one.break_minutes and one.policy.breaks and UNTIMED not in worth.flags:
            groups.setdefault((one.activity, one.day or next(iter(worth.by_date))), []).append((one, worth))
    for group in groups.values():
        left = max(one.break_minutes for one, _worth in group)
        # Sorting is stable and services come in check-in order, so of equal ones the first gives way.
        for _one, worth in sorted(group, key=lambda pair: -pair[1].minutes):
            taken = _take(worth, left)
            if taken:
                worth.flags.add(BREAK)
            left -= taken


def _take(worth: Worth, minutes: int) -> int:
    """Take up to ``minutes`` off, from the date with most of them first; returns how many there were."""
    by_date, taken = worth.by_date, 0
    for day in sorted(by_date, key=lambda day: (-by_date[day], day)):
        part = min(by_date[day], minutes - taken)
        by_date[day] -= part
        taken += part
        if not by_date[day]:
            del by_date[day]
    worth.minutes -= taken
    return taken


def _add(worth: Worth, minutes: int) -> None:
    day = min(worth.by_date, key=lambda day: (-worth.by_date[day], day))
    worth.by_date[day] += minutes
    worth.minutes += minutes


def _adjust(pairs: Pairs[K]) -> None:
    """The planned length of what was written down, the way, steps, and the least: each service by itself."""
    gone: set[tuple[Hashable, date]] = set()
    for one, worth in pairs:
        policy = one.policy
        if one.honour and policy.honour_within_plan:
            _bound(one, worth)
        if policy.travel_minutes and worth.minutes:
            way = (one.activity, one.day or next(iter(worth.by_date)))
            if way not in gone:
                gone.add(way)
                _add(worth, policy.travel_minutes)
                worth.flags.add(TRAVEL)
        if policy.step_minutes > 1 and worth.minutes:
            _change(worth, _whole(worth.minutes, policy.step_minutes, policy.rounding) * policy.step_minutes)
        if 0 < worth.minutes < policy.min_session_minutes:
            _add(worth, policy.min_session_minutes - worth.minutes)
            worth.flags.add(RAISED)


def _bound(one: Service[K], worth: Worth) -> None:
    if one.plan_start is None or one.plan_end is None:
        return
    pause = one.break_minutes if one.policy.breaks else 0
    most = max(0, (one.plan_end - one.plan_start) // MINUTE - pause)
    if worth.minutes > most:
        _change(worth, most)
        worth.flags.add(PLAN_LENGTH)


def _change(worth: Worth, minutes: int) -> None:
    if minutes > worth.minutes:
        _add(worth, minutes - worth.minutes)
    else:
        _take(worth, worth.minutes - minutes)


def _cap(pairs: Pairs[K]) -> None:
    """The most of an activity goes to its first check-ins."""
    used: dict[Hashable, int] = {}
    for one, worth in pairs:
        most = one.policy.max_activity_minutes
        if not most:
            continue
        left = most - used.get(one.activity, 0)
        if worth.minutes > left:
            _take(worth, worth.minutes - max(left, 0))
            worth.flags.add(CAPPED)
        used[one.activity] = used.get(one.activity, 0) + worth.minutes


def _climb(pairs: Pairs[K]) -> None:
    """The day's limit: the service that goes beyond it on any of its dates waits as a whole, and those after it."""
    totals: dict[date, int] = {}
    for one, worth in pairs:
        policy, most = one.policy, 0
        for day, minutes in worth.by_date.items():
            total = totals[day] = totals.get(day, 0) + minutes
            most = max(most, total)
        if most > policy.day_auto_minutes:
            worth.level = STREET if most <= policy.day_street_minutes else DISTRICT
            if LEVELS.index(worth.level) > (LEVELS.index(one.decided) if one.decided in LEVELS else 0):
                worth.state = PENDING
