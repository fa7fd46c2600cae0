"""A scheme made ready for scoring: frozen rules, numbers exact, points in hundredths, look-ups prepared once.

``Scheme`` answers the questions of E7: which version is in force on a day, and what an id means there, where an
id that is no longer defined keeps its newest earlier definition. ``build`` makes one from linted data.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from .exact import Number

Plain = str | bool | Number
SUMMED_MODES = frozenset({"mean", "accumulate", "total_tier"})


@dataclass(frozen=True, slots=True)
class Match:
    """Equality on attributes of the event and the person, and local hours in minutes; all of them must hold."""

    event: tuple[tuple[str, Plain], ...] = ()
    person: tuple[tuple[str, Plain], ...] = ()
    hours: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An addition in hundredths (``extra``) or a factor (``mult``) for the events that match."""

    match: Match
    amount: Number


@dataclass(frozen=True, slots=True)
class Tier:
    """From ``least`` on, this many hundredths."""

    least: Number
    cents: Number


@dataclass(frozen=True, slots=True)
class Bracket:
    """Up to ``upto`` (None: without end) each whole ``per`` units give this many hundredths."""

    upto: Number | None
    per: Number
    cents: Number


@dataclass(frozen=True, slots=True)
class QuantityRule:
    """How a quantity is made effective: ``least`` admits it, ``most`` clamps it, then it goes to whole steps."""

    least: Number = 0
    most: Number | None = None
    step: Number | None = None
    rounding: str = "floor"


