"""Reading rows of an activity sheet, and judging each against the roster and the log.

A row is who, what and when; each part is read once for all rows that share its cells. ``Judge`` finds the people
and says of every row whether it would be created, stands already, repeats a row above, or is at fault; it only
reads, so a preview and the import itself ask the same one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import title_key
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import LIVE, Activity, ActivityKind, Entry
from pointsys.core.activity_log.record import describe
from pointsys.core.areas.models import Area
from pointsys.core.imports.columns import Columns
from pointsys.core.imports.report import CREATED, DUPLICATE, ERROR, UNCHANGED, Outcome
from pointsys.core.imports.table import Cells, Fault, RowFault, Table, filled, known_by
from pointsys.core.imports.when import When, WhenReader, start_of
from pointsys.core.imports.who import Who, WhoFinder, WhoReader
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import CellValue, Row, parse_text

LIMITS = {"title": 200, "kind": 60, "place": 200, "organiser": 100, "role": 40, "note": 1_000}

MISSING_KIND = N_("Write the type of activity, or choose one for all rows that do not say it.")
TEXT_TOO_LONG = N_("Shorten this to %(limit)s characters.")
MISSING_HOURS = N_("Write start and end, or the hours: service without a length brings nothing.")
REPEATED_DIFFERENTLY = N_(
    "Row %(row)s has the same person, activity and start with another end or quantity (%(stored)s). Delete one of them."
)
STORED_DIFFERENTLY = N_(
    "Recorded already with another end or quantity (%(stored)s). If the sheet is right, void that entry first."
)


@dataclass(frozen=True, slots=True, eq=False)
class What:
    """The activity of a row; ``kind`` is the title of its kind as the sheet has it."""

    title: str
    kind: str
    place: str
    organiser: str
    role: str


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row that could be read: its number on the sheet and its parts."""

    number: int
    who: Who
    what: What
    when: When
    note: str = ""


class Packer:
    """Rows as text for staging, and back: a line of JSON for each part, made once for all rows that share it."""

    def __init__(self) -> None:
        self._lines: dict[Who | What | When, str] = {}
        self._parts: dict[str, Any] = {}

    def pack(self, row: LogRow) -> str:
        """The text of a row."""
        lines = [self._line(row.who), self._line(row.what), self._line(row.when)]
        if row.note:
            lines.append(_dump([row.note]))
        return "\n".join(lines)

    def _line(self, part: Who | What | When) -> str:
        line = self._lines.get(part)
        if line is None:
            line = self._lines[part] = _dump(_values(part))
        return line

    def unpack(self, number: int, text: str) -> LogRow:
        """The row that ``pack`` wrote."""
        who, what, when, *note = text.split("\n")
        return LogRow(
            number,
            self._part(who, lambda values: Who(*values)),
            self._part(what, lambda values: What(*values)),
            self._part(when, _when),
            json.loads(note[0])[0] if note else "",
        )

    def _part(self, line: str, make: Callable[[list[Any]], Any]) -> Any:
        part = self._parts.get(line)
        if part is None:
            part = self._parts[line] = make(json.loads(line))
        return part


