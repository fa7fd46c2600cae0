"""Stars follow the hours: called with everybody whose credits were derived anew.

Four statements where nothing changes, whatever the number of people; one more where a profile counts credit hours
only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, extract, func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import Person, chunks, current_site, groups, new_public_id

from ..hours import ALL
from ..models import VolunteerBalance, VolunteerCredit
from . import profiles
from .models import AWARDED, ELIGIBLE, VolunteerStarAward, VolunteerStarEvent
from .star_rules import (
    AUTO,
    CREDIT,
    EVERY,
    NO_TOTALS,
    Profile,
    Reached,
    Totals,
    day_of,
    reached_by,
    state_after,
)

_MONTH = len("2026-03")


@dataclass(frozen=True)
class People:
    """Some human beings: all rows of each, where they belong, and what they have served."""

    rows: Mapping[int, Collection[int]]
    areas: Mapping[int, int]
    totals: Mapping[int, Totals]
    book: profiles.Book

    def profiles_on(self, person_id: int) -> dict[int, tuple[Profile, ...]]:
        """The profiles in force for each year in which somebody served."""
        today = current_site().today()
        years = self.totals.get(person_id, NO_TOTALS).years.get(EVERY, {})
        return {year: self.book.of(self.areas[person_id], day_of(year, today)) for year in years}


def follow(
    session: Session, people: Collection[int], rows_of: Mapping[int, Collection[int]] | None = None
) -> None:
    """Give the stars that ``people`` (kept ids) have reached, and put under review those they have no longer.

    ``rows_of`` are all rows of each, where they are known already.
    """
    if not people:
        return
    known = groups(session, people) if rows_of is None else rows_of
    for part in chunks(sorted(known)):
        rows = {person_id: known[person_id] for person_id in part}
        held = _held(session, rows)
        found = read(session, rows, {award.klass for several in held.values() for award in several})
        _change(session, found, held)
        _give(session, found, held)


def _held(session: Session, rows: Mapping[int, Collection[int]]) -> dict[int, list[VolunteerStarAward]]:
    kept_of = {row: kept for kept, several in rows.items() for row in several}
    award = VolunteerStarAward
    found: dict[int, list[VolunteerStarAward]] = {}
    for one in session.scalars(select(award).where(award.person_id.in_(kept_of)).order_by(award.id)):
        found.setdefault(kept_of[one.person_id], []).append(one)
    return found


def read(session: Session, rows: Mapping[int, Collection[int]], classes: Collection[str] = ()) -> People:
    """What is known of human beings (kept id -> all rows) for their stars: two statements, or three."""
    balance = VolunteerBalance
    areas: dict[int, int] = {}
    totals: dict[int, Totals] = {}
    found = session.execute(
        select(Person.id, Person.area_id, balance.period, balance.total)
        .outerjoin(
            balance, (balance.person_id == Person.id) & (func.length(balance.period) < _MONTH)
        )
        .where(Person.id.in_(rows))
        .distinct()
    )  # fmt: skip
    for person_id, area_id, period, minutes in found:
        areas[person_id] = area_id
        if period is not None:
            mine = totals.setdefault(person_id, Totals())
            mine.add(EVERY, None if period == ALL else int(period), int(minutes))
    book = profiles.load(session, set(areas.values()))
    stored = (profiles.profile_of(row) for several in book.rows.values() for row in several)
    if CREDIT in classes or any(profile.klass == CREDIT for profile in stored):
        _add_credit(session, totals)
    return People(rows, areas, totals, book)


def _add_credit(session: Session, totals: Mapping[int, Totals]) -> None:
    credit = VolunteerCredit
    year = extract("year", credit.local_date)
    query = (
        select(credit.person_id, year, func.sum(credit.minutes))
        .where(credit.person_id.in_(totals), credit.klass == CREDIT)
        .group_by(credit.person_id, year)
    )
    for person_id, one, minutes in session.execute(query):
        mine = totals[person_id]
        mine.add(CREDIT, int(one), int(minutes))
        mine.ever[CREDIT] = mine.ever.get(CREDIT, 0) + int(minutes)


def _change(session: Session, found: People, held: dict[int, list[VolunteerStarAward]]) -> None:
    """Follow the totals with the stars that are there."""
    events: list[tuple[int, str, int]] = []
    gone: list[int] = []
    for person_id, awards in held.items():
        _gather(person_id, awards)
        totals = found.totals.get(person_id, NO_TOTALS)
        for award in awards:
            minutes = totals.of(award.klass, award.period)
            state = state_after(award.state, minutes, award.needed, award.kept_minutes)
            if not state:
                gone.append(award.id)
            elif state != award.state:
                award.state = state
                events.append((award.id, state, minutes))
    session.flush()
    note(session, events)
    if gone:
        session.execute(delete(VolunteerStarAward).where(VolunteerStarAward.id.in_(gone)))
        for person_id, awards in held.items():
            held[person_id] = [award for award in awards if award.id not in gone]


def _gather(kept: int, awards: list[VolunteerStarAward]) -> None:
    """Put the stars of merged rows under the kept one, which lists read, unless it has the same itself."""
    own = {(award.profile, award.period, award.level) for award in awards if award.person_id == kept}
    for award in awards:
        key = (award.profile, award.period, award.level)
        if award.person_id != kept and key not in own:
            award.person_id = kept
            own.add(key)


def _give(session: Session, found: People, held: Mapping[int, list[VolunteerStarAward]]) -> None:
    """Give the stars that are reached and not there yet."""
    today = current_site().today()
    rows: dict[str, dict[str, object]] = {}
    minutes_of: dict[str, int] = {}
    for person_id in found.areas:
        there = {(award.profile, award.period, award.level) for award in held.get(person_id, ())}
        totals = found.totals.get(person_id, NO_TOTALS)
        for one in reached_by(totals, found.profiles_on(person_id)):
            if one.key not in there:
                row = _row(person_id, one)
                key = str(row["public_id"])
                awarded_on = today if row["state"] == AWARDED else None
                rows[key] = {**row, "reached_on": today, "awarded_on": awarded_on}
                minutes_of[key] = one.minutes
    if not rows:
        return
    session.execute(insert(VolunteerStarAward), list(rows.values()))
    given = [key for key, row in rows.items() if row["state"] == AWARDED]
    award = VolunteerStarAward
    ids: list[tuple[int, str, int]] = []
    for part in chunks(given):
        query = select(award.id, award.public_id).where(award.public_id.in_(part)).order_by(award.id)
        ids += [(row[0], AWARDED, minutes_of[row[1]]) for row in session.execute(query)]
    note(session, ids)


def _row(person_id: int, one: Reached) -> dict[str, object]:
    profile, level = one.profile, one.profile.levels[one.level - 1]
    return {
        "public_id": new_public_id(),
        "person_id": person_id,
        "profile": profile.code,
        "version": profile.version,
        "period": one.period,
        "level": one.level,
        "title": level.title,
        "needed": level.minutes,
        "klass": profile.klass,
        "state": AWARDED if profile.mode == AUTO else ELIGIBLE,
    }


def note(session: Session, events: Iterable[tuple[int, str, int]]) -> None:
    """Leave what the system itself has done with stars: (id of the award, what, minutes then)."""
    now = current_site().now()
    rows = [
        {"award_id": award_id, "what": what, "minutes": minutes, "at": now}
        for award_id, what, minutes in events
    ]
    if rows:
        session.execute(insert(VolunteerStarEvent), rows)
