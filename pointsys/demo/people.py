"""The inhabitants of the story: names, ages, phones that ring nowhere, and what each is drawn to."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from pointsys.core.people.records import PersonData
from pointsys.demo.schedule import Community, Members

# No place has this region code, so that the numbers belong to nobody.
REGION = "990101"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
ELDER = 58
YOUNG = 40
# How many in a hundred come almost always, often, now and then, and never; and how often that is.
_DRIVES = ((7, 9.0), (23, 3.0), (44, 0.8), (26, 0.0))
IN_SERVICE = "in_service"
RESIDENT = "resident"


@dataclass
class Inhabitant:
    """Somebody of the story; ``drive`` says how often they come, ``id`` is the row once it is there.

    ``facts`` are cells of a roster's further columns, by title.
    """

    name: str
    sex: str
    birth_date: date
    community: str
    grid: str
    phone: str | None
    id_number: str | None
    drive: float
    member: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    id: int = 0
    area_id: int = 0

    def age(self, today: date) -> int:
        """Full years on ``today``."""
        born = self.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    def data(self) -> PersonData:
        """What the roster says of them."""
        return PersonData(
            name=self.name,
            area_id=self.area_id,
            sex=self.sex,
            birth_date=self.birth_date,
            phone=self.phone,
            id_number=self.id_number,
        )


@cache
def _pools() -> Mapping[str, Any]:
    return tomllib.loads(files("pointsys.demo").joinpath("names.toml").read_text("utf-8"))


def make_id_number(birth_date: date, sex: str, serial: int) -> str:
    """A number of the right form with its check character; ``serial`` 0-499 tells apart those of one day and sex."""
    number = f"{REGION}{birth_date:%Y%m%d}{serial * 2 + (sex == 'male'):03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True))
    return number + _CHECKS[total % 11]


def make_name(rng: Random, sex: str, born: int) -> str:
    """A name that fits the year of birth."""
    pools = _pools()
    if rng.random() < 0.008:
        return str(rng.choice(pools["whole"][sex]))
    given = pools["given"][f"{sex}_{'old' if born < 1965 else 'middle' if born < 1985 else 'young'}"]
    lot = rng.random()
    surnames = pools["surnames"]
    if lot < 0.008:
        surname = rng.choice(surnames["compound"])
    else:
        rank = "often" if lot < 0.45 else "sometimes" if lot < 0.97 else "seldom"
        surname = rng.choice(surnames[rank])
    return f"{surname}{rng.choice(given)}"


def populate(
    rng: Random, communities: Sequence[Community], members: Members, count: int, today: date
) -> list[Inhabitant]:
    """``count`` people, spread over the communities and their grids; names are unique within a community."""
    people: list[Inhabitant] = []
    total = sum(community.share for community in communities)
    phones = rng.sample(range(10_000), count)
    share = 0
    for community in communities:
        names: set[str] = set()
        share += community.share
        for number in range(count * share // total - len(people)):
            sex = rng.choice(("female", "female", "male"))
            birth_date = _birth_date(rng, community, today)
            name = make_name(rng, sex, birth_date.year)
            while name in names:
                name = make_name(rng, sex, birth_date.year)
            names.add(name)
            people.append(
                Inhabitant(
                    name=name,
                    sex=sex,
                    birth_date=birth_date,
                    community=community.key,
                    grid=community.grids[number % len(community.grids)],
                    phone=f"1990000{phones[len(people)]:04d}" if rng.random() < 0.93 else None,
                    id_number=make_id_number(birth_date, sex, len(people) % 500)
                    if rng.random() < 0.7
                    else None,
                    drive=_drive(rng),
                )
            )
    _choose_members(rng, people, members, today)
    return people


def _birth_date(rng: Random, community: Community, today: date) -> date:
    youngest, oldest, _weight = rng.choices(community.ages, [weight for _y, _o, weight in community.ages])[0]
    age = rng.randint(youngest, oldest)
    return today - timedelta(days=age * 365 + age // 4 + rng.randint(1, 360))


def _drive(rng: Random) -> float:
    drive = rng.choices([value for _n, value in _DRIVES], [n for n, _value in _DRIVES])[0]
    return drive * rng.uniform(0.6, 1.4)


def _choose_members(rng: Random, people: list[Inhabitant], members: Members, today: date) -> None:
    """Make some of them Party members: those who work come from units, the others belong to a branch here."""
    working = [person for person in people if 24 <= person.age(today) < ELDER]
    settled = [person for person in people if person.age(today) >= 30]
    wanted = len(people) * members.in_service // 1_000
    for person in rng.sample(working, min(wanted, len(working))):
        person.member = IN_SERVICE
        # Whoever reported to the community shows up now and then, because the unit asks.
        person.drive = max(person.drive, rng.uniform(0.8, 4.0) if rng.random() < 0.92 else 0.0)
        person.facts = {
            "政治面貌": "中共党员",
            "工作单位": rng.choice(members.units),
            "党支部": rng.choice(members.branches[person.community]),
            "报到日期": today - timedelta(days=rng.randint(380, 900)),
        }
    rest = [person for person in settled if not person.member]
    for person in rng.sample(rest, min(len(people) * members.resident // 1_000, len(rest))):
        person.member = RESIDENT
        person.drive = max(person.drive, rng.uniform(0.4, 1.6))
        person.facts = {"政治面貌": "中共党员", "党支部": rng.choice(members.branches[person.community])}
    # Some reported only this year, which prorates what is asked of them.
    newcomers = [person for person in people if person.member == IN_SERVICE]
    for person in rng.sample(newcomers, len(newcomers) // 9):
        person.facts["报到日期"] = today - timedelta(days=rng.randint(20, 200))
