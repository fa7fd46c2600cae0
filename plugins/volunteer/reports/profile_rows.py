"""The values that export profiles can take: one mapping for each service, person or team, a few statements in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    ActivityKind,
    Area,
    Entry,
    Person,
    Problem,
    chunks,
    current_site,
    groups,
    masked_person,
)

from ..models import VolunteerCredit
from ..people.models import VolunteerExternalId, VolunteerProfile
from ..people.numbers import volunteer_nos
from ..signups.models import VolunteerActivity
from ..teams.models import VolunteerProject, VolunteerTeam
from .figures import APPROVED, CREDIT, TEAM, Asked, conditions, grains, report
from .profiles import PEOPLE, SESSIONS, Profile, cells, lacks

MOST_ROWS = 50_000
# Fields of the core's white-list that a profile may take, as they are called there.
GUARDED = {"phone": "phone", "id_number": "id_number", "sex": "sex", "birth_date": "birth_date"}
Values = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """The cells of all rows, and how many rows lack a value that must not be empty, by title."""

    rows: Sequence[Sequence[Any]]
    lacking: Mapping[str, int]


def make(
    session: Session, area_id: int, profile: Profile, asked: Asked, hidden: Collection[str] = ()
) -> Made:
    """The rows of a profile for an area; ``hidden`` fields stay empty. Raises Problem too_many_rows_to_export."""
    readers = {SESSIONS: _sessions, PEOPLE: _people}
    values = readers.get(profile.rows, _teams)(session, area_id, profile, asked)
    if len(values) > MOST_ROWS:
        raise Problem(
            "too_many_rows_to_export",
            N_("A file holds at most %(most)s rows: narrow the list with its filters first."),
            most=MOST_ROWS,
        )
    rows, lacking = [], Counter[str]()
    for one in values:
        for field in hidden:
            one[field] = None
        rows.append(cells(profile, one))
        lacking.update(lacks(profile, one))
    return Made(rows, dict(lacking))


def _sessions(session: Session, area_id: int, profile: Profile, asked: Asked) -> list[Values]:
    credit, activity = VolunteerCredit, VolunteerActivity
    found = session.execute(
        select(
            Person, Entry, Activity, Area.name, Area.code, ActivityKind.title, credit.minutes, credit.klass,
            credit.flags, VolunteerTeam.name, VolunteerTeam.host, VolunteerProject.title, VolunteerProject.code,
            activity.category,
        )
        .select_from(credit)
        .join(Entry, Entry.id == credit.entry_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Person, Person.id == credit.person_id)
        .join(Area, Area.id == credit.area_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == credit.team_id)
        .outerjoin(VolunteerProject, VolunteerProject.id == credit.project_id)
        .outerjoin(activity, activity.activity_id == Entry.activity_id)
        .where(
            credit.state == APPROVED,
            credit.local_date.between(asked.period.first, asked.period.last),
            *conditions(asked, area_id),
        )
        .order_by(credit.local_date, Person.sort_key, credit.entry_id)
        .limit(MOST_ROWS + 1)
    ).all()  # fmt: skip
    about = _of_people(session, profile, {row[0].id: row[0] for row in found})
    local = current_site().local
    return [
        {
            **about[person.id],
            "area": area, "area_code": code, "team": team, "host": host, "project": project,
            "project_code": project_code, "category": category, "activity": entry.title,
            "activity_id": held.public_id, "kind": kind, "organiser": held.organiser, "place": held.place,
            "day": entry.local_date, "start": local(entry.starts_at) if entry.starts_at else None,
            "end": local(entry.ends_at) if entry.ends_at else None, "minutes": minutes, "class": klass,
            "record_id": entry.public_id, "flags": flags,
        }
        for (
            person, entry, held, area, code, kind, minutes, klass, flags, team, host, project, project_code, category,
        ) in found
    ]  # fmt: skip


def _people(session: Session, area_id: int, profile: Profile, asked: Asked) -> list[Values]:
    rows = grains(asked.period.first, asked.period.last, *conditions(asked, area_id))
    timed = func.sum(case((rows.c.klass == CREDIT, rows.c.minutes), else_=0))
    sums = (
        select(
            rows.c.person_id, func.sum(rows.c.minutes).label("minutes"), timed.label("timed"),
            func.sum(rows.c.entries).label("entries"), func.min(rows.c.local_date).label("first"),
            func.max(rows.c.local_date).label("last"),
        )
        .group_by(rows.c.person_id)
        .subquery("sums")
    )  # fmt: skip
    found = session.execute(
        select(
            Person, Area.name, Area.code, sums.c.minutes, sums.c.timed, sums.c.entries, sums.c.first, sums.c.last
        )
        .join(sums, sums.c.person_id == Person.id)
        .join(Area, Area.id == Person.area_id)
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_ROWS + 1)
    ).all()  # fmt: skip
    about = _of_people(session, profile, {row[0].id: row[0] for row in found})
    return [
        {
            **about[person.id], "area": area, "area_code": code, "minutes": int(minutes),
            "credit_minutes": int(timed), "honour_minutes": int(minutes) - int(timed),
            "person_times": int(entries), "first_day": first, "last_day": last,
        }
        for person, area, code, minutes, timed, entries, first, last in found
    ]  # fmt: skip


def _teams(session: Session, area_id: int, profile: Profile, asked: Asked) -> list[Values]:
    by_team = Asked(asked.period, TEAM, asked.klass, asked.team, asked.project)
    found = report(session, area_id, by_team).rows
    timed = {
        row.public_id: row.line.minutes
        for row in report(session, area_id, Asked(asked.period, TEAM, CREDIT, asked.team, asked.project)).rows
    }
    places: dict[str, tuple[str, str]] = {}
    for part in chunks([row.public_id for row in found]):
        query = (
            select(VolunteerTeam.public_id, Area.name, Area.code)
            .join(Area, Area.id == VolunteerTeam.area_id)
            .where(VolunteerTeam.public_id.in_(part))
        )
        places.update((row[0], (row[1], row[2])) for row in session.execute(query))
    # Minutes of the other class are no part of a report that was narrowed to one.
    return [
        {
            "team": row.name, "host": row.code, "area": places[row.public_id][0],
            "area_code": places[row.public_id][1], "members": row.line.registered, "active": row.line.active,
            "people": row.line.people, "person_times": row.line.entries, "minutes": row.line.minutes,
            "credit_minutes": 0 if asked.klass not in ("", CREDIT) else timed.get(row.public_id, 0),
            "honour_minutes": 0 if asked.klass == CREDIT
            else row.line.minutes - (timed.get(row.public_id, 0) if not asked.klass else 0),
        }
        for row in found
    ]  # fmt: skip


def _of_people(session: Session, profile: Profile, people: Mapping[int, Person]) -> dict[int, Values]:
    """What columns say of people, by kept id; numbers and phones only where a column asks for them."""
    wanted = profile.fields
    found: dict[int, Values] = {}
    for person in people.values():
        one: Values = {"name": person.name, "sex": person.sex, "birth_date": person.birth_date}
        if wanted & {"phone", "id_number"}:
            shown = masked_person(person)
            one |= {"phone": shown.phone, "id_number": shown.id_number}
        found[person.id] = one
    if "volunteer_no" in wanted:
        for kept, number in volunteer_nos(session, list(people)).items():
            found[kept]["volunteer_no"] = number
    if "external_id" in wanted:
        for kept, value in _elsewhere(session, profile.system, people):
            found[kept].setdefault("external_id", value)
    if wanted & {"registered_on", "state"}:
        for kept, row in _registrations(session, people):
            found[kept] |= {"registered_on": row.registered_on, "state": row.state}
    return found


def _elsewhere(session: Session, system: str, people: Iterable[int]) -> Iterable[tuple[int, str]]:
    row = VolunteerExternalId
    for part in chunks(sorted(people)):
        kept_of = {one: kept for kept, rows in groups(session, part).items() for one in rows}
        query = select(row.person_id, row.value).where(row.person_id.in_(kept_of)).order_by(row.id)
        for person, value in session.execute(query.where(row.system == system) if system else query):
            yield kept_of[person], value


def _registrations(session: Session, people: Iterable[int]) -> Iterable[tuple[int, VolunteerProfile]]:
    for part in chunks(sorted(people)):
        kept_of = {one: kept for kept, rows in groups(session, part).items() for one in rows}
        for row in session.scalars(select(VolunteerProfile).where(VolunteerProfile.person_id.in_(kept_of))):
            yield kept_of[row.person_id], row
