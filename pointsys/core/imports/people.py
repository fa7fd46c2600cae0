"""Reading rows of a roster, and judging each against the people on record.

A name alone never merges: a row without phone and ID number is only "there already" when exactly one person
without either has that name in that very area, which is what importing the same sheet twice looks like.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.imports.columns import Column, Columns
from pointsys.core.imports.places import NewGrid, PlaceFinder
from pointsys.core.imports.report import CREATED, DUPLICATE, ERROR, UNCHANGED, UPDATED, Outcome
from pointsys.core.imports.table import Cells, Fault, RowFault, Table
from pointsys.core.imports.who import MISSING_NAME, NAME_DIFFERS, TWO_PEOPLE
from pointsys.core.people.groups import chunks
from pointsys.core.people.matching import Known, Match, PeopleIndex
from pointsys.core.people.models import Person
from pointsys.core.people.records import PHONE, CheckedPerson, PersonData, check_person
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text
from pointsys.kit.masking import is_masked, mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import Row, parse_date, parse_name, parse_sex, parse_text

ELSEWHERE = N_(
    "This person is on the roster of another area. The office above both areas can move them here on their page."
)
SAME_NAME_TWICE = N_(
    "Several people called %(name)s without phone and ID number are here already. Add one of the two to this row."
)
SAME_NAME = N_("%(name)s is on the roster already, with other details: this row becomes another person.")
PHONE_NAME_TWICE = N_("Several people called %(name)s have this phone. Add the ID number to this row.")
MASKED_NUMBER = N_(
    "This number is masked. Bring in a file that was exported with phones and ID numbers, or take the column out."
)
OTHER_ID_NUMBER = N_("%(name)s with this phone has another ID number on record. Compare both with the card.")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row that could be read. ``sex`` and ``birth_date`` are what the row itself says, not what follows from
    the ID number; ``extras`` are plugins' values by column key."""

    number: int
    name: str
    phone: str = ""
    id_number: str = ""
    sex: str | None = None
    birth_date: date | None = None
    community: str = ""
    grid: str = ""
    note: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)

    def pack(self) -> str:
        """The row as text, for staging."""
        values = [
            self.name, self.phone, self.id_number, self.sex, self.birth_date and self.birth_date.isoformat(),
            self.community, self.grid, self.note, dict(self.extras),
        ]  # fmt: skip
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def unpack(cls, number: int, text: str) -> PersonRow:
        """The row that ``pack`` wrote."""
        name, phone, id_number, sex, born, community, grid, note, extras = json.loads(text)
        return cls(
            number, str(name), str(phone), str(id_number), str(sex) if sex else None,
            date.fromisoformat(str(born)) if born else None, str(community), str(grid), str(note),
            extras if isinstance(extras, dict) else {},
        )  # fmt: skip

    def checked(self, area_id: int, today: date) -> CheckedPerson:
        """The person as it would be stored in ``area_id``; raises Problem."""
        data = PersonData(
            self.name,
            area_id,
            self.sex,
            self.birth_date,
            self.phone or None,
            self.id_number or None,
            self.note,
        )
        return check_person(data, today=today)


