"""What a quarter of a seconded cadre comes to: a pure sum over the ledger's notes and the log's entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Note:
    """One line of the ledger that counts; minutes may be 0."""

    on: date
    kind: str
    minutes: int


@dataclass(frozen=True)
class Part:
    """One confirmed entry of the log in the post's community, with its credited minutes."""

    on: date
    minutes: int


@dataclass(frozen=True)
class Figures:
    """A quarter in whole numbers; ``days`` are days with a note or an entry, ``notes`` counts by kind."""

    first: date
    last: date
    days: int
    notes: tuple[tuple[str, int], ...]
    note_minutes: int
    activities: int
    minutes: int

    @property
    def note_count(self) -> int:
        """How many notes there are."""
        return sum(count for _kind, count in self.notes)


def span_within(
    first: date, last: date, from_on: date, to_on: date | None, today: date
) -> tuple[date, date] | None:
    """The days of a term within a period, as far as they have come; None where there are none."""
    begin, end = max(first, from_on), min(last, today, to_on or last)
    return (begin, end) if begin <= end else None


def sum_up(first: date, last: date, notes: Iterable[Note], parts: Iterable[Part]) -> Figures:
    """Add up what lies between ``first`` and ``last``, both included; the order of notes and parts does not matter."""
    notes = [note for note in notes if first <= note.on <= last]
    parts = [part for part in parts if first <= part.on <= last]
    days = {note.on for note in notes} | {part.on for part in parts}
    kinds = Counter(note.kind for note in notes)
    return Figures(
        first, last, len(days), tuple(sorted(kinds.items())), sum(note.minutes for note in notes), len(parts),
        sum(part.minutes for part in parts),
    )  # fmt: skip