def _dump(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _values(part: Who | What | When) -> list[Any]:
    if isinstance(part, Who):
        return [part.name, part.phone, part.id_number]
    if isinstance(part, What):
        return [part.title, part.kind, part.place, part.organiser, part.role]
    instants = [None if moment is None else moment.isoformat() for moment in (part.starts_at, part.ends_at)]
    return [part.day.isoformat(), *instants, part.quantity]


def _when(values: list[Any]) -> When:
    day, start, end, quantity = values
    return When(date.fromisoformat(day), _instant(start), _instant(end), quantity)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


class Reader:
    """Turns the rows of a table into ``LogRow``; a row that cannot be read is its fault instead."""

    def __init__(self, table: Table, columns: Columns, default_kind: str = "") -> None:
        self._table = table
        self._cells = Cells(table, columns)
        self._default_kind = default_kind
        self._when = WhenReader(self._cells)
        self._who = WhoReader(self._cells)
        self._whats: dict[tuple[object, ...], What | RowFault] = {}
        self._pick_what = self._cells.picker("title", "kind", "place", "organiser", "role")
        self._has_notes = "note" in table.layout.columns

    def rows(self) -> Iterator[tuple[int, Row, LogRow | Fault]]:
        """Each data row with its number, its cells and what was read."""
        for number, row in self._table:
            try:
                yield number, row, self._read(number, row)
            except RowFault as refused:
                yield number, row, refused.fault

    def _read(self, number: int, row: Row) -> LogRow:
        self._cells.refuse_formulas(number)
        who = self._who.read(row)
        when = self._when.read(row)
        what = self._what(row)
        note = self._text("note", self._cells.get(row, "note")) if self._has_notes else ""
        return LogRow(number, who, what, when, note)

    def _what(self, row: Row) -> What:
        values = self._pick_what(row)
        key = known_by(values)
        found = self._whats.get(key)
        if found is None:
            try:
                found = self._read_what(*map(filled, values[:5]))
            except RowFault as fault:
                found = fault
            self._whats[key] = found
        if isinstance(found, RowFault):
            raise found
        return found

    def _read_what(
        self, title: CellValue, kind: CellValue, place: CellValue, organiser: CellValue, role: CellValue
    ) -> What:
        kind_text = self._text("kind", kind) or self._default_kind
        if not kind_text:
            raise self._cells.fault("kind", Problem("missing_kind", MISSING_KIND))
        return What(
            self._text("title", title) or kind_text,
            kind_text,
            self._text("place", place),
            self._text("organiser", organiser),
            self._text("role", role),
        )

    def _text(self, key: str, value: CellValue) -> str:
        text = parse_text(value)
        if len(text) > LIMITS[key]:
            raise self._cells.fault(key, Problem("text_too_long", TEXT_TOO_LONG, limit=LIMITS[key]))
        return text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one row: ``person_id`` for those that can be recorded, a fault for those at fault."""

    row: LogRow
    number: int
    verdict: str
    person_id: int | None = None
    fault: Fault | None = None


@dataclass
class Judge:
    """Judges rows for ``area``; loads what they touch in a number of statements that does not grow row by row."""

    session: Session
    area: Area
    columns: Columns
    titles: Mapping[str, str]
    outcome: Outcome = field(default_factory=Outcome)

    def judge(self, rows: Sequence[LogRow]) -> list[Verdict]:
        """One verdict a row, in order; ``outcome`` sums them up."""
        kinds = KindFinder(kinds_for(self.session, self.area.id))
        people = WhoFinder(self.session, self.area, self.titles)
        people.load({row.who for row in rows})
        stored = _stored(self.session, self.area, rows, kinds)
        seen: dict[_Key, LogRow] = {}
        verdicts = []
        for row in rows:
            verdict = self._one(row, kinds, people, stored, seen)
            self.outcome.counts[verdict.verdict] += 1
            if verdict.verdict == CREATED:
                self.outcome.minutes += row.when.minutes
            verdicts.append(verdict)
        self.outcome.new_kinds = kinds.missing
        return verdicts

    def _one(
        self,
        row: LogRow,
        kinds: KindFinder,
        people: WhoFinder,
        stored: _Stored,
        seen: dict[_Key, LogRow],
    ) -> Verdict:
        found = people.find(row.who)
        if isinstance(found, Fault):
            return Verdict(row, row.number, ERROR, fault=found)
        kind, activity = kinds.activity(row.what)
        when = row.when
        if not when.minutes and kind is not None and kind.service:
            fault = Fault(self.titles.get("hours", ""), "missing_hours", MISSING_HOURS)
            return Verdict(row, row.number, ERROR, fault=fault)
        key = (found, activity, when.start)
        above = seen.setdefault(key, row)
        if above is not row:
            if _content(above) == _content(row):
                return Verdict(row, row.number, DUPLICATE)
            params = {"row": str(above.number), "stored": describe(_said(above))}
            return Verdict(row, row.number, ERROR, fault=self._conflict(REPEATED_DIFFERENTLY, params))
        there = stored.get(key) if stored else None
        if there is None:
            return Verdict(row, row.number, CREATED, found)
        if there == _content(row):
            return Verdict(row, row.number, UNCHANGED)
        params = {"stored": describe({"ends_at": there[0], "quantity": there[1]})}
        return Verdict(row, row.number, ERROR, fault=self._conflict(STORED_DIFFERENTLY, params))

    def _conflict(self, message: str, params: dict[str, str]) -> Fault:
        column = self.titles.get("end") or self.titles.get("hours") or self.titles.get("name", "")
        return Fault(column, "conflict", message, params)


_Content = tuple[datetime | None, int | None, str | None, str]
# Person, activity, date and start: what makes an entry the same one.
_Key = tuple[int, int, str]
_Stored = dict[_Key, _Content]


def _content(row: LogRow) -> _Content:
    return row.when.ends_at, row.when.quantity, row.when.unit, row.what.role


def _said(row: LogRow) -> dict[str, object]:
    return {"ends_at": row.when.ends_at, "quantity": row.when.quantity}


class KindFinder:
    """Kinds by title however it is spelt; ``missing`` collects the titles that nobody knows yet."""

    def __init__(self, kinds: Mapping[str, ActivityKind]) -> None:
        self._kinds = {self.key(title): kind for title, kind in reversed(list(kinds.items()))}
        self._asked: dict[str, ActivityKind | None] = {}
        self._activities: dict[What, tuple[ActivityKind | None, int]] = {}
        self._numbers: dict[tuple[int | str, str], int] = {}
        self._missing: dict[str, str] = {}

    @staticmethod
    def key(title: str) -> str:
        """The title for comparison."""
        return normalise_text(title).replace(" ", "").casefold()

    def find(self, title: str) -> ActivityKind | None:
        """The kind, None for a new one, which is noted."""
        if title not in self._asked:
            key = self.key(title)
            self._asked[title] = self._kinds.get(key)
            if self._asked[title] is None:
                self._missing.setdefault(key, title)
        return self._asked[title]

    def activity(self, what: What) -> tuple[ActivityKind | None, int]:
        """The kind, and a number that stands for kind and title, in whatever spelling."""
        found = self._activities.get(what)
        if found is None:
            kind = self.find(what.kind)
            number = self.number(kind.id if kind else self.key(what.kind), title_key(what.title))
            found = self._activities[what] = (kind, number)
        return found

    def number(self, kind: int | str, title: str) -> int:
        """The number of a kind (its id, or the key of a new one) and a title's key."""
        return self._numbers.setdefault((kind, title), len(self._numbers))

    @property
    def missing(self) -> list[str]:
        """New kinds, as the sheet spells them first."""
        return list(self._missing.values())


def _stored(session: Session, area: Area, rows: Sequence[LogRow], kinds: KindFinder) -> _Stored:
    """Live entries of the activities that the rows name, by (person, kind, title, date, start)."""
    wanted = {(kinds.activity(what)[1], day) for what, day in {(row.what, row.when.day) for row in rows}}
    activities: dict[int, tuple[int, date]] = {}
    for days in chunks(sorted({day for _number, day in wanted})):
        query = select(Activity.id, Activity.kind_id, Activity.title_key, Activity.local_date).where(
            Activity.area_id == area.id, Activity.local_date.in_(days)
        )
        for activity_id, kind_id, title, day in session.execute(query):
            key = (kinds.number(kind_id, title), day)
            if key in wanted:
                activities[activity_id] = key
    found: list[tuple[int, int, datetime | None, _Content]] = []
    for part in chunks(activities, 500):
        entries = select(
            Entry.activity_id, Entry.person_id, Entry.starts_at,
            Entry.ends_at, Entry.quantity, Entry.unit, Entry.role,
        ).where(Entry.activity_id.in_(part), Entry.status.in_(LIVE))  # fmt: skip
        found += [
            (row[0], row[1], row[2], (row[3], row[4], row[5], row[6])) for row in session.execute(entries)
        ]
    kept = canonical_ids(session, {person_id for _activity, person_id, _start, _content in found})
    stored: _Stored = {}
    for activity_id, person_id, starts_at, content in found:
        number, day = activities[activity_id]
        stored[kept[person_id], number, start_of(day, starts_at)] = content
    return stored