class Reader:
    """Turns the rows of a table into ``PersonRow``; a row that cannot be read is its fault instead."""

    def __init__(self, table: Table, columns: Columns) -> None:
        self._table = table
        self._cells = Cells(table, columns)
        self._extras: list[Column] = [c for c in columns.extras if c.key in table.layout.columns]
        self._today = current_site().today()

    def rows(self) -> Iterator[tuple[int, Row, PersonRow | Fault]]:
        """Each data row with its number, its cells and what was read."""
        for number, row in self._table:
            try:
                self._cells.refuse_formulas(number)
                yield number, row, self._read(number, row)
            except RowFault as refused:
                yield number, row, refused.fault

    def _read(self, number: int, row: Row) -> PersonRow:
        get = self._cells.get
        key = "name"
        try:
            name = get(row, "name")
            if name is None:
                raise Problem("missing_name", MISSING_NAME)
            read_name = parse_name(name)
            key = "sex"
            sex = None if (cell := get(row, key)) is None else parse_sex(cell)
            key = "birth_date"
            cell = get(row, key)
            born = None if cell is None else parse_date(cell, date1904=self._cells.layout.date1904)
            key = "id_number"
            raw = PersonData(
                read_name, 0, sex, born, self._raw(row, "phone"), self._raw(row, "id_number"), self._raw(row, "note")
            )  # fmt: skip
            checked = check_person(raw, today=self._today)
            extras = {}
            for column in self._extras:
                key = column.key
                if (cell := get(row, key)) is not None and column.extra is not None:
                    extras[key] = column.extra.parse(cell)
        except Problem as problem:
            raise self._cells.fault(problem.field or key, problem) from None
        return PersonRow(
            number, checked.name, checked.phone or "", checked.id_number or "", sex, born,
            parse_text(get(row, "community")), parse_text(get(row, "grid")), checked.note, extras,
        )  # fmt: skip

    def _raw(self, row: Row, key: str) -> str:
        value = self._cells.get(row, key)
        if isinstance(value, str) and is_masked(value):
            raise Problem("masked_number", MASKED_NUMBER, field=key)
        # Numbers go on as they are read, so that lost digits are noticed.
        return value if isinstance(value, float | int) else parse_text(value)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is on record for a person that a row means."""

    person_id: int
    area_id: int
    sex: str | None
    birth_date: date | None
    phone_index: bytes | None
    note: str
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one row. ``changes`` names the fields of a person on record that the row says otherwise."""

    row: PersonRow
    number: int
    verdict: str
    area: int | NewGrid | None = None
    person_id: int | None = None
    changes: frozenset[str] = frozenset()
    fault: Fault | None = None
    warning: Fault | None = None


@dataclass
class Judge:
    """Judges rows for ``area``; loads what they touch in a number of statements that does not grow row by row."""

    session: Session
    area: Area
    columns: Columns
    titles: Mapping[str, str]
    outcome: Outcome = field(default_factory=Outcome)

    def judge(self, rows: Sequence[PersonRow]) -> list[Verdict]:
        """One verdict a row, in order; ``outcome`` sums them up."""
        keyring = current_site().keyring
        self._places = PlaceFinder(self.session, self.area)
        self._index = PeopleIndex(self.session, self.area.id)
        self._index.load((row.name, row.phone or None, row.id_number or None) for row in rows)
        self._seen: dict[int, int] = {}
        self._nameless: dict[tuple[str, object], int] = {}
        self._stored = _stored(self.session, self._people_meant(rows))
        self._phone_index = {row.phone: keyring.blind_indexes(PHONE, row.phone) for row in rows if row.phone}
        verdicts = []
        for row in rows:
            verdict = self._one(row)
            self.outcome.counts[verdict.verdict] += 1
            verdicts.append(verdict)
        self.outcome.new_areas = [grid.name for grid in self._places.new_grids]
        return verdicts

    def _people_meant(self, rows: Sequence[PersonRow]) -> set[int]:
        meant: set[int] = set()
        for row in rows:
            match = self._index.match(row.name, row.phone or None, row.id_number or None)
            if match.person_id is not None:
                meant.add(match.person_id)
            elif not row.phone and not row.id_number:
                meant.update(known.person_id for known in match.candidates)
        return meant

    @property
    def new_grids(self) -> list[NewGrid]:
        """The grids that the rows need and that do not exist yet."""
        return self._places.new_grids

    def _one(self, row: PersonRow) -> Verdict:
        try:
            area = self._places.find(row.community, row.grid)
            match = self._index.match(row.name, row.phone or None, row.id_number or None)
            if not row.phone and not row.id_number:
                return self._by_name(row, area, match)
            return self._by_number(row, area, match)
        except Problem as problem:
            column = self.titles.get(problem.field or "name", "")
            return Verdict(row, row.number, ERROR, fault=Fault.of(problem, column))

    def _by_name(self, row: PersonRow, area: int | NewGrid, match: Match) -> Verdict:
        key = (normalise_text(row.name), area)
        if key in self._nameless:
            return Verdict(row, row.number, DUPLICATE)
        self._nameless[key] = row.number
        same = [
            known
            for known in match.candidates
            if known.area_id == area and known.phone_index is None and known.id_number_index is None
        ]
        if len(same) > 1:
            raise Problem("ambiguous_person", SAME_NAME_TWICE, field="name", name=row.name)
        if same:
            return self._existing(row, area, self._stored[same[0].person_id], match)
        warning = self._namesake(row) if match.candidates else None
        return Verdict(row, row.number, CREATED, area, warning=warning)

    def _namesake(self, row: PersonRow) -> Fault:
        return Fault(self.titles.get("name", ""), "same_name", SAME_NAME, {"name": row.name})

    def _by_number(self, row: PersonRow, area: int | NewGrid, match: Match) -> Verdict:
        if match.kind == "conflict":
            raise _conflict(row, match)
        if match.kind == "ambiguous":
            raise Problem("ambiguous_person", PHONE_NAME_TWICE, field="phone", name=row.name)
        if match.name_differs:
            raise Problem(
                "conflict", NAME_DIFFERS, field="id_number", other=mask_name(match.candidates[0].name)
            )
        if match.person_id is None:
            # Negative ids stand for people to come, so that later rows of the sheet find them.
            self._remember(-row.number, area, row)
            known = [c for c in match.candidates if c.person_id > 0]
            return Verdict(row, row.number, CREATED, area, warning=self._namesake(row) if known else None)
        if match.person_id < 0 or match.person_id in self._seen:
            return Verdict(row, row.number, DUPLICATE)
        self._seen[match.person_id] = row.number
        self._remember(match.person_id, area, row)
        return self._existing(row, area, self._stored[match.person_id], match)

    def _remember(self, person_id: int, area: int | NewGrid, row: PersonRow) -> None:
        area_id = area if isinstance(area, int) else 0
        self._index.remember(person_id, area_id, row.name, row.phone or None, row.id_number or None)

    def _existing(self, row: PersonRow, area: int | NewGrid, stored: Stored, match: Match) -> Verdict:
        if not self._places.inside(stored.area_id):
            raise Problem("person_elsewhere", ELSEWHERE, field="name")
        changes = _changes(row, area, stored, match, self._phone_index)
        verdict = UPDATED if changes else UNCHANGED
        return Verdict(row, row.number, verdict, area, stored.person_id, changes)


