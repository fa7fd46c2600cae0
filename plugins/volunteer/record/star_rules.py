"""Rules of stars without a database: what a profile is, which stars a total reaches, and what a changed total does.

Stars compare whole minutes, never hours as they are shown: 5,999 minutes are no 100 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from pointsys.plugin import N_, Problem, clean_text

from ..hours import ALL
from .models import AWARDED, ELIGIBLE, UNDER_REVIEW, WITHDRAWN

TOTAL, YEAR, CYCLE = "total", "year", "cycle"
WINDOWS = (TOTAL, YEAR, CYCLE)
EVERY, CREDIT = "all", "credit"
CLASSES = (EVERY, CREDIT)
AUTO, SELECTED = "auto", "selected"
MODES = (AUTO, SELECTED)
MOST_LEVELS = 10
MOST_HOURS = 100_000


@dataclass(frozen=True)
class Level:
    """One star: how it is called, and the minutes from which on it is reached."""

    title: str
    minutes: int


@dataclass(frozen=True)
class Profile:
    """A version of a profile of stars; ``version`` 0 is a shipped one. ``since`` is the year in which cycles begin."""

    code: str
    title: str
    version: int
    levels: tuple[Level, ...]
    window: str = TOTAL
    cycle_years: int = 1
    klass: str = EVERY
    mode: str = AUTO
    since: int = 2000

    def reached(self, minutes: int) -> int:
        """How many stars so many minutes are."""
        return sum(1 for level in self.levels if minutes >= level.minutes)

    def period_of(self, year: int) -> str:
        """The period in which service of a year counts."""
        if self.window == TOTAL:
            return ALL
        if self.window == YEAR:
            return f"{year:04d}"
        first = self.since + (year - self.since) // self.cycle_years * self.cycle_years
        return f"{first:04d}-{first + self.cycle_years - 1:04d}"

    def next_level(self, minutes: int) -> Level | None:
        """The star that comes next; None with all of them."""
        return next((level for level in self.levels if minutes < level.minutes), None)


@dataclass
class Totals:
    """One person's minutes by class and year; ``ever`` are those of all years."""

    ever: dict[str, int] = field(default_factory=dict)
    years: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, klass: str, year: int | None, minutes: int) -> None:
        """Count minutes of a year, or with None of all years."""
        if year is None:
            self.ever[klass] = minutes
        else:
            of_class = self.years.setdefault(klass, {})
            of_class[year] = of_class.get(year, 0) + minutes

    def of(self, klass: str, period: str) -> int:
        """Minutes of a class in a period as stored."""
        if period == ALL:
            return self.ever.get(klass, 0)
        first, _, last = period.partition("-")
        span = range(int(first), int(last or first) + 1)
        return sum(minutes for year, minutes in self.years.get(klass, {}).items() if year in span)


NO_TOTALS = Totals()


@dataclass(frozen=True)
class Reached:
    """A star that a total reaches."""

    profile: Profile
    period: str
    level: int
    minutes: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is the same by."""
        return self.profile.code, self.period, self.level


def reached_by(totals: Totals, profiles_on: Mapping[int, Iterable[Profile]]) -> list[Reached]:
    """All stars that a person's totals reach; ``profiles_on`` has the profiles in force for each year of service."""
    found: dict[tuple[str, str, int], Reached] = {}
    for year, profiles in profiles_on.items():
        for profile in profiles:
            period = profile.period_of(year)
            minutes = totals.of(profile.klass, period)
            for level in range(1, profile.reached(minutes) + 1):
                one = Reached(profile, period, level, minutes)
                found.setdefault(one.key, one)
    return list(found.values())


def state_after(state: str, minutes: int, needed: int, kept: int | None) -> str:
    """What a star is with a total: one that was given is put under review when the total falls, never dropped.

    "" for one that was never given and is not reached any more. ``kept`` is the total with which somebody left it.
    """
    enough = minutes >= needed
    if state == ELIGIBLE:
        return ELIGIBLE if enough else ""
    if state == AWARDED:
        return AWARDED if enough or (kept is not None and minutes >= kept) else UNDER_REVIEW
    if state in (UNDER_REVIEW, WITHDRAWN):
        return AWARDED if enough else state
    return state


def check_profile(profile: Profile) -> Profile:
    """A profile that can be published; raises Problem naming the field.

    Codes: bad_profile_code, title_needed, bad_levels, bad_window, bad_class, bad_mode.
    """
    if not (profile.code.isascii() and profile.code.replace("-", "").isalnum() and len(profile.code) <= 40):
        raise Problem(
            "bad_profile_code", N_("Give the profile a short name of Latin letters and digits."), field="code"
        )
    if not profile.title or len(profile.title) > 60:
        raise Problem("title_needed", N_("Give it a name of at most 60 characters."), field="title")
    minutes = [level.minutes for level in profile.levels]
    if not 1 <= len(minutes) <= MOST_LEVELS or minutes[0] <= 0 or minutes[-1] > MOST_HOURS * 60:
        raise _bad_levels()
    if any(first >= second for first, second in pairwise(minutes)):
        raise _bad_levels()
    if profile.window not in WINDOWS or not 1 <= profile.cycle_years <= 10:
        raise Problem("bad_window", N_("Choose over which time service counts."), field="window")
    if profile.klass not in CLASSES:
        raise Problem("bad_class", N_("Choose which hours count."), field="klass")
    if profile.mode not in MODES:
        raise Problem("bad_mode", N_("Choose how stars are given."), field="mode")
    return profile


def _bad_levels() -> Problem:
    return Problem(
        "bad_levels",
        N_("Give one to ten stars, one a line, each with more hours than the one before: 100 One star."),
        field="levels",
    )


def parse_levels(text: str) -> tuple[Level, ...]:
    """Levels from lines of hours and a name ("100 One star"); raises Problem bad_levels."""
    levels: list[Level] = []
    for line in filter(None, (clean_text(line) for line in text.splitlines())):
        hours, _, name = line.partition(" ")
        if not (hours.isascii() and hours.isdigit() and len(hours) <= 6) or len(name.strip()) > 60:
            raise _bad_levels()
        levels.append(Level(name.strip() or "★" * (len(levels) + 1), int(hours) * 60))
        if len(levels) > MOST_LEVELS:
            raise _bad_levels()
    if not levels:
        raise _bad_levels()
    return tuple(levels)


def levels_text(levels: Iterable[Level]) -> str:
    """Levels as ``parse_levels`` reads them."""
    return "\n".join(f"{level.minutes // 60} {level.title}" for level in levels)


def day_of(year: int, today: date) -> date:
    """The day whose profiles rule service of a year: its last one, or today in the present year."""
    return min(date(year, 12, 31), today)