@dataclass(frozen=True, slots=True)
class ByAttribute:
    """A number looked up by the value of an attribute."""

    attribute: str
    values: Mapping[str, Number]
    default: Number | None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` events a window: the first ones or the best ones."""

    count: int
    best: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One rule of a version: how an event of this id is valued, limited and capped."""

    id: str
    title: str
    category: str
    kind: str
    mode: str
    cents: Number
    per: Number
    tiers: tuple[Tier, ...]
    by: str
    values: Mapping[str, Number]
    low: Number
    high: Number | None
    brackets: tuple[Bracket, ...]
    qty: QuantityRule
    extra: tuple[Adjustment, ...]
    mult: tuple[Adjustment, ...]
    repeat: tuple[int, Number] | None
    best_of: tuple[str, str] | None
    limits: Mapping[str, Limit]
    caps: Mapping[str, Number]
    bucket: str | None
    valid_years: int | ByAttribute | None

    @property
    def valued(self) -> bool:
        """Whether each event of this item has a value of its own."""
        return self.kind != "veto" and self.mode != "none" and self.mode not in SUMMED_MODES


@dataclass(frozen=True, slots=True)
class Category:
    """One column of the sheet; amounts in hundredths, ``carry`` as (first, ratio)."""

    id: str
    title: str
    base: Number
    base_by: ByAttribute | None
    carry: tuple[Number, Number] | None
    cap: Number | None
    net_cap: bool
    floor: Number | None
    weight: Number | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Caps that several items share."""

    id: str
    title: str
    caps: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Expectation:
    """So much of these items in each window, or no gap of ``days`` days; missed or met windows give hundredths."""

    id: str
    title: str
    category: str
    items: tuple[str, ...]
    window: str
    days: int
    by_quantity: bool
    least: Number
    cents: Number
    most: Number | None
    met: bool


@dataclass(frozen=True, slots=True)
class Ratio:
    """Points by the share of sessions attended."""

    id: str
    title: str
    category: str
    items: tuple[str, ...]
    kind: str | None
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """``of`` count or qty of items (``each`` window), or the printed hundredths of a category or the total."""

    of: str
    least: Number
    items: tuple[str, ...]
    category: str
    each: str | None


@dataclass(frozen=True, slots=True)
class Veto:
    """An event of the item brings the total down to ``total`` and the grade to ``grade``."""

    item: str
    total: Number | None
    grade: str | None


@dataclass(frozen=True, slots=True)
class Gate:
    """Unless everything required holds, the grade is at most ``grade_max``."""

    id: str
    title: str
    require: tuple[Requirement, ...]
    grade_max: str


@dataclass(frozen=True, slots=True)
class Grade:
    """``least`` and ``above`` in hundredths of the total; a grade without either is open to everybody."""

    id: str
    title: str
    least: Number | None
    above: Number | None
    require: tuple[Requirement, ...]
    when: tuple[tuple[str, Plain], ...]


@dataclass(frozen=True, slots=True)
class Total:
    """Rules of the total, in hundredths; it is rounded to ``quantum`` and printed with ``places`` decimals."""

    base: Number
    cap: Number | None
    floor: Number | None
    quantum: Number
    places: int


@dataclass(frozen=True, slots=True)
class Version:
    """A complete snapshot of the rules, in force from ``effective_from``."""

    no: int
    title: str
    effective_from: date
    total: Total
    categories: Mapping[str, Category]
    items: Mapping[str, Item]
    buckets: Mapping[str, Bucket]
    expects: Mapping[str, Expectation]
    ratios: tuple[Ratio, ...]
    vetoes: tuple[Veto, ...]
    gates: tuple[Gate, ...]
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How check-in and leaving bear on events, bases and requirements."""

    ignore_before: bool = True
    prorate: str = "none"
    prorate_base: bool = True
    prorate_require: bool = False


@dataclass(frozen=True, slots=True)
class Inherited:
    """What ids mean while one version is in force, earlier definitions included."""

    categories: Mapping[str, Category]
    items: Mapping[str, Item]
    buckets: Mapping[str, Bucket]


@dataclass(frozen=True)
class Scheme:
    """A scoring scheme; ``versions`` rise by date, titles are those of the newest definition of each id."""

    id: str
    title: str
    subject: str
    timezone: str
    period_type: str
    grace_days: int | None
    enrol: Enrolment
    publicity: Mapping[str, int | bool]
    appeal: Mapping[str, int | bool]
    versions: tuple[Version, ...]
    zone: ZoneInfo = field(init=False, repr=False, compare=False)
    starts: tuple[date, ...] = field(init=False, repr=False, compare=False)
    inherited: tuple[Inherited, ...] = field(init=False, repr=False, compare=False)
    cap_windows: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    bucket_windows: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    limited_items: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prepared = {
            "zone": ZoneInfo(self.timezone),
            "starts": tuple(version.effective_from for version in self.versions),
            "inherited": _inherit(self.versions),
            "cap_windows": _windows_in_use(
                (item.id, window)
                for version in self.versions
                for item in version.items.values()
                for window in item.caps
            ),
            "bucket_windows": _windows_in_use(
                (b.id, window)
                for version in self.versions
                for b in version.buckets.values()
                for window in b.caps
            ),
            "limited_items": _limited_items(self.versions),
        }
        for name, value in prepared.items():
            object.__setattr__(self, name, value)

    def version_index(self, day: date) -> int:
        """The place in ``versions`` of the one in force on ``day``; -1 before the first."""
        return bisect_right(self.starts, day) - 1

    @property
    def category_titles(self) -> dict[str, str]:
        """Titles of all categories by id, in order of first definition."""
        return {name: category.title for name, category in self.inherited[-1].categories.items()}

    @property
    def item_titles(self) -> dict[str, str]:
        """Titles of all items by id, in order of first definition."""
        return {name: item.title for name, item in self.inherited[-1].items.items()}


def _inherit(versions: tuple[Version, ...]) -> tuple[Inherited, ...]:
    """Merge each version over all earlier ones; ids keep the place of their first definition."""
    steps: list[Inherited] = []
    known = Inherited({}, {}, {})
    for version in versions:
        known = Inherited(
            {**known.categories, **version.categories},
            {**known.items, **version.items},
            {**known.buckets, **version.buckets},
        )
        steps.append(known)
    return tuple(steps)


def _windows_in_use(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, window in pairs:
        if window not in found.setdefault(name, []):
            found[name].append(window)
    return {name: tuple(windows) for name, windows in found.items()}


def _limited_items(versions: tuple[Version, ...]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for version in versions:
        for item in version.items.values():
            for window in item.limits:
                found.setdefault(window, set()).add(item.id)
    return {window: frozenset(items) for window, items in found.items()}
