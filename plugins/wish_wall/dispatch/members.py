"""The people who take part in what an organisation brings; whoever claims for it picks them as its team."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    find_participants,
    missing,
)

from .models import WishesOrganisation, WishesOrganisationMember

MOST_MEMBERS = 300


def members_of(session: Session, organisation_id: int) -> list[Person]:
    """The people who take part in what an organisation brings now, by name. One statement."""
    query = (
        select(Person)
        .join(WishesOrganisationMember, WishesOrganisationMember.person_id == Person.id)
        .where(
            WishesOrganisationMember.organisation_id == organisation_id,
            WishesOrganisationMember.ended_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
    )
    return list(session.scalars(query))


def members_by_organisation(session: Session, organisations: Collection[int]) -> dict[int, list[Person]]:
    """The same of several organisations, by their ids; one statement."""
    found: dict[int, list[Person]] = {organisation: [] for organisation in organisations}
    query = (
        select(WishesOrganisationMember.organisation_id, Person)
        .join(Person, Person.id == WishesOrganisationMember.person_id)
        .where(
            WishesOrganisationMember.organisation_id.in_(organisations),
            WishesOrganisationMember.ended_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
    )
    for organisation, person in session.execute(query):
        found[organisation].append(person)
    return found


def memberships_of(
    session: Session, organisation_id: int
) -> Sequence[tuple[WishesOrganisationMember, Person]]:
    """The same with their rows, which name who added them and when. One statement."""
    query = (
        select(WishesOrganisationMember, Person)
        .join(Person, Person.id == WishesOrganisationMember.person_id)
        .where(
            WishesOrganisationMember.organisation_id == organisation_id,
            WishesOrganisationMember.ended_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def add_members(session: Session, organisation: WishesOrganisation, names: str, actor: Actor) -> int:
    """Add people of the organisation's area by their names, in a list; returns how many are new.

    Raises Problem names_needed or too_many_names; name_unknown or name_ambiguous, which say whom they mean.
    """
    named = find_participants(session, organisation.area_id, names)
    if not named:
        raise Problem("names_needed", N_("Write the names of those who take part."), field="names")
    for one in named:
        if not one.people:
            raise Problem(
                "name_unknown", N_("Nobody here is called %(name)s. Put them on record first."), field="names",
                name=one.name,
            )  # fmt: skip
        if len(one.people) > 1:
            raise Problem(
                "name_ambiguous",
                N_(
                    "Several people here are called %(name)s: add them from an area in which only one of them is."
                ),
                field="names",
                name=one.name,
            )
    session.refresh(organisation, with_for_update=True)
    wanted = {one.people[0].id for one in named}
    kept = canonical_ids(session, wanted)
    known = {person.id for person in members_of(session, organisation.id)}
    fresh = sorted(set(kept.values()) - set(canonical_ids(session, known).values()))
    if len(known) + len(fresh) > MOST_MEMBERS:
        raise Problem(
            "too_many_names", N_("At most %(most)s people take part."), field="names", most=MOST_MEMBERS
        )
    now = current_site().now()
    session.add_all(
        WishesOrganisationMember(
            organisation_id=organisation.id, person_id=person, added_at=now, added_by=actor.label
        )
        for person in fresh
    )
    session.flush()
    if fresh:
        audit.write(
            session, actor, "wishes.members_added", "wishes.organisation", organisation.public_id,
            area_id=organisation.area_id, count=len(fresh),
        )  # fmt: skip
    return len(fresh)


def end_member(session: Session, organisation: WishesOrganisation, public_id: str, actor: Actor) -> None:
    """Let somebody take part no longer; 404 for whoever does not."""
    row = session.scalar(
        select(WishesOrganisationMember)
        .where(
            WishesOrganisationMember.public_id == public_id,
            WishesOrganisationMember.organisation_id == organisation.id,
            WishesOrganisationMember.ended_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        missing()
    row.ended_at = current_site().now()
    session.flush()
    audit.write(
        session, actor, "wishes.member_ended", "wishes.organisation", organisation.public_id,
        area_id=organisation.area_id,
    )  # fmt: skip
