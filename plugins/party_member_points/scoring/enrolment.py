"""Where a person's enrolment meets the period (E10), and which calendar windows can be judged in it (E9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pointsys.plugin import N_, Problem

from .exact import Number, over
from .facts import Book
from .periods import Ask, months_between, window_key, window_span
from .scheme import Scheme


@dataclass(frozen=True, slots=True)
class Stay:
    """The days of the period on which a person is enrolled, and the last day that may be judged."""

    first: date
    last: date
    judged_to: date
    rules_from: date
    share: Number


def stay_of(scheme: Scheme, ask: Ask, book: Book) -> Stay | None:
    """The enrolment inside the period; None when there is none up to the asking day."""
    first, last = max(ask.first, book.checkin), min(ask.last, book.left)
    if book.checkin > min(ask.last, ask.today) or first > last:
        return None
    # Only where neither the period nor the check-in says where to begin, the first version does.
    rules_from = date.min if first > date.min else scheme.starts[0]
    return Stay(first, last, min(last, ask.today), rules_from, _share(scheme, ask, first, last))


def _share(scheme: Scheme, ask: Ask, first: date, last: date) -> Number:
    """Months touched, or days, over those of the whole period; a period without a first day is never prorated."""
    if not ask.bounded or scheme.enrol.prorate == "none":
        return 1
    if scheme.enrol.prorate == "month":
        return over(months_between(first, last), months_between(ask.first, ask.last))
    return over((last - first).days + 1, (ask.last - ask.first).days + 1)


def judged_windows(ask: Ask, stay: Stay, window: str, to: date | None = None) -> Iterator[int]:
    """Windows wholly inside enrolment that have ended; of an unbounded period only those the rules can reach.

    ``to`` stands in for the asking day where later windows cannot matter; without it an endless period needs
    ``as_of`` (raises Problem ``as_of_needed``).
    """
    end = stay.judged_to if to is None else min(to, stay.judged_to)
    if window == "period":
        if (stay.first, stay.last) == (ask.first, ask.last) and stay.judged_to == ask.last:
            yield 0
        return
    if end == date.max:
        raise as_of_needed()
    start = max(stay.first, stay.rules_from)
    for key in range(window_key(window, start), window_key(window, end) + 1):
        first, last = window_span(window, key)
        if first >= stay.first and last <= stay.judged_to:
            yield key


def as_of_needed() -> Problem:
    """A period without an end can only be judged up to some day."""
    return Problem(
        "as_of_needed",
        N_("This scheme has no end of period: give as_of, the moment of asking."),
        field="as_of",
    )


def next_window_end(stay: Stay, window: str, after: date, until: date) -> date | None:
    """The next last day of a window that lies wholly between check-in and ``until``, after a given day."""
    start = max(stay.first, stay.rules_from, after)
    key = window_key(window, start)
    for candidate in range(key, key + 3):
        try:
            first, last = window_span(window, candidate)
        except (ValueError, OverflowError):
            return None
        if first >= stay.first and after < last <= until:
            return last
    return None


def day_after(day: date) -> date | None:
    """The next day; None at the end of the calendar."""
    return None if day == date.max else day + timedelta(days=1)
