"""On which days the activities of the story took place; pure arithmetic on dates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Community:
    """A community of the story; ``ages`` are (youngest, oldest, weight)."""

    key: str
    code: str
    name: str
    share: int
    ages: tuple[tuple[int, int, int], ...]
    grids: tuple[str, ...]
    forgotten_grid: str = ""


@dataclass(frozen=True)
class Template:
    """An activity that comes again: what, when, how many (of a community of 700 people), and who is drawn to it."""

    community: str
    kind: str
    title: str
    start: time
    end: time
    size: tuple[int, int]
    who: str
    weekdays: tuple[int, ...] = ()
    nth: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    dates: tuple[str, ...] = ()
    festival: str = ""
    before: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Members:
    """Party members in every thousand people, and the branches and units they come from."""

    in_service: int
    resident: int
    branches: Mapping[str, tuple[str, ...]]
    units: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """All of ``story.toml``; ``by_kind`` holds settings whose keys are titles of kinds."""

    code: str
    name: str
    communities: tuple[Community, ...]
    members: Members
    templates: tuple[Template, ...]
    local_kinds: tuple[str, ...]
    by_kind: Mapping[str, Mapping[str, object]]
    festivals: Mapping[str, tuple[date, ...]] = field(default_factory=dict)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@cache
def read_story() -> Story:
    """The story as it is shipped."""
    raw = tomllib.loads(files("pointsys.demo").joinpath("story.toml").read_text("utf-8"))
    members = raw["members"]
    return Story(
        raw["street"]["code"],
        raw["street"]["name"],
        tuple(Community(**{key: _frozen(value) for key, value in item.items()}) for item in raw["community"]),
        Members(
            members["in_service"],
            members["resident"],
            {key: tuple(names) for key, names in members["branches"].items()},
            tuple(members["units"]),
        ),
        tuple(_template(item) for item in raw["activity"]),
        tuple(raw["local"]["kinds"]),
        raw["local"]["by_kind"],
        {name: tuple(map(date.fromisoformat, days)) for name, days in raw["festivals"].items()},
    )


def _template(item: Mapping[str, Any]) -> Template:
    values = {key: _frozen(value) for key, value in item.items()}
    for key in ("start", "end"):
        values[key] = time.fromisoformat(values[key])
    return Template(**values)


def occurrences(
    template: Template, first: date, last: date, festivals: Mapping[str, Sequence[date]]
) -> list[date]:
    """The days from ``first`` to ``last``, both included, on which the activity took place."""
    if template.festival:
        feasts = festivals.get(template.festival, ())
        days = {feast - timedelta(days=offset) for feast in feasts for offset in template.before}
        return sorted(day for day in days if first <= day <= last)
    all_days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in all_days if _takes_place(template, day)]


def _takes_place(template: Template, day: date) -> bool:
    if template.dates:
        return day.strftime("%m-%d") in template.dates
    return (
        day.weekday() in template.weekdays
        and (not template.nth or (day.day - 1) // 7 + 1 in template.nth)
        and (not template.months or day.month in template.months)
    )
