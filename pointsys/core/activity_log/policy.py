"""Four eyes, as rules alone: which entries wait for a second person, and who that may not be.

``Rules`` are the settings of an area, ``Facts`` what is known of the entries; ``reasons`` says why they wait and
``refusal`` whether somebody may confirm them. Nothing here reads a database: ``second_person`` gathers the facts.
One's own participation never confirms itself, whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

OFF = "off"
BULK = "bulk"
ALWAYS = "always"
MODES = (BULK, ALWAYS, OFF)
SECOND_PERSON = "log.second_person"

# A person keying in a handful of neighbours is everyday work; a longer list is a bulk entry.
BULK_FROM = 11

# Why something waits; words for them are in ``web.waiting``.
OWN = "own"
EVERYTHING = "everything"
IMPORTED = "imported"
LONG_LIST = "long_list"
LONG_DAY = "long_day"
BACK_DATED = "back_dated"
HIGH_VALUE = "high_value"
TURNED_DOWN = "turned_down"
SUPPLIED_LATER = "supplied_later"
NO_RIGHT = "no_right"
REASONS = (
    NO_RIGHT, OWN, SUPPLIED_LATER, EVERYTHING, IMPORTED, LONG_LIST, LONG_DAY, BACK_DATED, HIGH_VALUE, TURNED_DOWN,
)  # fmt: skip

OWN_ENTRY = "own_entry"
SECOND_PERSON_NEEDED = "second_person_needed"


@dataclass(frozen=True)
class Rules:
    """The settings of an area. From ``bulk_from`` entries on, a list waits; and so does what makes it as many in a day.

    ``day_total`` counts entries of one recorder and one local day over all activities and kinds. An entry made more
    than ``back_dated_days`` after the event waits, and one that brings a person's day to more than ``high_minutes``
    or ``high_quantity`` whole units.
    """

    mode: str = BULK
    bulk_from: int = BULK_FROM
    day_total: int = BULK_FROM
    back_dated_days: int = 30
    high_minutes: int = 480
    high_quantity: int = 10

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Rules:
        """The rules that settings make; a value that makes no sense is passed over, so that a rule always stands."""
        known: dict[str, object] = {}
        mode = values.get(SECOND_PERSON)
        if mode in MODES:
            known["mode"] = mode
        for name, (low, high) in LIMITS.items():
            value = values.get(key_of(name))
            if type(value) is int and low <= value <= high:
                known[name] = value
        return cls(**known)  # type: ignore[arg-type]


# The smallest and largest value of each number.
LIMITS = {
    "bulk_from": (2, 1_000),
    "day_total": (2, 10_000),
    "back_dated_days": (0, 366),
    "high_minutes": (30, 1_440),
    "high_quantity": (1, 1_000_000),
}


def key_of(name: str) -> str:
    """The name under which the number ``name`` of ``Rules`` is kept as a setting of an area."""
    return f"log.{name}"


KEYS = (SECOND_PERSON, *(key_of(field.name) for field in fields(Rules) if field.name in LIMITS))


@dataclass(frozen=True)
class Part:
    """One person's part as the rules see it: whole minutes, or hundredths of another unit."""

    person: int
    day: date
    minutes: int = 0
    quantity: int = 0


@dataclass(frozen=True)
class Facts:
    """What is known of entries that are recorded together, on the local day ``recorded_on``.

    ``listed`` is the length of the list they belong to, ``in_day`` how many entries the recorder's day has, both with
    these. ``earlier`` are parts of the same people that the same recorder has on record. ``own`` says that the
    recorder is one of the people, ``turned_down`` that somebody rejected one of these before, ``supplied_later`` that
    one of them comes from a source whose entries always wait.
    """

    parts: Sequence[Part]
    recorded_on: date
    listed: int
    in_day: int
    earlier: Sequence[Part] = ()
    own: bool = False
    turned_down: bool = False
    imported: bool = False
    supplied_later: bool = False


def is_back_dated(rules: Rules, day: date, recorded_on: date) -> bool:
    """Whether something of ``day`` is recorded so late that a second person must look."""
    return (recorded_on - day).days > rules.back_dated_days


def is_high_value(rules: Rules, parts: Sequence[Part], earlier: Iterable[Part] = ()) -> bool:
    """Whether one of ``parts``, with what is ``earlier`` on record for that person and day, is worth a second look."""
    minutes: dict[tuple[int, date], int] = {}
    quantity: dict[tuple[int, date], int] = {}
    here = {(part.person, part.day) for part in parts}
    for part in (*parts, *earlier):
        key = (part.person, part.day)
        if key in here:
            minutes[key] = minutes.get(key, 0) + part.minutes
            quantity[key] = quantity.get(key, 0) + part.quantity
    most = rules.high_quantity * 100
    return any(value > rules.high_minutes for value in minutes.values()) or any(
        value > most for value in quantity.values()
    )


def reasons(rules: Rules, facts: Facts) -> tuple[str, ...]:
    """Why these entries wait for a second person, in the order of ``REASONS``; () where nobody else has to look."""
    found = [reason for reason, true in ((OWN, facts.own), (SUPPLIED_LATER, facts.supplied_later)) if true]
    if rules.mode == OFF:
        return tuple(found)
    late = any(is_back_dated(rules, part.day, facts.recorded_on) for part in facts.parts)
    holds = {
        EVERYTHING: rules.mode == ALWAYS,
        IMPORTED: facts.imported,
        LONG_LIST: facts.listed >= rules.bulk_from,
        LONG_DAY: facts.in_day >= rules.day_total,
        BACK_DATED: late,
        HIGH_VALUE: is_high_value(rules, facts.parts, facts.earlier),
        TURNED_DOWN: facts.turned_down,
    }
    return (*found, *(reason for reason, true in holds.items() if true))


@dataclass(frozen=True)
class Who:
    """Somebody who acts: every account of that human being, the kept id of their person if known, and the label."""

    accounts: frozenset[int] = frozenset()
    person: int | None = None
    label: str = ""

    def did(self, account: int | None, label: str) -> bool:
        """Whether it was this human being who acted as ``account``, or as ``label`` where there was no account."""
        if account is not None:
            return account in self.accounts
        return not self.accounts and self.label == label


def refusal(people: Collection[int], recorded: bool, why: Collection[str], who: Who) -> str | None:
    """The code of the refusal for ``who`` confirming entries of ``people`` (kept ids), or None where they may.

    ``recorded`` says that ``who`` recorded them, ``why`` the reasons for which they wait.
    """
    if who.person is not None and who.person in people:
        return OWN_ENTRY
    return SECOND_PERSON_NEEDED if recorded and why else None
