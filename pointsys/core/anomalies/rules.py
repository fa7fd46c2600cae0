"""What is worth a look, as rules alone. They take what was recorded and say what stands out; they read no database.

Each rule is about a person or a recorder, never about a device: couples share a phone, and that is no signal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pointsys.kit.problems import N_

BURST = "burst"
HOURS = "hours"
OVERLAP = "overlap"
ROUND = "round"
LATE_SHEET = "late_sheet"
ALONE = "alone"

TITLES = {
    BURST: N_("Many hours in few minutes"),
    HOURS: N_("A very long day"),
    OVERLAP: N_("In two places at once"),
    ROUND: N_("Nothing but round numbers"),
    LATE_SHEET: N_("A sheet of old dates"),
    ALONE: N_("Confirmed at the command line"),
}
MEANINGS = {
    BURST: N_("One person recorded at least 20 people and 100 hours within 10 minutes."),
    HOURS: N_("Somebody has more than 10 hours on one day, overlaps counted once."),
    OVERLAP: N_("Somebody has two activities that overlap by more than 30 minutes."),
    ROUND: N_("One person recorded at least 20 entries without times, nearly all of them in full hours."),
    LATE_SHEET: N_("A sheet brought at least 11 entries that were older than the area allows without a second look."),
    ALONE: N_("Entries stand confirmed without a second person because they came in at the command line."),
}  # fmt: skip

WITHIN = timedelta(minutes=10)
BURST_PEOPLE = 20
BURST_MINUTES = 100 * 60
LONG_DAY = 10 * 60
LONG_OVERLAP = 30
ROUND_FROM = 20
LATE_FROM = 11


@dataclass(frozen=True)
class Taken:
    """One person's part as it was recorded; ``untimed`` where hours were given instead of times."""

    recorder: str
    person: int
    day: date
    recorded_at: datetime
    minutes: int
    activity: str
    title: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    untimed: bool = False


@dataclass(frozen=True)
class Anomaly:
    """Something worth a look: ``recorder`` or ``person`` it is about, when, and how much of it there is.

    ``activities`` are outside ids with titles, at most three; ``days`` the first and last day it is about. ``batch``
    is the outside id of an import.
    """

    kind: str
    at: datetime
    days: tuple[date, date]
    entries: int
    people: int = 1
    minutes: int = 0
    recorder: str = ""
    person: int | None = None
    activities: tuple[tuple[str, str], ...] = ()
    batch: str = ""


def _of(kind: str, parts: Sequence[Taken], minutes: int, *, person: int | None = None) -> Anomaly:
    titles = dict.fromkeys((part.activity, part.title) for part in parts)
    days = [part.day for part in parts]
    recorders = {part.recorder for part in parts}
    return Anomaly(
        kind,
        max(part.recorded_at for part in parts),
        (min(days), max(days)),
        len(parts),
        len({part.person for part in parts}),
        minutes,
        recorders.pop() if len(recorders) == 1 else "",
        person,
        tuple(titles)[:3],
    )


def _grouped(parts: Iterable[Taken], *names: str) -> dict[tuple[object, ...], list[Taken]]:
    found: dict[tuple[object, ...], list[Taken]] = {}
    for part in parts:
        found.setdefault(tuple(getattr(part, name) for name in names), []).append(part)
    return found


def bursts(parts: Iterable[Taken]) -> list[Anomaly]:
    """Many people's hours recorded by one within ten minutes, whatever the activities are called."""
    found = []
    for several in _grouped(parts, "recorder").values():
        several.sort(key=lambda part: part.recorded_at)
        start = 0
        while start < len(several):
            limit = several[start].recorded_at + WITHIN
            end = start
            while end < len(several) and several[end].recorded_at <= limit:
                end += 1
            window = several[start:end]
            minutes = sum(part.minutes for part in window)
            if len({part.person for part in window}) >= BURST_PEOPLE and minutes >= BURST_MINUTES:
                found.append(_of(BURST, window, minutes))
                start = end
            else:
                start += 1
    return found


def present(parts: Iterable[Taken]) -> int:
    """Minutes of one person's day, overlaps counted once; hours without times are added to them."""
    total, until = 0, None
    timed = [(p.starts_at, p.ends_at) for p in parts if p.starts_at is not None and p.ends_at is not None]
    for start, end in sorted(timed):
        begin = start if until is None or start > until else until
        if end > begin:
            total += (end - begin) // timedelta(minutes=1)
        until = end if until is None or end > until else until
    return total + sum(part.minutes for part in parts if part.untimed)


def long_days(parts: Iterable[Taken]) -> list[Anomaly]:
    """More than ten hours of one person on one day."""
    found = []
    for several in _grouped(parts, "person", "day").values():
        minutes = present(several)
        if minutes > LONG_DAY:
            found.append(_of(HOURS, several, minutes, person=several[0].person))
    return found


def overlaps(parts: Iterable[Taken]) -> list[Anomaly]:
    """Two activities of one person at the same time, for more than half an hour; one line a day."""
    found = []
    for several in _grouped(parts, "person", "day").values():
        most, pair = 0, None
        for place, one in enumerate(several):
            for other in several[place + 1 :]:
                minutes = 0 if one.activity == other.activity else _shared(one, other)
                if minutes > most:
                    most, pair = minutes, (one, other)
        if pair is not None and most > LONG_OVERLAP:
            found.append(_of(OVERLAP, pair, most, person=several[0].person))
    return found


def _shared(one: Taken, other: Taken) -> int:
    if one.starts_at is None or one.ends_at is None or other.starts_at is None or other.ends_at is None:
        return 0
    span = min(one.ends_at, other.ends_at) - max(one.starts_at, other.starts_at)
    return max(0, span // timedelta(minutes=1))


def round_numbers(parts: Iterable[Taken]) -> list[Anomaly]:
    """A recorder whose entries without times are nine times in ten full hours."""
    found = []
    for several in _grouped((part for part in parts if part.untimed and part.minutes), "recorder").values():
        full = sum(part.minutes % 60 == 0 for part in several)
        if len(several) >= ROUND_FROM and full * 10 >= len(several) * 9:
            found.append(_of(ROUND, several, sum(part.minutes for part in several)))
    return found
