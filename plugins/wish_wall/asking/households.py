"""Households: groups of participants that the office puts together, for conflicts of interest and for nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    missing,
    refuse_closed,
    subtree,
)

from ..models import WishesHousehold, WishesHouseholdMember
from ..people import households_of

MOST_MEMBERS = 20


@dataclass(frozen=True)
class HouseholdLine:
    """A household in a list, with its people by (outside id, name)."""

    id: int
    public_id: str
    area: str
    created_at: datetime
    members: tuple[tuple[str, str], ...]

    @property
    def names(self) -> str:
        """The names in one line."""
        return "、".join(name for _id, name in self.members)


def member_ids(session: Session, households: Collection[int]) -> list[int]:
    """Ids of the people who are of some households now."""
    query = select(WishesHouseholdMember.person_id).where(
        WishesHouseholdMember.household_id.in_(households), WishesHouseholdMember.ended_at.is_(None)
    )
    return list(session.scalars(query))


def household_below(session: Session, area: Area, public_id: str, *, lock: bool = False) -> WishesHousehold:
    """The household of ``area`` or below; 404 for any other."""
    query = select(WishesHousehold).where(
        WishesHousehold.public_id == public_id, WishesHousehold.area_id.in_(subtree(area.id))
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none() or missing()


def group(session: Session, area: Area, people: Sequence[Person], actor: Actor) -> WishesHousehold:
    """A new household of at least two people; raises Problem two_people_needed and those of ``add``."""
    kept = set(canonical_ids(session, [person.id for person in people]).values())
    if len(kept) < 2:
        raise Problem("two_people_needed", N_("Name at least two people who live together."), field="names")
    household = WishesHousehold(area_id=area.id, created_at=current_site().now(), created_by=actor.label)
    session.add(household)
    session.flush()
    audit.write(
        session, actor, "wishes.household_added", "wishes.household", household.public_id, area_id=area.id,
        after={"people": len(kept)},
    )  # fmt: skip
    add(session, household, people, actor)
    return household


def add(session: Session, household: WishesHousehold, people: Sequence[Person], actor: Actor) -> None:
    """Take people into a household. Raises Conflict in_household where they are of another, Problem household_full."""
    for person in people:
        refuse_closed(person)
    kept = set(canonical_ids(session, [person.id for person in people]).values())
    names = {person.id: person.name for person in people}
    known = households_of(session, kept)
    for person_id in sorted(kept):
        if known[person_id] - {household.id}:
            raise Conflict(
                "in_household",
                N_("%(name)s belongs to another household: end that first."),
                field="names",
                name=names.get(person_id, ""),
            )
    new = sorted(person_id for person_id in kept if household.id not in known[person_id])
    if len(new) + len(member_ids(session, [household.id])) > MOST_MEMBERS:
        raise Problem(
            "household_full",
            N_("A household has at most %(most)s people here."),
            field="names",
            most=MOST_MEMBERS,
        )
    now = current_site().now()
    session.add_all(
        WishesHouseholdMember(
            household_id=household.id, person_id=person_id, added_at=now, added_by=actor.label
        )
        for person_id in new
    )
    session.flush()
    if new:
        audit.write(
            session, actor, "wishes.household_joined", "wishes.household", household.public_id,
            area_id=household.area_id, after={"people": len(new)}, count=len(new),
        )  # fmt: skip


def leave(session: Session, household: WishesHousehold, person: Person, actor: Actor) -> None:
    """End that somebody is of a household; raises Conflict bad_state where they are not."""
    kept = canonical_ids(session, [person.id])[person.id]
    rows = session.scalars(
        select(WishesHouseholdMember).where(
            WishesHouseholdMember.household_id == household.id, WishesHouseholdMember.ended_at.is_(None)
        )
    ).all()
    of_row = canonical_ids(session, [row.person_id for row in rows])
    ended = [row for row in rows if of_row[row.person_id] == kept]
    if not ended:
        raise Conflict("bad_state", N_("This person is not of the household any more."))
    now = current_site().now()
    for row in ended:
        row.ended_at = now
    session.flush()
    audit.write(
        session, actor, "wishes.household_left", "wishes.household", household.public_id,
        area_id=household.area_id, before={"people": len(rows)}, after={"people": len(rows) - len(ended)},
    )  # fmt: skip


def households_page(
    session: Session, area_id: int, name: str, *, limit: int, offset: int
) -> tuple[list[HouseholdLine], int]:
    """Households of an area and below that have somebody, the newest first, and how many; two statements and one."""
    open_members = (
        select(WishesHouseholdMember.household_id)
        .join(Person, Person.id == WishesHouseholdMember.person_id)
        .where(WishesHouseholdMember.ended_at.is_(None))
    )
    if name:
        open_members = open_members.where(Person.name.contains(name, autoescape=True))
    here = (
        WishesHousehold.area_id.in_(subtree(area_id)),
        WishesHousehold.id.in_(open_members),
    )
    total = session.scalar(select(func.count()).select_from(WishesHousehold).where(*here)) or 0
    query = (
        select(WishesHousehold, Area.name)
        .join(Area, Area.id == WishesHousehold.area_id)
        .where(*here)
        .order_by(WishesHousehold.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(query).all()
    people = _people(session, [row.WishesHousehold.id for row in rows])
    return [
        HouseholdLine(
            row.WishesHousehold.id,
            row.WishesHousehold.public_id,
            row.name,
            row.WishesHousehold.created_at,
            people.get(row.WishesHousehold.id, ()),
        )
        for row in rows
    ], total


def _people(session: Session, households: Collection[int]) -> Mapping[int, tuple[tuple[str, str], ...]]:
    found: dict[int, list[tuple[str, str]]] = {}
    if not households:
        return {}
    query = (
        select(WishesHouseholdMember.household_id, Person.public_id, Person.name)
        .join(Person, Person.id == WishesHouseholdMember.person_id)
        .where(WishesHouseholdMember.household_id.in_(households), WishesHouseholdMember.ended_at.is_(None))
        .order_by(WishesHouseholdMember.id)
    )
    for household_id, public_id, name in session.execute(query):
        found.setdefault(household_id, []).append((public_id, name))
    return {key: tuple(value) for key, value in found.items()}


def members_of(session: Session, household: WishesHousehold) -> list[tuple[str, str]]:
    """The people of a household now, by (outside id, name)."""
    return list(_people(session, [household.id]).get(household.id, ()))


def member_of(session: Session, household: WishesHousehold, public_id: str) -> Person:
    """Somebody of a household, wherever they belong by now; 404 for anybody else."""
    person = session.scalar(select(Person).where(Person.public_id == public_id))
    if person is None or public_id not in {one for one, _name in members_of(session, household)}:
        missing()
    return person


def household_names(session: Session, person_id: int) -> list[str]:
    """The names of those who live with somebody, themselves left out."""
    households = {one for found in households_of(session, [person_id]).values() for one in found}
    people = [person for told in _people(session, households).values() for person in told]
    own = canonical_ids(session, [person_id])[person_id]
    me = session.get_one(Person, own).public_id
    return [name for public_id, name in people if public_id != me]
