"""A policy: every number and switch by which attendance becomes hours. ``P0`` holds what rules where nothing is set.

``RULES`` describes each rule once, for the file, the form and their checks; ``crediting`` reads the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache

from pointsys.plugin import N_

Value = bool | int | str
NUMBER, SWITCH, CHOICE = "number", "switch", "choice"
ROUNDINGS: Mapping[str, str] = {
    "floor": N_("drop what is left over"),
    "half_up": N_("half and more up"),
    "ceil": N_("up"),
}
DAY = 1440


@dataclass(frozen=True, slots=True)
class Policy:
    """What rules some service; the defaults are P0. ``version`` names it in credits and in the journal."""

    version: str = field(default="P0", metadata={"rule": False})
    clip: bool = True
    union: bool = True
    breaks: bool = True
    rounding: str = "floor"
    step_minutes: int = 1
    travel_minutes: int = 0
    min_session_minutes: int = 0
    max_activity_minutes: int = 0
    max_session_minutes: int = DAY
    max_pairs: int = 3
    day_auto_minutes: int = 480
    day_street_minutes: int = 720
    honour_within_plan: bool = True
    lowest_age: int = 6
    accompanied_age: int = 10
    adult_age: int = 18

    def values(self) -> dict[str, Value]:
        """The rules by name, in the order of the file."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(one.name for one in fields(Policy) if one.metadata.get("rule", True))
P0 = Policy()


@dataclass(frozen=True)
class Rule:
    """How one rule is written and asked for; ``low`` and ``high`` bound a number, ``unit`` says of what."""

    name: str
    kind: str
    title: str
    help: str
    low: int = 0
    high: int = 0
    unit: str = ""


MINUTES, TIMES, YEARS = N_("minutes"), N_("times"), N_("years")
# Sections of the form and of the file.
SECTIONS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    (
        N_("What of the time counts"),
        (
            Rule("clip", SWITCH, N_("Only within the planned hours"),
                 N_("Time before the planned start and after the planned end does not count.")),
            Rule("union", SWITCH, N_("Each minute once"),
                 N_("Of two services at the same time the earlier check-in keeps the minute; of equal ones the earlier "
                    "record.")),
            Rule("breaks", SWITCH, N_("Take breaks off"),
                 N_("The break of an activity is taken off once for each person and day.")),
            Rule("travel_minutes", NUMBER, N_("Minutes for the way"),
                 N_("Added once for each person, activity and day. Nationally the way does not count: 0."),
                 0, 240, MINUTES),
        ),
    ),
    (
        N_("Rounding and bounds"),
        (
            Rule("rounding", CHOICE, N_("What is no whole step"),
                 N_("How seconds, or what is short of a step, are rounded.")),
            Rule("step_minutes", NUMBER, N_("Step"), N_("Hours are credited in steps of so many minutes; 1 is exact."),
                 1, 240, MINUTES),
            Rule("min_session_minutes", NUMBER, N_("Least of a service"),
                 N_("A service with less counts as so much, if any of it counts at all; 0 for no least."),
                 0, DAY, MINUTES),
            Rule("max_activity_minutes", NUMBER, N_("Most of an activity"),
                 N_("What one person is credited of one activity; 0 for no most."), 0, 10 * DAY, MINUTES),
            Rule("max_session_minutes", NUMBER, N_("Longest service"),
                 N_("From one check-in to its check-out; what is longer is an error and is not credited."),
                 1, DAY, MINUTES),
            Rule("max_pairs", NUMBER, N_("Check-ins for an activity in a day"),
                 N_("Each with its check-out; further ones of the same person are not credited."), 1, 24, TIMES),
        ),
    ),
    (
        N_("The day's limit"),
        (
            Rule("day_auto_minutes", NUMBER, N_("Valid at once, up to"),
                 N_("Of one person in one day. The service that goes beyond waits for approval as a whole."),
                 0, 10 * DAY, MINUTES),
            Rule("day_street_minutes", NUMBER, N_("Approved by the sub-district, up to"),
                 N_("What goes beyond is for the level above the sub-district."), 0, 10 * DAY, MINUTES),
        ),
    ),
    (
        N_("What was not timed by the system"),
        (
            Rule("honour_within_plan", SWITCH, N_("Never above the planned length"),
                 N_("Hours that somebody wrote down are at most the planned length without the break.")),
        ),
    ),
    (
        N_("Who may serve"),
        (
            Rule("lowest_age", NUMBER, N_("Youngest age"),
                 N_("Whoever is younger on the day of the service is refused."), 0, 18, YEARS),
            Rule("accompanied_age", NUMBER, N_("With a guardian there, below"),
                 N_("Whoever is younger takes part together with a guardian."), 0, 18, YEARS),
            Rule("adult_age", NUMBER, N_("With a guardian's consent, below"),
                 N_("Whoever is younger needs consent for that day, and does no dangerous work."), 16, 21, YEARS),
        ),
    ),
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.name: rule for _title, rules in SECTIONS for rule in rules}


@lru_cache(maxsize=512)
def _made(values: tuple[tuple[str, Value], ...], version: str) -> Policy:
    return replace(P0, version=version, **dict(values))  # type: ignore[arg-type]


def overlay(values: Mapping[str, Value], version: str) -> Policy:
    """P0 with other ``values`` by name (checked, see ``files``); equal ones are one object."""
    return _made(tuple(sorted(values.items())), version)
