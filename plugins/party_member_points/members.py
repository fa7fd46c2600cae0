"""Who is a Party member since when: append-only facts, and the row of each member as their fold.

A roster or a member of staff says something, that becomes a fact, and ``project`` brings the rows of ``points_member``
in line with all facts of a human being, so that merging people and taking that back needs nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Actor,
    Area,
    Person,
    audit,
    canonical_ids,
    chunks,
    current_site,
    groups,
    mark_people,
    table_of,
    upsert,
)

from .columns import BRANCH, CHECKIN, HOME_UNIT, MEMBER, NONE, POST, PROBATIONARY, STATUS
from .models import PointsBranch, PointsFact, PointsHomeUnit, PointsMember, PointsResult

IMPORT = "import"
STAFF = "staff"
GRID = "grid"
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Said:
    """One fact before it is stored; see ``PointsFact`` for what each kind uses."""

    person_id: int
    kind: str
    value: str | None = None
    on_date: date | None = None
    ref_id: int | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """A member as the facts say; the columns of ``points_member`` without the person."""

    political_status: str
    checkin_on: date
    checkin_assumed: bool
    left_on: date | None = None
    branch_id: int | None = None
    home_unit_id: int | None = None
    roster_differs: bool = False
    post: str = ""


def fold(facts: Iterable[Said]) -> Membership | None:
    """What facts in the order of recording come to; None for somebody who is not a member.

    The last word counts, but an assumed check-in never replaces a known one, nor an earlier assumed one.
    """
    status = None
    differs = False
    checkin: Said | None = None
    last: dict[str, Said] = {}
    for fact in facts:
        last[fact.kind] = fact
        if fact.kind == "status":
            status, differs = fact.value, False
        elif fact.kind == "roster":
            differs = True
        elif fact.kind == "checkin" and _replaces(fact, checkin):
            checkin = fact
    if status not in (MEMBER, PROBATIONARY) or checkin is None or checkin.on_date is None:
        return None
    return Membership(
        political_status=status,
        checkin_on=checkin.on_date,
        checkin_assumed=checkin.assumed,
        left_on=last["left"].on_date if "left" in last else None,
        branch_id=last["branch"].ref_id if "branch" in last else None,
        home_unit_id=last["home_unit"].ref_id if "home_unit" in last else None,
        roster_differs=differs,
        post=(last["post"].value or "") if "post" in last else "",
    )


def _replaces(new: Said, old: Said | None) -> bool:
    if old is None or not new.assumed:
        return True
    return old.assumed and new.on_date is not None and old.on_date is not None and new.on_date < old.on_date


# --- facts and their projection ---


def project(session: Session, people: Collection[int]) -> None:
    """Bring the member rows of the human beings that ``people`` touch in line with their facts."""
    rows_of = groups(session, people)
    kept_of = {row: kept for kept, rows in rows_of.items() for row in rows}
    said: dict[int, list[Said]] = defaultdict(list)
    fact = PointsFact
    for part in chunks(sorted(kept_of)):
        rows = session.execute(
            select(
                fact.id, fact.person_id, fact.kind, fact.value, fact.on_date, fact.ref_id, fact.assumed
            ).where(fact.person_id.in_(part))
        )
        for row in sorted(rows, key=lambda row: int(row[0])):
            said[kept_of[row[1]]].append(Said(*row[1:]))
    members = {kept: fold(sorted_facts) for kept, sorted_facts in said.items()}
    wanted = {kept: member for kept, member in members.items() if member is not None}
    for part in chunks(sorted(kept_of.keys() - wanted.keys())):
        session.execute(delete(PointsMember).where(PointsMember.person_id.in_(part)))
    if wanted:
        statement = upsert(session, PointsMember)
        names = [column.name for column in table_of(PointsMember).columns if column.name != "person_id"]
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["person_id"], set_={name: statement.excluded[name] for name in names}
            ),
            [{"person_id": kept, **asdict(wanted[kept])} for kept in sorted(wanted)],
        )


def say(session: Session, facts: Sequence[Said], source: str, actor: Actor) -> None:
    """Store facts, and bring the members they are about up to date."""
    if not facts:
        return
    now = current_site().now()
    session.execute(
        insert(table_of(PointsFact)),
        [
            {**asdict(fact), "source": source, "recorded_at": now, "recorded_by": actor.label}
            for fact in facts
        ],
    )
    people = {fact.person_id for fact in facts}
    project(session, people)
    mark_people(session, people)


def memberships(session: Session, people: Collection[int]) -> dict[int, Membership]:
    """The members among ``people`` (kept ids)."""
    found: dict[int, Membership] = {}
    columns = [column for column in table_of(PointsMember).columns if column.name != "person_id"]
    for part in chunks(sorted(people)):
        rows = session.execute(
            select(PointsMember.person_id, *columns).where(PointsMember.person_id.in_(part))
        )
        found.update((row[0], Membership(*row[1:])) for row in rows)
    return found


def follow_merge(session: Session, people: Collection[int]) -> None:
    """Two rows became one human being, or two again: member rows stand under the kept ids from now on."""
    project(session, people)
    kept = set(canonical_ids(session, people).values())
    gone = set(people) - kept
    if gone:
        session.execute(delete(PointsResult).where(PointsResult.person_id.in_(gone)))


# --- a roster ---


def take_roster(
    session: Session, area: Area, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor
) -> None:
    """Make members of those whom a roster names as such: ``people`` is [(person id, {column key: value})].

    Somebody without a day of check-in is taken to have checked in on 1 January of the year of import, marked as
    assumed. A roster that names another status never ends a membership: the difference is noted on the member.
    Nothing is kept of people who are not members.
    """
    kept_of = canonical_ids(session, [person_id for person_id, _values in people])
    present = memberships(session, set(kept_of.values()))
    members = [
        (kept_of[person_id], values)
        for person_id, values in people
        if _names_member(values, present.get(kept_of[person_id]))
    ]
    refs = _References(session, members)
    new_year = current_site().today().replace(month=1, day=1)
    facts: list[Said] = []
    for kept, values in members:
        now = present.get(kept)
        facts += _status_facts(kept, values, now)
        facts += _checkin_facts(kept, values, now, new_year)
        for kind, ref in refs.of(kept, values).items():
            if now is None or getattr(now, f"{kind}_id") != ref:
                facts.append(Said(kept, kind, ref_id=ref))
        if values.get(POST) and (now is None or now.post != values[POST]):
            facts.append(Said(kept, "post", value=str(values[POST])))
    for person_id, values in people:
        now = present.get(kept_of[person_id])
        if values.get(STATUS) == NONE and now is not None and not now.roster_differs:
            facts.append(Said(kept_of[person_id], "roster", value=NONE))
    if facts:
        say(session, facts, IMPORT, actor)
        audit.write(
            session, actor, "points.roster_taken", "area", area.code, area_id=area.id,
            count=len({fact.person_id for fact in facts}), after={"facts": len(facts)},
        )  # fmt: skip


def _names_member(values: Mapping[str, Any], now: Membership | None) -> bool:
    """Whether a row is about a member. Without a word on the status, a branch or a day of check-in says so too."""
    status = values.get(STATUS)
    if status is None:
        return now is not None or bool(values.get(BRANCH) or values.get(CHECKIN))
    return bool(status != NONE)


def _status_facts(person_id: int, values: Mapping[str, Any], now: Membership | None) -> list[Said]:
    status = values.get(STATUS) or (MEMBER if now is None else None)
    if status is None or (now is not None and now.political_status == status and not now.roster_differs):
        return []
    return [Said(person_id, "status", value=status)]


def _checkin_facts(
    person_id: int, values: Mapping[str, Any], now: Membership | None, new_year: date
) -> list[Said]:
    given = values.get(CHECKIN)
    if given:
        day = date.fromisoformat(given)
        known = now is not None and not now.checkin_assumed and now.checkin_on == day
        return [] if known else [Said(person_id, "checkin", on_date=day)]
    return [] if now is not None else [Said(person_id, "checkin", on_date=new_year, assumed=True)]


class _References:
    """Branches and home units of a roster's members, found or made in a few statements."""

    def __init__(self, session: Session, members: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        self._homes = home_areas(session, [kept for kept, values in members if values.get(BRANCH)])
        wanted = {(self._homes[kept], str(values[BRANCH])) for kept, values in members if values.get(BRANCH)}
        self._branches = find_branches(session, wanted)
        self._units = find_units(session, {str(v[HOME_UNIT]) for _kept, v in members if v.get(HOME_UNIT)})

    def of(self, kept: int, values: Mapping[str, Any]) -> dict[str, int]:
        """What the row names, by kind of fact."""
        found = {}
        if values.get(BRANCH):
            found["branch"] = self._branches[self._homes[kept], str(values[BRANCH])]
        if values.get(HOME_UNIT):
            found["home_unit"] = self._units[str(values[HOME_UNIT])]
        return found


def home_areas(session: Session, people: Collection[int]) -> dict[int, int]:
    """The area whose branches a person may belong to: their own one, a grid's community."""
    found: dict[int, int] = {}
    for part in chunks(sorted(set(people))):
        rows = session.execute(
            select(Person.id, Area.id, Area.level, Area.parent_id)
            .join(Area, Area.id == Person.area_id)
            .where(Person.id.in_(part))
        )
        found.update((r[0], r[3] if r[2] == GRID and r[3] is not None else r[1]) for r in rows)
    return found


def find_branches(session: Session, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of branches by (area id, name), those that are missing made."""
    if not wanted:
        return {}
    session.execute(
        upsert(session, PointsBranch).on_conflict_do_nothing(index_elements=["area_id", "name"]),
        [{"area_id": area_id, "name": name} for area_id, name in sorted(wanted)],
    )
    found: dict[tuple[int, str], int] = {}
    for part in chunks(sorted({area_id for area_id, _name in wanted})):
        rows = session.execute(
            select(PointsBranch.id, PointsBranch.area_id, PointsBranch.name).where(
                PointsBranch.area_id.in_(part)
            )
        )
        found.update(((row[1], row[2]), row[0]) for row in rows)
    return found


def branch_name(session: Session, branch_id: int | None) -> str:
    """The name of a branch, "" for none."""
    return "" if branch_id is None else session.get_one(PointsBranch, branch_id).name


def find_units(session: Session, wanted: Collection[str]) -> dict[str, int]:
    """Ids of home units by name, those that are missing made."""
    if not wanted:
        return {}
    session.execute(
        upsert(session, PointsHomeUnit).on_conflict_do_nothing(index_elements=["name"]),
        [{"name": name} for name in sorted(wanted)],
    )
    found: dict[str, int] = {}
    for part in chunks(sorted(wanted)):
        rows = session.execute(
            select(PointsHomeUnit.name, PointsHomeUnit.id).where(PointsHomeUnit.name.in_(part))
        )
        found.update((row[0], row[1]) for row in rows)
    return found
