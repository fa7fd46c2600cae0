"""Who is meant by a pasted list of names: people of the area by name, with namesakes and strangers told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import subtree
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person, PersonAlias
from pointsys.kit.identity import normalise_name
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import parse_jielong

MAX_NAMES = 300
MAX_TEXT = 20_000
_BREAK = re.compile(r"[\n\r,，、;；/|]+")


@dataclass(frozen=True)
class Named:
    """One name of the list: one person when it is clear who is meant, several namesakes, or nobody."""

    name: str
    people: tuple[Person, ...]
    repeated: bool = False


def find_participants(session: Session, area_id: int, text: str) -> list[Named]:
    """Each name of ``text`` once, in its order: a WeChat list, or names parted by lines, commas or blanks.

    Only people who belong below ``area_id`` are found, those who are still there first. Raises Problem
    too_many_names.
    """
    written = _names(text[:MAX_TEXT])
    if len(written) > MAX_NAMES:
        raise Problem(
            "too_many_names",
            N_("At most %(most)s names at a time; bring longer lists in as a sheet."),
            field="names",
            most=MAX_NAMES,
        )
    parts = {part for name in written for part in _parts(name)}
    known = _people_by_name(session, area_id, {normalise_name(name) for name in (*written, *parts)})
    order: list[str] = []
    for name in written:
        whole = normalise_name(name)
        # "阿依古丽 买买提" is one name and "张伟 李雷" are two: whoever is on the roster decides.
        order += [whole] if whole in known else [normalise_name(part) for part in _parts(name)]
    return [
        Named(name, tuple(known.get(name, ())), repeated=order.count(name) > 1)
        for name in dict.fromkeys(order)
    ]


def _parts(name: str) -> list[str]:
    return name.split()


def _names(text: str) -> list[str]:
    listed = parse_jielong(text)
    if listed.names:
        return [item.name for item in listed.names]
    return [piece for piece in (part.strip() for part in _BREAK.split(text)) if piece]


def _people_by_name(session: Session, area_id: int, names: Iterable[str]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    for part in chunks(sorted(names)):
        query = (
            select(Person)
            .where(Person.name.in_(part), Person.area_id.in_(subtree(area_id)), ~merged)
            .order_by(Person.left_on.is_not(None), Person.id)
        )
        for person in session.scalars(query):
            found.setdefault(person.name, []).append(person)
    return {name: _still_there(people) for name, people in found.items()}


def _still_there(people: list[Person]) -> list[Person]:
    """Those who have not left, if there are any."""
    return [person for person in people if person.left_on is None] or people


def people_below(session: Session, area_id: int, public_ids: Iterable[str]) -> list[Person] | None:
    """The people with these outside ids below ``area_id``, in their order; None when one of them is not there."""
    wanted = list(dict.fromkeys(public_ids))
    query = select(Person).where(Person.public_id.in_(wanted), Person.area_id.in_(subtree(area_id)))
    found = {person.public_id: person for person in session.scalars(query)}
    return [found[public_id] for public_id in wanted] if len(found) == len(wanted) else None