def _changes(
    row: PersonRow,
    area: int | NewGrid,
    stored: Stored,
    match: Match,
    phone_index: Mapping[str, Collection[bytes]],
) -> frozenset[str]:
    """What the row says and the record does not; a blank says nothing, and neither does what only follows."""
    changes = set()
    if row.sex is not None and row.sex != stored.sex:
        changes.add("sex")
    if row.birth_date is not None and row.birth_date != stored.birth_date:
        changes.add("birth_date")
    if row.phone and match.kind == "id_number" and stored.phone_index not in phone_index[row.phone]:
        changes.add("phone")
    if row.id_number and match.kind == "phone_name":
        changes.add("id_number")
    if row.note and row.note != stored.note:
        changes.add("note")
    if (row.grid or row.community) and area != stored.area_id:
        changes.add("area")
    if stored.left_on is not None:
        changes.add("left_on")
    return frozenset(changes)


def _conflict(row: PersonRow, match: Match) -> Problem:
    one, two = match.candidates[0], match.candidates[-1]
    if one is two:
        return Problem("conflict", OTHER_ID_NUMBER, field="id_number", name=row.name)
    return Problem("conflict", TWO_PEOPLE, field="id_number", holder=_called(one), other=_called(two))


def _called(known: Known) -> str:
    return mask_name(known.name)


def _stored(session: Session, ids: set[int]) -> dict[int, Stored]:
    found: dict[int, Stored] = {}
    for part in chunks(sorted(ids)):
        query = select(
            Person.id,
            Person.area_id,
            Person.sex,
            Person.birth_date,
            Person.phone_index,
            Person.note,
            Person.left_on,
        ).where(Person.id.in_(part))
        found.update({row[0]: Stored(*row) for row in session.execute(query)})
    return found
