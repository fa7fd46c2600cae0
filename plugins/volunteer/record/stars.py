"""Stars of people and of areas, read.

Who has reached what is found by ``following``; what people decide on stars is in ``deciding_stars``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    Person,
    PersonAlias,
    chunks,
    current_site,
    groups,
    name_condition,
    subtree,
)

from ..hours import ALL
from ..models import VolunteerBalance
from . import profiles
from .following import read
from .models import (
    ELIGIBLE,
    HELD,
    UNDER_REVIEW,
    WITHDRAWN,
    VolunteerStarAward,
    VolunteerStarEvent,
    VolunteerStarProfile,
)
from .star_rules import NO_TOTALS, Level, Profile

Rows = Mapping[int, Collection[int]]


@dataclass(frozen=True)
class Star:
    """A star that somebody holds, the best of its profile and period; ``state`` awarded or under_review."""

    public_id: str
    profile: str
    profile_title: str
    level: int
    title: str
    period: str
    state: str
    needed: int
    awarded_on: date | None


@dataclass(frozen=True)
class Progress:
    """How far somebody is on one profile: minutes that count, stars by them, and the next one."""

    profile: Profile
    period: str
    minutes: int
    level: int
    next: Level | None

    @property
    def missing(self) -> int:
        """Minutes until the next star."""
        return self.next.minutes - self.minutes if self.next else 0

    @property
    def percent(self) -> int:
        """Whole percent of the way to the next star; never 100 before it is reached."""
        return self.minutes * 100 // self.next.minutes if self.next else 100


def titles_of(session: Session) -> dict[str, str]:
    """Names of all profiles by code, shipped ones too; of several versions the last."""
    row = VolunteerStarProfile
    found = {code: profile.title for code, profile in profiles.shipped().items()}
    found.update(
        (code, title) for code, title in session.execute(select(row.code, row.title).order_by(row.id))
    )
    return found


def stars_of(
    session: Session, kept_ids: Collection[int], today: date, rows: Rows | None = None
) -> Mapping[int, list[Star]]:
    """The stars that people hold: of each profile the best of the latest period that has begun by ``today``.

    Everybody asked for is a key. Two statements for those whose ``rows`` (all rows by kept id) are known, else four.
    """
    found: dict[int, list[Star]] = {person: [] for person in kept_ids}
    if not found:
        return found
    titles = titles_of(session)
    award = VolunteerStarAward
    for part in chunks(sorted(found)):
        kept_of = {row: kept for kept, several in (rows or groups(session, part)).items() for row in several}
        best: dict[tuple[int, str], VolunteerStarAward] = {}
        query = select(award).where(award.person_id.in_(kept_of), award.state.in_(HELD))
        for one in session.scalars(query):
            if one.period != ALL and int(one.period[:4]) > today.year:
                continue
            key = (kept_of[one.person_id], one.profile)
            there = best.get(key)
            if there is None or (one.period, one.level) > (there.period, there.level):
                best[key] = one
        for (person, code), one in sorted(
            best.items(), key=lambda item: (item[0][1] != profiles.DEFAULT, item[0])
        ):
            if person in found:
                found[person].append(_star(one, titles.get(code, code)))
    return found


def _star(one: VolunteerStarAward, title: str) -> Star:
    return Star(
        one.public_id,
        one.profile,
        title,
        one.level,
        one.title,
        one.period,
        one.state,
        one.needed,
        one.awarded_on,
    )


def progress_of(
    session: Session, kept_ids: Collection[int], rows: Rows | None = None
) -> dict[int, list[Progress]]:
    """How far people are on each profile in force where they belong; two statements more than ``groups``."""
    people = read(session, rows or groups(session, kept_ids))
    today = current_site().today()
    found: dict[int, list[Progress]] = {}
    for person_id, area_id in people.areas.items():
        totals = people.totals.get(person_id, NO_TOTALS)
        for profile in people.book.of(area_id, today):
            period = profile.period_of(today.year)
            minutes = totals.of(profile.klass, period)
            level = profile.reached(minutes)
            found.setdefault(person_id, []).append(
                Progress(profile, period, minutes, level, profile.next_level(minutes))
            )
    return found


@dataclass(frozen=True)
class StarLine:
    """One line of the list of stars; ``minutes`` are those of the period, None where they cannot be read at once."""

    public_id: str
    person: Person
    profile: str
    period: str
    level: int
    title: str
    needed: int
    state: str
    reached_on: date
    awarded_on: date | None
    minutes: int | None


@dataclass(frozen=True)
class Filters:
    """Which stars: "" and 0 for all."""

    q: str = ""
    profile: str = ""
    state: str = ""
    level: int = 0


SORTS = ("name", "-name", "level", "-level", "reached", "-reached")


def star_list(
    session: Session,
    area_id: int,
    filters: Filters,
    *,
    sort: str = "-level",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[StarLine], int]:
    """The best star of each person of an area and below, by profile and period; and how many there are."""
    award, balance = VolunteerStarAward, VolunteerBalance
    minutes = (
        select(func.max(balance.total))
        .where(balance.person_id == award.person_id, balance.period == award.period)
        .correlate(award)
        .scalar_subquery()
    )
    query = (
        select(award, Person, minutes, func.count().over())
        .join(Person, Person.id == award.person_id)
        .where(*_listed(area_id, filters))
        .order_by(*_order(sort), award.id)
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(query).all()
    lines = [
        StarLine(
            one.public_id, person, one.profile, one.period, one.level, one.title, one.needed, one.state,
            one.reached_on, one.awarded_on, total if one.klass == "all" and len(one.period) < 9 else None,
        )
        for one, person, total, _count in rows
    ]  # fmt: skip
    return lines, int(rows[0][3]) if rows else 0


def _listed(area_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    award = VolunteerStarAward
    better = aliased(award)
    states = (filters.state,) if filters.state else (ELIGIBLE, *HELD)
    # Every star of a state stands for itself where one looks for that state; else the best one alone.
    conditions: list[ColumnElement[bool]] = [
        Person.area_id.in_(subtree(area_id)),
        award.state.in_(states),
        award.person_id.not_in(select(PersonAlias.merged_id)),
    ]
    if filters.state not in (ELIGIBLE, UNDER_REVIEW, WITHDRAWN):
        conditions.append(
            ~select(better.id)
            .where(
                better.person_id == award.person_id,
                better.profile == award.profile,
                better.period == award.period,
                better.level > award.level,
                better.state.in_(states),
            )
            .exists()
        )
    if filters.q:
        conditions.append(name_condition(filters.q))
    if filters.profile:
        conditions.append(award.profile == filters.profile)
    if filters.level:
        conditions.append(award.level == filters.level)
    return conditions


def _order(sort: str) -> list[ColumnElement[object]]:
    award = VolunteerStarAward
    columns = {"name": Person.sort_key, "level": award.level, "reached": award.reached_on}
    column = columns.get(sort.lstrip("-"), award.level)
    first = column.desc() if sort.startswith("-") else column.asc()
    return [first, Person.sort_key.asc()]  # type: ignore[list-item]


def waiting_stars(session: Session, area_id: int) -> dict[str, int]:
    """How many stars of an area and below wait for somebody: by state, eligible and under_review."""
    states = (ELIGIBLE, UNDER_REVIEW)
    counts = session.execute(select(*(counting(area_id, state).scalar_subquery() for state in states))).one()
    return dict(zip(states, counts, strict=True))


def counting(area_id: int, state: str) -> Select[Any]:
    """A query that counts the stars of an area and below in a state."""
    award, inside = VolunteerStarAward, Person.area_id.in_(subtree(area_id))
    joined = select(func.count(award.id)).join(Person, Person.id == award.person_id)
    return joined.where(inside, award.state == state)


def level_counts(session: Session, area_id: int, profile: str) -> dict[int, int]:
    """How many people of an area and below hold each star of a profile as their best, in any period."""
    award = VolunteerStarAward
    query = (
        select(award.level, func.count(award.person_id.distinct()))
        .join(Person, Person.id == award.person_id)
        .where(*_listed(area_id, Filters(profile=profile)))
        .group_by(award.level)
    )
    return {int(level): int(count) for level, count in session.execute(query)}


def events_of(
    session: Session, people: Collection[int]
) -> list[tuple[VolunteerStarAward, VolunteerStarEvent]]:
    """What happened to the stars of some rows of a person, the newest first."""
    award, event = VolunteerStarAward, VolunteerStarEvent
    query = (
        select(award, event)
        .join(event, event.award_id == award.id)
        .where(award.person_id.in_(people))
        .order_by(event.id.desc())
        .limit(50)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


@dataclass(frozen=True)
class Standing:
    """One person of an area for whom hours are counted, with the stars held and reached by profile."""

    public_id: str
    name: str
    minutes: int
    stars: list[Star]
    progress: list[Progress]


def standings(session: Session, area_id: int) -> list[Standing]:
    """Everybody of an area and below with credited minutes, most first, with their stars.

    The minutes are all that the person has, in every area; a handful of statements for each thousand people.
    """
    balance = VolunteerBalance
    rows = session.execute(
        select(Person.id, Person.public_id, Person.name, func.max(balance.total))
        .join(balance, balance.person_id == Person.id)
        .where(balance.period == ALL, balance.total > 0, Person.area_id.in_(subtree(area_id)))
        .group_by(Person.id, Person.public_id, Person.name)
        .order_by(func.max(balance.total).desc(), Person.name, Person.public_id)
    ).all()
    today = current_site().today()
    found: list[Standing] = []
    for part in chunks(rows, 1_000):
        ids = [row[0] for row in part]
        held, progress = stars_of(session, ids, today), progress_of(session, ids)
        found += [
            Standing(row[1], row[2], int(row[3]), held.get(row[0], []), progress.get(row[0], []))
            for row in part
        ]
    return found
