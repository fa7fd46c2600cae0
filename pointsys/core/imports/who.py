"""Whose row is it: reading name, phone and ID number of a sheet of the log, and finding the person on record.

By ID number, else by phone and name; by the name alone only where the row has neither and exactly one person of
the area has that name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.imports.table import Cells, Fault, RowFault, known_by
from pointsys.core.people.children import NO_GUARDIAN, unagreed
from pointsys.core.people.matching import Known, PeopleIndex
from pointsys.core.people.models import Person
from pointsys.core.people.records import masked
from pointsys.core.site import current_site
from pointsys.kit.identity import parse_id_number, parse_phone
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import CellValue, Row, is_blank, parse_name

MISSING_NAME = N_("Write the person's name.")
UNKNOWN_PERSON = N_(
    "%(name)s is not on the roster with this phone or ID number. Compare both, or import the roster first."
)
UNKNOWN_NAME = N_("%(name)s is not on the roster of this area. Compare the name, or import the roster first.")
NAMESAKE = N_(
    "%(name)s is on the roster, but with other details (%(candidates)s). Correct the phone or ID number here or there."
)
AMBIGUOUS_PERSON = N_(
    "Several people are called %(name)s (%(candidates)s). Add the phone or ID number to this row."
)
NAME_DIFFERS = N_(
    "This ID number belongs to somebody of another name (%(other)s). Compare name and number with the card."
)
TWO_PEOPLE = N_(
    "The ID number belongs to %(holder)s, the phone to %(other)s. Find out which of them is meant."
)
_SHOWN_CANDIDATES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Who:
    """Name, phone and ID number in their one spelling; "" for what the row does not say.

    Like the other parts of a row, compared by identity: readers make one for all rows with the same cells.
    """

    name: str
    phone: str = ""
    id_number: str = ""


class WhoReader:
    """Reads the columns that tell the person; equal cells are read once."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._pick = cells.picker("name", "phone", "id_number")
        self._today = current_site().today()
        self._known: dict[tuple[object, ...], Who | RowFault] = {}

    def read(self, row: Row) -> Who:
        """The person of a row; raises RowFault."""
        values = self._pick(row)
        key = known_by(values)
        found = self._known.get(key)
        if found is None:
            try:
                found = self._read(*values[:3])
            except RowFault as fault:
                found = fault
            self._known[key] = found
        if isinstance(found, RowFault):
            raise found
        return found

    def _read(self, name: CellValue, phone: CellValue, id_number: CellValue) -> Who:
        if is_blank(name):
            raise self._cells.fault("name", Problem("missing_name", MISSING_NAME))
        try:
            key = "name"
            read_name = parse_name(name)
            key = "phone"
            read_phone = "" if is_blank(phone) else parse_phone(phone)
            key = "id_number"
            number = "" if is_blank(id_number) else parse_id_number(id_number, today=self._today).number
        except Problem as problem:
            raise self._cells.fault(key, problem) from None
        return Who(read_name, read_phone, number)


class WhoFinder:
    """Finds the people of a sheet on the whole site by their numbers, by name in ``area`` and below."""

    def __init__(self, session: Session, area: Area, titles: Mapping[str, str]) -> None:
        self._session = session
        self._titles = titles
        self._numbers = PeopleIndex(session, None)
        self._names = PeopleIndex(session, area.id)
        self._answers: dict[Who, int | Fault] = {}

    def load(self, people: Collection[Who]) -> None:
        """Look everybody up; afterwards ``find`` asks the database nothing."""
        numbered = [who for who in people if who.phone or who.id_number]
        self._numbers.load((who.name, who.phone or None, who.id_number or None) for who in numbered)
        unknown = []
        for who in numbered:
            answer = self._by_number(who)
            if answer is None:
                unknown.append(who)
            else:
                self._answers[who] = answer
        # Names are looked up for those who have nothing else, and to tell the user why a number found nobody.
        named = [who for who in people if not (who.phone or who.id_number)]
        self._names.load((who.name, None, None) for who in [*unknown, *named])
        for who in named:
            self._answers[who] = self._by_name(who)
        for who in unknown:
            self._answers[who] = self._not_found(who)
        self._refuse_children()

    def _refuse_children(self) -> None:
        found = {answer for answer in self._answers.values() if isinstance(answer, int)}
        missing = unagreed(self._session, found)
        for who, answer in self._answers.items() if missing else ():
            if answer in missing:
                self._answers[who] = self._fault(
                    "name", "no_guardian_consent", NO_GUARDIAN, name=mask_name(who.name)
                )

    def find(self, who: Who) -> int | Fault:
        """The kept id of the person, or why there is none."""
        return self._answers[who]

    def _fault(self, key: str, code: str, message: str, **params: str) -> Fault:
        return Fault(self._titles.get(key) or self._titles.get("name", ""), code, message, params)

    def _by_number(self, who: Who) -> int | Fault | None:
        match = self._numbers.match(who.name, who.phone or None, who.id_number or None)
        if match.kind == "conflict":
            one, two = match.candidates[0], match.candidates[-1]
            if one is two:
                return None
            return self._fault(
                "id_number", "conflict", TWO_PEOPLE, holder=mask_name(one.name), other=mask_name(two.name)
            )
        if match.kind == "ambiguous":
            return self._ambiguous(who, match.candidates)
        if match.name_differs:
            other = mask_name(match.candidates[0].name)
            return self._fault("id_number", "conflict", NAME_DIFFERS, other=other)
        return match.person_id

    def _by_name(self, who: Who) -> int | Fault:
        candidates = self._names.match(who.name, None, None).candidates
        if not candidates:
            return self._fault("name", "unknown_person", UNKNOWN_NAME, name=who.name)
        if len(candidates) > 1:
            return self._ambiguous(who, candidates)
        return candidates[0].person_id

    def _not_found(self, who: Who) -> Fault:
        candidates = self._names.match(who.name, None, None).candidates
        key = "id_number" if who.id_number else "phone"
        if not candidates:
            return self._fault(key, "unknown_person", UNKNOWN_PERSON, name=who.name)
        return self._fault(
            key, "unknown_person", NAMESAKE, name=who.name, candidates=self._described(candidates)
        )

    def _ambiguous(self, who: Who, candidates: tuple[Known, ...]) -> Fault:
        return self._fault(
            "name",
            "ambiguous_person",
            AMBIGUOUS_PERSON,
            name=who.name,
            candidates=self._described(candidates),
        )

    def _described(self, candidates: tuple[Known, ...]) -> str:
        ids = [known.person_id for known in candidates[:_SHOWN_CANDIDATES]]
        people = self._session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id))
        told = [person_view.phone or person_view.id_number or "-" for person_view in map(masked, people)]
        return ", ".join(told) + (" …" if len(candidates) > len(told) else "")
