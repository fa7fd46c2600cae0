"""Owners that a sheet names beside their dwellings: who of the roster they are, and noting them once it is applied.

A name is taken only for the one person of the roster who bears it; whoever is not there, or shares the name with
others, is told to staff and noted by hand. The dwelling itself is taken in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Person, PersonAlias, Problem, canonical_ids, chunks, subtree, who_acts

from ..owners.models import PropertyOwnerProof

NOT_HERE = N_("Owner %(name)s is not on the roster here. Add the person, then note them with the dwelling.")
SEVERAL = N_("Several people are called %(name)s. Note this owner by hand, choosing the right one.")
OWN = N_("Somebody else has to check that a dwelling is yours.")
CLOSED = N_("The dwelling of %(name)s is closed.")


@dataclass
class Owners:
    """People by the names that a sheet writes, and who is noted for dwellings (row ids) that are here."""

    by_name: Mapping[str, Sequence[int]] = field(default_factory=dict)
    noted: dict[int, set[int]] = field(default_factory=dict)
    own: int | None = None

    def person(self, name: str) -> int:
        """The one who bears a name; raises Problem unknown_person, several_people or self_check."""
        found = self.by_name.get(name, ())
        if not found:
            raise Problem("unknown_person", NOT_HERE, name=name)
        if len(found) > 1:
            raise Problem("several_people", SEVERAL, name=name)
        if found[0] == self.own:
            raise Problem("self_check", OWN)
        return found[0]


def known_owners(
    session: Session, area_id: int, names: Collection[str], dwellings: Iterable[int], actor: Actor | None
) -> Owners:
    """What is known of the people whom a sheet names; a few statements, none where it names nobody."""
    if not names:
        return Owners()
    own = None if actor is None or actor.unrestricted else who_acts(session, actor).person
    return Owners(_people(session, area_id, names), _noted(session, dwellings), own)


def _people(session: Session, area_id: int, names: Collection[str]) -> dict[str, list[int]]:
    """Name -> the people of an area and below who bear it, those who are still there if any."""
    there: dict[str, list[int]] = {}
    gone: dict[str, list[int]] = {}
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    for part in chunks(sorted(names)):
        query = select(Person.id, Person.name, Person.left_on).where(
            Person.name.in_(part), Person.area_id.in_(subtree(area_id)), Person.closed == "", ~merged
        )
        for person, name, left_on in session.execute(query.order_by(Person.id)):
            (there if left_on is None else gone).setdefault(name, []).append(person)
    return {**gone, **there}


def _noted(session: Session, dwellings: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for part in chunks(dwellings):
        query = select(PropertyOwnerProof.dwelling_id, PropertyOwnerProof.person_id).where(
            PropertyOwnerProof.dwelling_id.in_(part), PropertyOwnerProof.ended_on.is_(None)
        )
        for dwelling, person in session.execute(query):
            found.setdefault(dwelling, set()).add(person)
    kept = canonical_ids(session, {person for people in found.values() for person in people})
    return {dwelling: {kept[person] for person in people} for dwelling, people in found.items()}
