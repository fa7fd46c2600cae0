"""What fraud looks like in volunteer hours, as rules alone: they take what was recorded and say what stands out.

Nothing is refused or taken back because of a signal; people look and decide. Up to four people who share a phone, a
couple or a family, are no signal at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pointsys.plugin import N_

from ..hours import FIRST_YEAR, LAST_YEAR

DEVICE = "device"
BACK_ENTRY = "back_entry"
OVERLAP = "overlap"
LONG_DAY = "long_day"
ROUND = "round"

TITLES = {
    DEVICE: N_("One device, many people"),
    BACK_ENTRY: N_("Many hours entered afterwards"),
    OVERLAP: N_("Two services at the same time"),
    LONG_DAY: N_("More than 10 hours on one day"),
    ROUND: N_("Nothing but round numbers"),
}
MEANINGS = {
    DEVICE: N_("Five or more different people checked in on one phone on one day. Kiosks are left out."),
    BACK_ENTRY: N_("One recorder entered 20 services, or services of 10 people, 3 or more days after they took place."),
    OVERLAP: N_("Somebody was at two services that overlap by more than 30 minutes; the minutes counted once."),
    LONG_DAY: N_("Somebody was credited with more than 10 hours on one day."),
    ROUND: N_("One recorder entered at least 20 services by hand, nine in ten of them full hours."),
}  # fmt: skip

DEVICE_PEOPLE = 5
BACK_DAYS = 3
BACK_ENTRIES = 20
BACK_PEOPLE = 10
OVERLAP_MINUTES = 30
LONG_MINUTES = 10 * 60
ROUND_ENTRIES = 20


@dataclass(frozen=True)
class Served:
    """One credited or waiting service: who, when, by whom it was recorded, and how many of its minutes overlapped.

    ``timed`` says that the system's clock took both ends; ``minutes`` are what it is worth. What came with a
    sheet is not ``by_hand``: sheets have a second person and a list of their own.
    """

    entry: int
    person: int
    day: date
    minutes: int
    overlapped: int
    recorder: str
    recorded_on: date
    timed: bool
    activity: str
    title: str
    by_hand: bool = True


@dataclass(frozen=True)
class Tapped:
    """One check-in made on a personal device: ``device`` is the hash of its random id."""

    device: str
    person: int
    at: datetime
    day: date
    activity: str
    title: str


@dataclass(frozen=True)
class Signal:
    """Something worth a look: the ``person``, ``recorder`` or ``device`` it is about, when, and how much there is.

    ``activities`` are outside ids with titles, at most three; ``names`` ids of people concerned, at most ten.
    """

    kind: str
    days: tuple[date, date]
    entries: int
    people: int
    minutes: int
    person: int | None = None
    recorder: str = ""
    device: str = ""
    activities: tuple[tuple[str, str], ...] = ()
    names: tuple[int, ...] = ()


def _of(kind: str, parts: Sequence[Served], minutes: int, *, person: int | None = None) -> Signal:
    days = [part.day for part in parts]
    recorders = {part.recorder for part in parts}
    return Signal(
        kind,
        (min(days), max(days)),
        len(parts),
        len({part.person for part in parts}),
        minutes,
        person,
        recorders.pop() if len(recorders) == 1 else "",
        activities=tuple(dict.fromkeys((part.activity, part.title) for part in parts))[:3],
        names=() if person is not None else tuple(dict.fromkeys(part.person for part in parts))[:10],
    )


def _grouped(parts: Iterable[Served], *names: str) -> list[list[Served]]:
    found: dict[tuple[object, ...], list[Served]] = {}
    for part in parts:
        found.setdefault(tuple(getattr(part, name) for name in names), []).append(part)
    return list(found.values())


def _by_hand(parts: Iterable[Served]) -> list[Served]:
    return [part for part in parts if part.by_hand and not part.timed]


def devices(taps: Iterable[Tapped]) -> list[Signal]:
    """Devices on which five or more different people checked in on one day."""
    found: dict[tuple[str, date], list[Tapped]] = {}
    for tap in taps:
        if tap.device:
            found.setdefault((tap.device, tap.day), []).append(tap)
    signals = []
    for (device, day), several in found.items():
        people = tuple(dict.fromkeys(tap.person for tap in several))
        if len(people) >= DEVICE_PEOPLE:
            titles = tuple(dict.fromkeys((tap.activity, tap.title) for tap in several))[:3]
            signals.append(
                Signal(
                    DEVICE, (day, day), len(several), len(people), 0,
                    device=device, activities=titles, names=people[:10],
                )
            )  # fmt: skip
    return signals


def back_entries(parts: Iterable[Served]) -> list[Signal]:
    """Recorders of many services some days after they took place, with nobody's clock for them."""
    late = [part for part in _by_hand(parts) if (part.recorded_on - part.day).days >= BACK_DAYS]
    return [
        _of(BACK_ENTRY, several, sum(part.minutes for part in several))
        for several in _grouped(late, "recorder", "recorded_on")
        if len(several) >= BACK_ENTRIES or len({part.person for part in several}) >= BACK_PEOPLE
    ]


def overlaps(parts: Iterable[Served]) -> list[Signal]:
    """People of whose day more than half an hour was claimed twice."""
    found = []
    for several in _grouped(parts, "person", "day"):
        lost = sum(part.overlapped for part in several)
        if lost > OVERLAP_MINUTES:
            found.append(_of(OVERLAP, several, lost, person=several[0].person))
    return found


def long_days(parts: Iterable[Served]) -> list[Signal]:
    """People with more than ten hours on one day, what waits for approval included."""
    found = []
    for several in _grouped(parts, "person", "day"):
        minutes = sum(part.minutes for part in several)
        if minutes > LONG_MINUTES:
            found.append(_of(LONG_DAY, several, minutes, person=several[0].person))
    return found


def round_numbers(parts: Iterable[Served]) -> list[Signal]:
    """Recorders whose entries by hand are nine times in ten full hours."""
    found = []
    for several in _grouped((part for part in _by_hand(parts) if part.minutes), "recorder"):
        full = sum(part.minutes % 60 == 0 for part in several)
        if len(several) >= ROUND_ENTRIES and full * 10 >= len(several) * 9:
            found.append(_of(ROUND, several, sum(part.minutes for part in several)))
    return found


def all_signals(parts: Sequence[Served], late: Sequence[Served], taps: Iterable[Tapped]) -> list[Signal]:
    """Everything that stands out, the latest first; ``late`` is what was recorded lately, whenever it took place."""
    found = [
        *devices(taps), *back_entries(late), *overlaps(parts), *long_days(parts), *round_numbers(parts),
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.days[1], one.entries, one.kind), reverse=True)


def week_of(day: date) -> tuple[date, date]:
    """Monday to Sunday of the week that ``day`` lies in; days beyond the calendar are its first and last one."""
    day = min(max(day, date(FIRST_YEAR, 1, 1)), date(LAST_YEAR, 12, 31))
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def last_week(today: date) -> tuple[date, date]:
    """Monday and Sunday of the week before the one that ``today`` lies in."""
    return week_of(today - timedelta(days=7))
