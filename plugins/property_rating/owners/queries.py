"""Finding proofs and dwellings that staff of an area work with (``reach``), and the rows of one human being."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    canonical_ids,
    groups,
    name_condition,
    normalise_text,
    who_acts,
)

from ..registry.models import PropertyBuilding, PropertyDwelling, PropertyEstate
from .models import PropertyOwnerProof
from .reach import dwelling_within, estate_to_note


def estates_in_reach(session: Session, area_id: int) -> list[PropertyEstate]:
    """Open estates in which owners can be noted, by name."""
    query = select(PropertyEstate).where(estate_to_note(area_id), PropertyEstate.closed_on.is_(None))
    return list(session.scalars(query.order_by(PropertyEstate.name, PropertyEstate.id)))


@dataclass(frozen=True)
class OwnerLine:
    """An owner of a dwelling as the list shows them."""

    public_id: str
    person: str
    name: str
    estate: str
    home: str
    votes: bool
    method: str
    checked_on: date
    checked_by: str
    ended_on: date | None


@dataclass(frozen=True)
class OwnerFilters:
    """``text`` is part of a name or a door; ``estate`` an outside id; ``state`` "ended" for those who own no longer."""

    text: str = ""
    estate: str = ""
    state: str = ""


def owners_page(
    session: Session, area_id: int, filters: OwnerFilters, *, limit: int, offset: int
) -> tuple[list[OwnerLine], int]:
    """Owners within reach by estate and door, and how many there are; two statements."""
    door = PropertyEstate.name + " " + PropertyBuilding.name + " " + PropertyDwelling.number
    query = (
        select(
            PropertyOwnerProof, Person, PropertyEstate.name, PropertyBuilding.name, PropertyDwelling.number
        )
        .join(Person, Person.id == PropertyOwnerProof.person_id)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyOwnerProof.dwelling_id)
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(dwelling_within(area_id))
    )
    ended = PropertyOwnerProof.ended_on
    query = query.where(ended.is_not(None) if filters.state == "ended" else ended.is_(None))
    if filters.estate:
        query = query.where(PropertyEstate.public_id == filters.estate)
    text = normalise_text(filters.text)
    if text:
        query = query.where(or_(name_condition(text), door.contains(text, autoescape=True)))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(
        query.order_by(
            PropertyEstate.name, PropertyBuilding.name, PropertyDwelling.number, PropertyOwnerProof.votes.desc(),
            PropertyOwnerProof.id,
        ).limit(limit).offset(offset)
    )  # fmt: skip
    lines = [
        OwnerLine(
            proof.public_id, person.public_id, person.name, estate, f"{building} {number}", proof.votes, proof.method,
            proof.checked_on, proof.checked_by, proof.ended_on,
        )
        for proof, person, estate, building, number in rows
    ]  # fmt: skip
    return lines, total


def proof_in_reach(session: Session, area_id: int, public_id: str) -> PropertyOwnerProof | None:
    """The proof with this outside id within reach; None where there is none."""
    return session.scalar(
        select(PropertyOwnerProof)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyOwnerProof.dwelling_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(PropertyOwnerProof.public_id == public_id, dwelling_within(area_id))
    )


def dwelling_in_reach(session: Session, area_id: int, public_id: str) -> PropertyDwelling | None:
    """The dwelling with this outside id within reach; None where there is none."""
    return session.scalar(
        select(PropertyDwelling)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(PropertyDwelling.public_id == public_id, dwelling_within(area_id))
    )


def dwelling_at(session: Session, area_id: int, estate: str, door: str) -> PropertyDwelling:
    """The one dwelling of an estate (outside id) whose door is written like this, "3栋 2-502".

    Raises Problem unknown_dwelling, or several_dwellings where the building is missing.
    """
    words = normalise_text(door).split()
    whole = PropertyBuilding.name + " " + PropertyDwelling.number
    query = (
        select(PropertyDwelling)
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(
            PropertyEstate.public_id == estate, estate_to_note(area_id), PropertyDwelling.closed_on.is_(None)
        )
        .where(PropertyDwelling.number == (words[-1] if words else ""))
        .where(*(whole.contains(word, autoescape=True) for word in words))
    )
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise Problem(
            "unknown_dwelling",
            N_("There is no such dwelling in this estate. Write it as “3栋 502”: building, blank, number."),
            field="door",
        )
    if len(found) > 1:
        raise Problem(
            "several_dwellings",
            N_("Several buildings have this number: write the building before it."),
            field="door",
        )
    return found[0]


def rows_of_actor(session: Session, actor: Actor) -> list[int]:
    """All rows of the human being behind an actor, the kept one first; [] for an account that is nobody's."""
    kept = who_acts(session, actor).person
    return [] if kept is None else rows_of(session, kept)


def rows_of(session: Session, person_id: int) -> list[int]:
    """All rows of a human being, the kept one first."""
    kept = canonical_ids(session, [person_id])[person_id]
    rows: Collection[int] = groups(session, [kept])[kept]
    return [kept, *(row for row in rows if row != kept)]
