"""Whose row is this: the one answer for a form, a spreadsheet row and a batch of a hundred thousand of them.

``PeopleIndex`` loads what a batch may touch in a few statements, ``decide`` answers for each row without any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.core.areas.models import subtree
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.records import ID_NUMBER, PHONE
from pointsys.core.site import current_site

Kind = Literal["id_number", "phone_name", "none", "conflict", "ambiguous", "name_only"]


@dataclass(frozen=True, slots=True)
class Known:
    """One row on record; ``person_id`` and ``area_id`` are those of the row kept for this human being."""

    person_id: int
    area_id: int
    name: str
    phone_index: bytes | None
    id_number_index: bytes | None
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class Match:
    """The answer: ``person_id`` and ``area_id`` for "id_number" and "phone_name", ``candidates`` otherwise.

    "conflict": ID number and phone name different people. "ambiguous": several have this phone and name.
    "name_only": the name alone fits; never a reason to merge. Callers check ``area_id`` against the scope.
    """

    kind: Kind
    person_id: int | None = None
    area_id: int | None = None
    candidates: tuple[Known, ...] = ()
    name_differs: bool = False


@dataclass(frozen=True, slots=True)
class Hits:
    """What is on record for one row's values; ``id_numbers`` maps people to the index of their ID number."""

    holder: Known | None
    sharing_phone: Collection[Known]
    namesakes: Collection[Known]
    id_numbers: Mapping[int, bytes]


def _each_once(people: Iterable[Known]) -> tuple[Known, ...]:
    return tuple({known.person_id: known for known in people}.values())


def decide(name: str, has_id_number: bool, hits: Hits) -> Match:
    """Who a row with these values is: by ID number, else by phone and name; a name alone decides nothing."""
    holder = hits.holder
    if holder is not None:
        sharing = _each_once(hits.sharing_phone)
        if sharing and all(known.person_id != holder.person_id for known in sharing):
            return Match("conflict", candidates=(holder, *sharing))
        return Match("id_number", holder.person_id, holder.area_id, (holder,), holder.name != name)

    def could_be(known: Known) -> bool:
        # Somebody with another ID number is somebody else, whatever their name and phone.
        return not (has_id_number and known.person_id in hits.id_numbers)

    same = _each_once(known for known in hits.sharing_phone if known.name == name)
    fitting = tuple(filter(could_be, same))
    if len(fitting) == 1:
        return Match("phone_name", fitting[0].person_id, fitting[0].area_id, fitting)
    if fitting:
        return Match("ambiguous", candidates=fitting)
    if same:
        return Match("conflict", candidates=same)
    namesakes = _each_once(filter(could_be, hits.namesakes))
    return Match("name_only", candidates=namesakes) if namesakes else Match("none")


