"""A site whose keys lie in a file, as they do in earnest, and the people that tests of a change of keys need."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.actors import operator
from pointsys.core.areas.models import Area
from pointsys.core.database import Clock
from pointsys.core.people.models import Person
from pointsys.core.people.records import PersonData, id_number_of, phone_of
from pointsys.core.people.services import create_person
from pointsys.core.rotation.begin import begin
from pointsys.core.rotation.counts import InUse, in_use
from pointsys.core.rotation.move import Moved, move
from pointsys.core.unit_of_work import read_scope, unit_of_work

Values = dict[str, tuple[str | None, str | None]]


def keyed_app(config: Config, clock: Clock) -> Flask:
    """One process's application over the site: several of them share its file of keys and its database."""
    return create_app(config, clock=clock, web=False)


def phone(number: int) -> str:
    """A mobile number."""
    return f"138{number:08d}"


def id_number(number: int) -> str:
    """An ID number with its check digit."""
    body = f"99010119800101{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def add_person(session: Session, area: Area, number: int) -> Person:
    """Person ``number``: two of them share a phone, as families do."""
    data = PersonData(f"王{number:04d}甲", area.id, phone=phone(number // 2), id_number=id_number(number))
    return create_person(session, data, operator())


def values() -> Values:
    """What everybody's sealed values say: outside id -> (phone, ID number)."""
    with read_scope() as session:
        return {p.public_id: (phone_of(p), id_number_of(p)) for p in session.scalars(select(Person))}


def used() -> InUse:
    """What stands under which version."""
    with read_scope() as session:
        return in_use(session)


def change(
    *purposes: str, step: Callable[[int, int], object] = lambda done, total: None, anew: bool = False
) -> Moved:
    """A change of keys from start to end, without its pauses."""
    begin(purposes or ("data", "index"), operator(), rest=lambda seconds: no_rest(seconds), anew=anew)
    return move(operator(), step=step, rest=lambda seconds: no_rest(seconds))


def in_transaction(act: Callable[[Session], object]) -> None:
    """Do ``act`` in a unit of work."""
    with unit_of_work(drain=False) as session:
        act(session)


def no_rest(seconds: float) -> None:
    """A pause that lasts no time."""
