"""The next local date on which a result can change although nothing new is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from .enrolment import Stay, day_after, next_window_end
from .evaluation import Evaluation
from .periods import Ask, local_time
from .scheme import Expectation


def next_change(found: Evaluation) -> str | None:
    """That date as ``YYYY-MM-DD``, or None; never later than the true one, possibly earlier.

    For a rolling period the date asked about moves along with the days.
    """
    rolling = found.scheme.period_type == "rolling"
    today = min(found.ask.today, found.ask.last) if rolling else found.ask.today
    if today == date.max:
        return None
    end = date.max if rolling else found.ask.last
    days = [day for day in _candidates(found, today, end) if today < day <= end]
    return min(days).isoformat() if days else None


def _candidates(found: Evaluation, today: date, end: date) -> Iterator[date]:
    book = found.book
    if book.checkin > today:
        yield book.checkin
    for entry in book.entries:
        if entry.day > today:
            yield entry.day
    for session in book.sessions:
        if session.day > today:
            yield session.day
    if end == date.max and found.scheme.period_type == "rolling":
        yield from _rolling(found, today)
    if found.stay is not None:
        until = min(end, book.left)
        yield from _windows(found, found.stay, found.ask, today, until)
        yield from _gaps(found, found.stay, today, until)


def _rolling(found: Evaluation, today: date) -> Iterator[date]:
    """Expiries, later versions, and late entries that a later asking date admits."""
    yield from (start for start in found.scheme.starts if start > today)
    grace = timedelta(days=min(found.scheme.grace_days or 0, 36500))
    for entry in found.book.entries:
        expired = day_after(entry.valid_to)
        if expired is not None:
            yield expired
        if entry.rec is not None:
            yield local_time(entry.rec, found.scheme.zone, "rec").date() - grace


def _expectations(found: Evaluation) -> Iterator[Expectation]:
    for version in found.scheme.versions[: found.version + 1]:
        yield from version.expects.values()


def _windows(found: Evaluation, stay: Stay, ask: Ask, today: date, until: date) -> Iterator[date]:
    rules = found.scheme.versions[found.version]
    conditions = [r for gate in rules.gates for r in gate.require]
    conditions += [r for grade in rules.grades for r in grade.require]
    used = {rule.window for rule in _expectations(found)} | {r.each for r in conditions if r.each}
    for window in used - {"gap"}:
        if window == "period":
            yield ask.last
        else:
            day = next_window_end(stay, window, today, until)
            if day is not None:
                yield day


def _gaps(found: Evaluation, stay: Stay, today: date, until: date) -> Iterator[date]:
    """The day on which the idle run that is now open reaches its next whole block."""
    eligible = found.selection.eligible if found.selection is not None else []
    for rule in found.scheme.versions[found.version].expects.values():
        if rule.window != "gap":
            continue
        busy = [entry.day for entry in eligible if entry.item in rule.items]
        opened = max(
            [max(stay.first, stay.rules_from), *(day + timedelta(days=1) for day in busy if day < date.max)]
        )
        idle = (today - opened).days + 1
        ahead = rule.days - idle % rule.days
        if today.toordinal() + ahead <= until.toordinal():
            yield today + timedelta(days=ahead)