class PeopleIndex:
    """Who is on record for a batch of rows; ID numbers and phones site-wide, names below ``area_id`` only."""

    def __init__(self, session: Session, area_id: int | None) -> None:
        self._session = session
        self._area_id = area_id
        self._keyring = current_site().keyring
        self._indexes: dict[tuple[str, str], bytes] = {}
        # While keys change a row may have its value under another one: that index -> the one known here.
        self._spellings: dict[bytes, bytes] = {}
        self._by_id_number: dict[bytes, Known] = {}
        self._by_phone: dict[bytes, list[Known]] = {}
        self._by_name: dict[str, list[Known]] = {}
        self._id_numbers: dict[int, bytes] = {}

    def _index(self, column: str, value: str | None) -> bytes | None:
        if not value:
            return None
        # The people of an activity log come back row after row.
        index = self._indexes.get((column, value))
        if index is None:
            index, *others = self._keyring.blind_indexes(column, value)
            self._indexes[column, value] = index
            self._spellings.update(dict.fromkeys(others, index))
        return index

    def _stored(self, indexes: Collection[bytes]) -> list[bytes]:
        """``indexes`` and what the same values look like under other keys."""
        if not self._spellings:
            return list(indexes)
        return [*indexes, *(other for other, index in self._spellings.items() if index in indexes)]

    def load(self, rows: Iterable[tuple[str, str | None, str | None]]) -> None:
        """Load what is on record for rows of (name, phone, ID number), each in its one spelling; call it once."""
        wanted = [
            (name, self._index(PHONE, phone), self._index(ID_NUMBER, number))
            for name, phone, number in dict.fromkeys(rows)
        ]
        for part in chunks(self._stored({number for _, _, number in wanted if number})):
            for known in self._select(Person.id_number_index.in_(part)):
                self._add(known, by_id_number=True)
        for part in chunks(self._stored({phone for _, phone, _ in wanted if phone})):
            for known in self._select(Person.phone_index.in_(part)):
                self._add(known, by_phone=True)
        self._load_merged_id_numbers()
        if self._area_id is not None:
            open_names = {row[0] for row in wanted if self._decide(*row).kind == "none"}
            for names in chunks(open_names):
                for known in self._select(Person.name.in_(names), within=self._area_id):
                    self._add(known, by_name=True)
            self._load_merged_id_numbers()

    def _select(self, condition: ColumnElement[bool], within: int | None = None) -> Iterator[Known]:
        kept = aliased(Person)
        area_id = func.coalesce(kept.area_id, Person.area_id)
        query = (
            select(
                func.coalesce(kept.id, Person.id),
                area_id,
                Person.name,
                Person.phone_index,
                Person.id_number_index,
                Person.birth_date,
            )
            .outerjoin(PersonAlias, PersonAlias.merged_id == Person.id)
            .outerjoin(kept, kept.id == PersonAlias.kept_id)
            .where(condition)
            .order_by(Person.id)
        )
        if within is not None:
            query = query.where(area_id.in_(subtree(within)))
        for row in self._session.execute(query):
            yield Known(*row)

    def _add(
        self, known: Known, *, by_id_number: bool = False, by_phone: bool = False, by_name: bool = False
    ) -> None:
        if known.id_number_index is not None:
            self._id_numbers[known.person_id] = known.id_number_index
            if by_id_number:
                self._by_id_number[self._here(known.id_number_index)] = known
        if by_phone and known.phone_index is not None:
            self._by_phone.setdefault(self._here(known.phone_index), []).append(known)
        if by_name:
            self._by_name.setdefault(known.name, []).append(known)

    def _here(self, index: bytes) -> bytes:
        return self._spellings.get(index, index)

    def _load_merged_id_numbers(self) -> None:
        """A merged person's ID number may stand on another of their rows than the one that was found."""
        found = [*self._by_phone.values(), *self._by_name.values()]
        people = {known.person_id for group in found for known in group} - self._id_numbers.keys()
        for part in chunks(people):
            kept = select(Person.id, Person.id_number_index).where(Person.id.in_(part))
            merged = (
                select(PersonAlias.kept_id, Person.id_number_index)
                .join(Person, Person.id == PersonAlias.merged_id)
                .where(PersonAlias.kept_id.in_(part))
            )
            for query in (kept, merged):
                rows = self._session.execute(query.where(Person.id_number_index.is_not(None)))
                self._id_numbers.update({person_id: index for person_id, index in rows if index is not None})

    def match(self, name: str, phone: str | None, id_number: str | None) -> Match:
        """Who this row is among the loaded and remembered people; asks the database nothing."""
        return self._decide(name, self._index(PHONE, phone), self._index(ID_NUMBER, id_number))

    def _decide(self, name: str, phone: bytes | None, id_number: bytes | None) -> Match:
        hits = Hits(
            holder=self._by_id_number.get(id_number) if id_number else None,
            sharing_phone=self._by_phone.get(phone, ()) if phone else (),
            namesakes=self._by_name.get(name, ()),
            id_numbers=self._id_numbers,
        )
        return decide(name, id_number is not None, hits)

    def remember(
        self,
        person_id: int,
        area_id: int,
        name: str,
        phone: str | None,
        id_number: str | None,
        birth_date: date | None = None,
    ) -> None:
        """Let later rows of the batch find a person that an earlier one is going to add."""
        known = Known(
            person_id, area_id, name, self._index(PHONE, phone), self._index(ID_NUMBER, id_number), birth_date
        )
        self._add(known, by_id_number=True, by_phone=True, by_name=True)


def match_person(
    session: Session, area_id: int | None, name: str, phone: str | None, id_number: str | None
) -> Match:
    """Who a person with these values (each in its one spelling) is; see ``Match``."""
    index = PeopleIndex(session, area_id)
    index.load([(name, phone, id_number)])
    return index.match(name, phone, id_number)
