"""Which profiles of stars are in force where: shipped ones, and versions that areas publish."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import AreaClosure

from .models import VolunteerStarProfile
from .star_rules import Level, Profile

# In force where no area says otherwise.
DEFAULT = "national"


@cache
def shipped() -> dict[str, Profile]:
    """The profiles that come with the plugin, by code."""
    text = (files(__package__) / "profiles.toml").read_text(encoding="utf-8")
    return {
        code: Profile(
            code=code,
            title=given["title"],
            version=0,
            levels=tuple(
                Level(title, hours * 60)
                for title, hours in zip(given["names"], given["hours"], strict=True)
            ),
        )
        for code, given in tomllib.loads(text).items()
    }  # fmt: skip


def profile_of(row: VolunteerStarProfile) -> Profile:
    """A stored version as the rules read it."""
    rules = json.loads(row.rules)
    return Profile(
        code=row.code,
        title=row.title,
        version=row.version,
        levels=tuple(Level(level["title"], level["minutes"]) for level in rules["levels"]),
        window=rules["window"],
        cycle_years=rules["cycle_years"],
        klass=rules["klass"],
        mode=rules["mode"],
        since=row.valid_from.year,
    )


def rules_text(profile: Profile) -> str:
    """The rules of a profile as they are stored."""
    levels = [{"title": level.title, "minutes": level.minutes} for level in profile.levels]
    rules = {
        "levels": levels, "window": profile.window, "cycle_years": profile.cycle_years, "klass": profile.klass,
        "mode": profile.mode,
    }  # fmt: skip
    return json.dumps(rules, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Book:
    """All versions that concern some areas: for each the rows of itself and of the areas above, the nearest first."""

    rows: dict[int, list[VolunteerStarProfile]]

    def rows_of(self, area_id: int, day: date) -> dict[str, VolunteerStarProfile]:
        """The version of each code that stands in an area on a day, also one that says it is not used."""
        found: dict[str, VolunteerStarProfile] = {}
        for row in self.rows.get(area_id, ()):
            if row.valid_from <= day:
                found.setdefault(row.code, row)
        return found

    def of(self, area_id: int, day: date) -> tuple[Profile, ...]:
        """The profiles in force in an area on a day, the national one first."""
        rows = self.rows_of(area_id, day)
        profiles = [profile_of(row) for row in rows.values() if row.used]
        if DEFAULT not in rows:
            profiles.append(shipped()[DEFAULT])
        return tuple(sorted(profiles, key=lambda profile: (profile.code != DEFAULT, profile.code)))


def load(session: Session, area_ids: Collection[int]) -> Book:
    """The profiles that concern some areas, in one statement."""
    closure, row = AreaClosure, VolunteerStarProfile
    found: dict[int, list[VolunteerStarProfile]] = {}
    query = (
        select(closure.descendant_id, row)
        .join(row, row.area_id == closure.ancestor_id)
        .where(closure.descendant_id.in_(area_ids))
        .order_by(closure.depth, row.valid_from.desc(), row.version.desc())
    )
    for area_id, one in session.execute(query):
        found.setdefault(area_id, []).append(one)
    return Book(found)
