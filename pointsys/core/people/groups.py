"""Which rows are one human being, and where a person belonged on a day: what recording and deriving ask first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.people.models import Person, PersonAlias, PersonArea

T = TypeVar("T")

# SQLite takes 32,766 bound values in one statement; a chunk stays well below on both engines.
CHUNK = 5_000


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def canonical_ids(session: Session, ids: Collection[int]) -> dict[int, int]:
    """For each id the id of the row that is kept for this human being (itself when never merged)."""
    result = {person_id: person_id for person_id in ids}
    for part in chunks(ids):
        aliases = session.execute(
            select(PersonAlias.merged_id, PersonAlias.kept_id).where(PersonAlias.merged_id.in_(part))
        )
        result.update((row[0], row[1]) for row in aliases)
    return result


def groups(session: Session, ids: Collection[int]) -> dict[int, list[int]]:
    """Kept id -> all row ids of that human being, for every human being that ``ids`` touch."""
    kept = set(canonical_ids(session, ids).values())
    result = {person_id: [person_id] for person_id in kept}
    for part in chunks(kept):
        aliases = session.execute(
            select(PersonAlias.kept_id, PersonAlias.merged_id).where(PersonAlias.kept_id.in_(part))
        )
        for kept_id, merged_id in aliases:
            result[kept_id].append(merged_id)
    return result


def rows_of(session: Session, people: Collection[int]) -> frozenset[int]:
    """Every row of some human beings."""
    return frozenset(row for rows in groups(session, people).values() for row in rows)


def rows_of_actor(session: Session, actor: Actor) -> frozenset[int]:
    """Every row of the human being that an account stands for; empty for an account of nobody."""
    return frozenset() if actor.person_id is None else rows_of(session, [actor.person_id])


# Built once: this is asked before every entry.
_WHERE = (
    select(
        Person.id, Person.area_id, Person.closed, Person.birth_date, PersonArea.area_id, PersonArea.from_on
    )
    .outerjoin(PersonArea, PersonArea.person_id == Person.id)
    .where(Person.id.in_(bindparam("ids", expanding=True)))
)


class Memberships:
    """Where some people belonged, by day; loaded once for a batch."""

    def __init__(self, session: Session, ids: Collection[int]) -> None:
        self._spans: dict[int, list[tuple[date, int]]] = {}
        self._present: dict[int, int] = {}
        # Those of them who were erased or frozen, and the birth dates that are known.
        self.closed: set[int] = set()
        self.born: dict[int, date] = {}
        for part in chunks(ids):
            for person_id, present, closed, born, area_id, from_on in session.execute(_WHERE, {"ids": part}):
                self._present[person_id] = present
                if closed:
                    self.closed.add(person_id)
                if born is not None:
                    self.born[person_id] = born
                if area_id is not None:
                    self._spans.setdefault(person_id, []).append((from_on or date.min, area_id))
        for spans in self._spans.values():
            spans.sort()

    def known(self, person_id: int) -> bool:
        """Whether the person exists."""
        return person_id in self._present

    def area_on(self, person_id: int, day: date) -> int:
        """The area the person belonged to on ``day``; before the first membership, the first one."""
        spans = self._spans.get(person_id)
        if not spans:
            return self._present[person_id]
        area = spans[0][1]
        for from_on, area_id in spans:
            if from_on > day:
                break
            area = area_id
        return area
