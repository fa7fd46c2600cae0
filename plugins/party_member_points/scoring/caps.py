"""Credits events against the caps of their item and bucket, in canonical order (E6, E7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from .exact import Number, printed
from .facts import Entry
from .periods import Ask
from .scheme import Scheme
from .selection import window_of

Slot = tuple[str, str, str, int | str]


def credit(scheme: Scheme, ask: Ask, kept: Iterable[Entry]) -> None:
    """Give every kept event with a value of its own what room there is; earn and deduct fill the same room by size."""
    room: dict[Slot, Number | None] = {}
    for entry in kept:
        if not entry.law.valued:
            continue
        amount = entry.value
        slots = list(_slots(scheme, entry))
        for slot in slots:
            left = room[slot] if slot in room else room.setdefault(slot, _cap(scheme, ask, slot, entry))
            if left is not None and left < amount:
                amount = left
                entry.cut_by = _why(scheme, ask, slot, entry)
        entry.credited = amount
        for slot in slots:
            left = room[slot]
            if left is not None:
                room[slot] = left - amount


def _slots(scheme: Scheme, entry: Entry) -> Iterator[Slot]:
    """The item's and bucket's windows that hold the entry; a cap on one event binds what ``repeat`` raised too."""
    for window in scheme.cap_windows.get(entry.item, ()):
        if window != "event":
            yield "item", entry.item, window, window_of(window, entry)
        elif entry.law.repeat:
            yield "item", entry.item, window, entry.id
    bucket = entry.law.bucket
    for window in scheme.bucket_windows.get(bucket, ()) if bucket else ():
        yield "bucket", bucket or "", window, entry.id if window == "event" else window_of(window, entry)


def _caps_on(scheme: Scheme, day: date, slot: Slot) -> Mapping[str, Number]:
    known = scheme.inherited[scheme.version_index(day)]
    return known.items[slot[1]].caps if slot[0] == "item" else known.buckets[slot[1]].caps


def _last_day(ask: Ask, slot: Slot, entry: Entry) -> date:
    key = slot[3]
    return entry.day if isinstance(key, str) else ask.span(slot[2], key)[1]


def _cap(scheme: Scheme, ask: Ask, slot: Slot, entry: Entry) -> Number | None:
    return _caps_on(scheme, _last_day(ask, slot, entry), slot).get(slot[2])


def _why(scheme: Scheme, ask: Ask, slot: Slot, entry: Entry) -> dict[str, object]:
    scope, name, window, key = slot
    cap = _cap(scheme, ask, slot, entry) or 0
    label = entry.day.isoformat() if isinstance(key, str) else ask.window_name(window, key)
    return {"cap": window, "window": label, "scope": scope, "of": name, "limit": printed(cap)}
