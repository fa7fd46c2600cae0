"""When something was: dates, times, spans and lengths of one row, however the sheet spreads them over columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pointsys.core.activity_log.drafts import HOUR
from pointsys.core.activity_log.record import EntryDraft, check_draft
from pointsys.core.imports.table import Cells, Fault, RowFault, filled, known_by
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import (
    CellValue,
    Row,
    parse_date,
    parse_hours,
    parse_time,
    parse_time_range,
    title_unit,
)

_DAY = re.compile(
    r"((?:\d{4}\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?|\d{8})\s*"
    r"(?:\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?\s*(.+)",
    re.ASCII,
)
# Hours are often rounded to a tenth; what differs by less is no contradiction.
_TOLERANCE = 4

MISSING_DATE = N_("Write the date, like 2026-03-07.")
DATES_DIFFER = N_("The time is on %(time_day)s, the date column says %(day)s. Correct one of them.")
END_BEFORE_START = N_(
    "The end (%(end)s) is not after the start (%(start)s). If it lasted past midnight, write the end with its date, "
    "like %(example)s."
)
HALF_A_TIME = N_("Start or end is missing. Write both, or one of them and the hours.")
HOURS_DIFFER = N_("The hours say %(given)s minutes, start and end make %(counted)s: the times count.")

_FIELDS = {"date": "date", "start": "start", "end": "end", "quantity": "hours"}


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """The local date, and either both instants or a quantity of hundredths of an hour, or none of the two.

    ``minutes`` is the length, 0 for a date alone; ``start`` tells the date and start from others.
    """

    day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantity: int | None = None
    warning: Fault | None = None
    minutes: int = field(init=False)
    start: str = field(init=False)

    def __post_init__(self) -> None:
        minutes = (self.quantity or 0) * 60 // 100
        if self.starts_at is not None and self.ends_at is not None:
            minutes = (self.ends_at - self.starts_at) // timedelta(minutes=1)
        object.__setattr__(self, "minutes", minutes)
        object.__setattr__(self, "start", start_of(self.day, self.starts_at))

    @property
    def unit(self) -> str | None:
        """The unit of the quantity."""
        return HOUR if self.quantity is not None else None


def start_of(day: date, starts_at: datetime | None) -> str:
    """Date and start as one text, for comparison."""
    return f"{day}|{starts_at.timestamp() if starts_at else ''}"


@dataclass(frozen=True)
class _Span:
    """What the cells say so far, in local wall-clock values without a zone."""

    day: date | None = None
    start: datetime | time | None = None
    end: datetime | time | None = None


def read_span(cell: CellValue, *, date1904: bool, year: int | None) -> _Span:
    """A cell that holds a date, a time, a span of time, or a date with one of these; Problem bad_date."""
    try:
        moment = parse_time(cell, date1904=date1904)
    except Problem:
        pass
    else:
        if isinstance(moment, time):
            return _Span(start=moment)
        midnight = moment.time() == time()
        return _Span(moment.date(), None if midnight else moment.time())
    if isinstance(cell, str):
        found = _DAY.fullmatch(normalise_text(cell))
        try:
            return _Span(None, *parse_time_range(cell))
        except Problem:
            if found is not None:
                try:
                    day = parse_date(found[1], default_year=year)
                    return replace(read_span(found[2], date1904=False, year=None), day=day)
                except Problem:
                    pass
    return _Span(parse_date(cell, date1904=date1904, default_year=year))


class WhenReader:
    """Reads the five columns that tell the time; equal cells are read once, because an activity has many rows."""

    def __init__(self, cells: Cells) -> None:
        site = current_site()
        self._cells = cells
        self._zone: ZoneInfo = site.timezone
        self._now, self._today = site.now(), site.today()
        self._unit = title_unit(cells.title("hours")) or "hour"
        self._pick = cells.picker("date", "span", "start", "end", "hours")
        self._known: dict[tuple[object, ...], When | RowFault] = {}

    def read(self, row: Row) -> When:
        """The time that a row tells; raises RowFault."""
        values = self._pick(row)
        key = known_by(values)
        found = self._known.get(key)
        if found is None:
            try:
                found = self._read(*map(filled, values[:5]))
            except RowFault as fault:
                found = fault
            self._known[key] = found
        if isinstance(found, RowFault):
            raise found
        return found

    def _read(
        self, day: CellValue, span: CellValue, start: CellValue, end: CellValue, hours: CellValue
    ) -> When:
        told = self._span("date", day)
        extra = self._span("span", span)
        told = _Span(told.day or extra.day, extra.start or told.start, extra.end or told.end)
        told = replace(
            told,
            start=self._time("start", start) or told.start,
            end=self._time("end", end) or told.end,
        )
        minutes = self._minutes(hours)
        when = self._combine(told, minutes)
        self._check(when)
        return when

    def _span(self, key: str, cell: CellValue) -> _Span:
        if cell is None:
            return _Span()
        try:
            return read_span(cell, date1904=self._cells.layout.date1904, year=self._cells.layout.year)
        except Problem as problem:
            raise self._cells.fault(key, problem) from None

    def _time(self, key: str, cell: CellValue) -> datetime | time | None:
        if cell is None:
            return None
        try:
            return parse_time(cell, date1904=self._cells.layout.date1904)
        except Problem as problem:
            raise self._cells.fault(key, problem) from None

    def _minutes(self, cell: CellValue) -> int | None:
        if cell is None:
            return None
        try:
            return parse_hours(cell, self._unit)
        except Problem as problem:
            raise self._cells.fault("hours", problem) from None

    def _combine(self, told: _Span, minutes: int | None) -> When:
        day = told.day
        if isinstance(told.start, datetime):
            if day is not None and told.start.date() != day:
                raise self._cells.fault(
                    "start", Problem("date_mismatch", DATES_DIFFER, time_day=told.start.date(), day=day)
                )
            day = told.start.date()
        if day is None and isinstance(told.end, datetime):
            day = told.end.date()
        if day is None:
            raise self._cells.fault("date", Problem("missing_date", MISSING_DATE))
        start, end = _on(day, told.start), _on(day, told.end)
        if start is None and end is None:
            # Rounded up, so that crediting it (whole minutes, the rest dropped) gives the minutes back.
            return When(day, quantity=None if minutes is None else -(-minutes * 100 // 60))
        if start is None or end is None:
            start, end = self._complete(start, end, minutes)
        if end <= start:
            raise self._cells.fault("end", _end_before_start(start, end))
        return When(day, self._instant(start), self._instant(end), None, self._compare(start, end, minutes))

    def _complete(
        self, start: datetime | None, end: datetime | None, minutes: int | None
    ) -> tuple[datetime, datetime]:
        """Both ends of which one is given, with the hours."""
        if minutes and start is not None:
            return start, start + timedelta(minutes=minutes)
        if minutes and end is not None:
            return end - timedelta(minutes=minutes), end
        raise self._cells.fault("start" if start is None else "end", Problem("half_a_time", HALF_A_TIME))

    def _instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def _compare(self, start: datetime, end: datetime, minutes: int | None) -> Fault | None:
        counted = (end - start) // timedelta(minutes=1)
        if minutes is None or abs(minutes - counted) < _TOLERANCE:
            return None
        params = {"given": str(minutes), "counted": str(counted)}
        return Fault(self._cells.title("hours"), "hours_differ", HOURS_DIFFER, params)

    def _check(self, when: When) -> None:
        probe = EntryDraft(
            person_id=0, kind_id=0, title="-", local_date=when.day, starts_at=when.starts_at, ends_at=when.ends_at,
            quantity=when.quantity, unit=when.unit,
        )  # fmt: skip
        try:
            check_draft(probe, self._now, self._today)
        except Problem as problem:
            key = _FIELDS.get(problem.field or "", "date")
            if when.day > self._today and "date" in self._cells.layout.columns:
                key = "date"
            raise self._cells.fault(key, problem) from None


def _on(day: date, moment: datetime | time | None) -> datetime | None:
    return datetime.combine(day, moment) if isinstance(moment, time) else moment


def _end_before_start(start: datetime, end: datetime) -> Problem:
    next_day = end if end.date() > start.date() else end + timedelta(days=1)
    return Problem(
        "end_before_start",
        END_BEFORE_START,
        start=start.strftime("%H:%M"),
        end=end.strftime("%H:%M"),
        example=next_day.strftime("%Y-%m-%d %H:%M"),
    )
