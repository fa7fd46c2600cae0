"""Reading rows of an activity sheet, and judging each against the roster and the log.

A row is who, what and when; each part is read once for all rows that share its cells. ``Judge`` finds the people
and says of every row whether it would be created, stands already, repeats a row above, or is at fault; it only
reads, so a preview and the import itself ask the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import title_key
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import LIVE, Activity, ActivityKind, Entry
from pointsys.core.activity_log.record import describe
from pointsys.core.areas.models import Area
from pointsys.core.imports.columns import Columns
from pointsys.core.imports.report import CREATED, DUPLICATE, ERROR, UNCHANGED, Outcome
from pointsys.core.imports.table import Cells, Fault, RowFault, Table
from pointsys.core.imports.when import When, WhenReader
from pointsys.core.imports.who import Who, WhoFinder, WhoReader
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import CellValue, Row, cell, is_blank, parse_text

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


@dataclass(frozen=True, slots=True)
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

    def as_json(self) -> list[object]:
        """Plain values, for staging."""
        when, what, who = self.when, self.what, self.who
        return [
            who.name, who.phone, who.id_number, what.title, what.kind, what.place, what.organiser, what.role,
            when.day.isoformat(), when.starts_at and when.starts_at.isoformat(),
            when.ends_at and when.ends_at.isoformat(), when.quantity, self.note,
        ]  # fmt: skip


class Restorer:
    """Makes rows of staged values again; parts that are equal become one object, as they were when read."""

    def __init__(self) -> None:
        self._who: dict[tuple[str, ...], Who] = {}
        self._what: dict[tuple[str, ...], What] = {}
        self._when: dict[tuple[str | int | None, ...], When] = {}

    def row(self, number: int, values: Sequence[object]) -> LogRow:
        """The row that ``LogRow.as_json`` described."""
        who_key, what_key, when_key = tuple(values[:3]), tuple(values[3:8]), tuple(values[8:12])
        who = self._who.get(who_key)  # type: ignore[arg-type]
        if who is None:
            who = self._who[who_key] = Who(*who_key)  # type: ignore[index, arg-type]
        what = self._what.get(what_key)  # type: ignore[arg-type]
        if what is None:
            what = self._what[what_key] = What(*what_key)  # type: ignore[index, arg-type]
        when = self._when.get(when_key)  # type: ignore[arg-type]
        if when is None:
            day, start, end, quantity = when_key
            when = self._when[when_key] = When(  # type: ignore[index]
                date.fromisoformat(str(day)), _instant(start), _instant(end), quantity  # type: ignore[arg-type]
            )  # fmt: skip
        return LogRow(number, who, what, when, str(values[12]))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None


class Reader:
    """Turns the rows of a table into ``LogRow``; a row that cannot be read is its fault instead."""

    def __init__(self, table: Table, columns: Columns, default_kind: str = "") -> None:
        self._table = table
        self._cells = Cells(table, columns)
        self._default_kind = default_kind
        self._when = WhenReader(self._cells)
        self._who = WhoReader(self._cells)
        self._whats: dict[tuple[object, ...], What | RowFault] = {}
        self._when_places = self._cells.places("date", "span", "start", "end", "hours")
        self._what_places = self._cells.places("title", "kind", "place", "organiser", "role")

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
        when = self._when.read(tuple(_filled(row, place) for place in self._when_places))
        what = self._what(tuple(_filled(row, place) for place in self._what_places))
        note = self._cells.get(row, "note")
        return LogRow(number, who, what, when, "" if note is None else self._text("note", note))

    def _what(self, values: tuple[CellValue, ...]) -> What:
        key = (*values, *map(type, values))
        found = self._whats.get(key)
        if found is None:
            try:
                found = self._read_what(*values)
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


def _filled(row: Row, place: int | None) -> CellValue:
    value = cell(row, place)
    # Most cells are plain words and numbers: only what is short can be a filler.
    if value is None or (isinstance(value, str) and len(value) < 8 and is_blank(value)):
        return None
    return value


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
        seen: dict[tuple[object, ...], LogRow] = {}
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
        seen: dict[tuple[object, ...], LogRow],
    ) -> Verdict:
        found = people.find(row.who)
        if isinstance(found, Fault):
            return Verdict(row, row.number, ERROR, fault=found)
        kind, activity = kinds.activity(row.what)
        when = row.when
        if kind is not None and kind.service and not when.minutes:
            fault = Fault(self.titles.get("hours", ""), "missing_hours", MISSING_HOURS)
            return Verdict(row, row.number, ERROR, fault=fault)
        key = (found, *activity, when.day, when.starts_at)
        above = seen.setdefault(key, row)
        if above is not row:
            if _content(above) == _content(row):
                return Verdict(row, row.number, DUPLICATE)
            params = {"row": str(above.number), "stored": describe(_said(above))}
            return Verdict(row, row.number, ERROR, fault=self._conflict(REPEATED_DIFFERENTLY, params))
        there = stored.get(key)
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
_Stored = dict[tuple[object, ...], _Content]


def _content(row: LogRow) -> _Content:
    return row.when.ends_at, row.when.quantity, row.when.unit, row.what.role


def _said(row: LogRow) -> dict[str, object]:
    return {"ends_at": row.when.ends_at, "quantity": row.when.quantity}


class KindFinder:
    """Kinds by title however it is spelt; ``missing`` collects the titles that nobody knows yet."""

    def __init__(self, kinds: Mapping[str, ActivityKind]) -> None:
        self._kinds = {self.key(title): kind for title, kind in reversed(list(kinds.items()))}
        self._asked: dict[str, ActivityKind | None] = {}
        self._activities: dict[What, tuple[ActivityKind | None, tuple[int | str, str]]] = {}
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

    def activity(self, what: What) -> tuple[ActivityKind | None, tuple[int | str, str]]:
        """The kind, and what tells the activity from others of the same day."""
        found = self._activities.get(what)
        if found is None:
            kind = self.find(what.kind)
            found = (kind, (kind.id if kind else self.key(what.kind), title_key(what.title)))
            self._activities[what] = found
        return found

    @property
    def missing(self) -> list[str]:
        """New kinds, as the sheet spells them first."""
        return list(self._missing.values())


def _stored(session: Session, area: Area, rows: Sequence[LogRow], kinds: KindFinder) -> _Stored:
    """Live entries of the activities that the rows name, by (person, kind, title, date, start)."""
    wanted = {(*kinds.activity(what)[1], day) for what, day in {(row.what, row.when.day) for row in rows}}
    activities: dict[int, tuple[int, str, date]] = {}
    for days in chunks(sorted({day for _kind, _title, day in wanted})):
        query = select(Activity.id, Activity.kind_id, Activity.title_key, Activity.local_date).where(
            Activity.area_id == area.id, Activity.local_date.in_(days)
        )
        for activity_id, kind_id, title, day in session.execute(query):
            if (kind_id, title, day) in wanted:
                activities[activity_id] = (kind_id, title, day)
    found: list[tuple[int, int, datetime | None, _Content]] = []
    for part in chunks(activities, 500):
        query = select(
            Entry.activity_id,
            Entry.person_id,
            Entry.starts_at,
            Entry.ends_at,
            Entry.quantity,
            Entry.unit,
            Entry.role,
        ).where(Entry.activity_id.in_(part), Entry.status.in_(LIVE))  # type: ignore[assignment]
        found += [(row[0], row[1], row[2], tuple(row[3:])) for row in session.execute(query)]  # type: ignore[misc]
    kept = canonical_ids(session, {person_id for _activity, person_id, _start, _content in found})
    return {
        (kept[person_id], *activities[activity_id], start): content
        for activity_id, person_id, start, content in found
    }
