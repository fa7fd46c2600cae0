"""Volunteer numbers: V, the year of registration, a running number, a check digit; never reused, never an ID number."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, canonical_ids, chunks, groups, upsert

from .models import VolunteerProfile, VolunteerSeries

# Systems whose numbers of volunteers are kept beside ours.
SYSTEMS = {
    "national": N_("National volunteer service system"),
    "zhiyuanhui": N_("Zhiyuanhui"),
    "izhiyuan": N_("i-Zhiyuan"),
    "other": N_("Another system"),
}


def check_digit(digits: str) -> str:
    """The last digit by Luhn's rule: finds one wrong digit, and nearly every pair that is swapped."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def written(year: int, running: int) -> str:
    """The number as it stands on cards and certificates."""
    digits = f"{year:04d}{running:07d}"
    return f"V{digits}{check_digit(digits)}"


def is_number(text: str) -> bool:
    """Whether this could be a volunteer number: of the right shape, with the right check digit."""
    digits = text[1:]
    return (
        len(text) == 13
        and text[0] in "Vv"
        and digits.isascii()
        and digits.isdecimal()
        and check_digit(digits[:-1]) == digits[-1]
    )


def reserve(session: Session, year: int, count: int = 1) -> list[str]:
    """The next ``count`` numbers of a year; the series is locked until the transaction ends."""
    statement = upsert(session, VolunteerSeries).values(year=year, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["year"], set_={"last": VolunteerSeries.last + count}
    ).returning(VolunteerSeries.last)
    last = int(session.execute(statement).scalar_one())
    return [written(year, running) for running in range(last - count + 1, last + 1)]


def volunteer_no(session: Session, person: int) -> str:
    """The number of a person (any row of theirs), "" for somebody who was never registered."""
    kept = canonical_ids(session, [person])[person]
    return volunteer_nos(session, [kept]).get(kept, "")


def volunteer_nos(session: Session, kept_ids: Collection[int]) -> dict[int, str]:
    """Numbers by kept id; of a merged person the one of the kept row, else the oldest."""
    found: dict[int, str] = {}
    for part in chunks(kept_ids):
        of = {row: kept for kept, rows in groups(session, part).items() for row in rows}
        profile = VolunteerProfile
        rows = session.execute(
            select(profile.person_id, profile.volunteer_no)
            .where(profile.person_id.in_(of), profile.volunteer_no.is_not(None))
            .order_by(profile.volunteer_no)
        )
        for person, number in rows:
            if number is None:
                continue
            if person == of[person]:
                found[person] = number
            else:
                found.setdefault(of[person], number)
    return found


def person_of_number(session: Session, number: str) -> int | None:
    """The kept id of whoever has a volunteer number, or None."""
    found = session.scalar(
        select(VolunteerProfile.person_id).where(VolunteerProfile.volunteer_no == number.strip().upper())
    )
    return None if found is None else canonical_ids(session, [found])[found]
