"""The two file forms of a yearly notice, and the notices that are shipped.

CSV, one day a line, a heading is optional, further columns are ignored::

    date,kind,name
    2027-01-01,holiday,New Year
    2027-01-03,workday

The kinds may also be written 节假日, 休, 放假 and 工作日, 班, 上班, 补班, 调休上班. TOML, with ranges::

    [2027]
    holidays = ["2027-01-01/2027-01-03"]
    workdays = ["2027-01-04"]

A file speaks for every year that it has a day of, and for the whole of that year.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from pointsys.kit.calendar.days import DayKind, WorkCalendar
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem

_KINDS: dict[str, DayKind] = {
    **dict.fromkeys(("holiday", "节假日", "假日", "休", "放假", "休假", "法定节假日"), "holiday"),
    **dict.fromkeys(("workday", "工作日", "班", "上班", "补班", "调休上班", "调休"), "workday"),
}
_LISTS: dict[str, DayKind] = {"holidays": "holiday", "workdays": "workday"}
_LONGEST_RANGE = 31

BAD_LINE = N_(
    "Line %(line)s of the calendar file is “%(text)s”. Write one day a line as date,kind, for example "
    "2027-01-01,holiday or 2027-01-03,workday."
)
BAD_ENTRY = N_(
    "“%(text)s” in the calendar file is not understood. Under the year write holidays = "
    '["2027-01-01/2027-01-03"] and workdays = ["2027-01-04"].'
)
BAD_TOML = N_(
    "The calendar file is not valid TOML: %(text)s. Correct it or write one day a line as date,kind."
)
CLASH = N_("%(text)s is both a holiday and a working day in the calendar file. Remove one of the two lines.")
NO_DAYS = N_(
    "The calendar file has no days. Write one day a line as date,kind, for example 2027-01-01,holiday."
)
NO_HOLIDAYS = N_(
    "The calendar file has no holiday in %(text)s. It replaces the whole year: list all of its days."
)


@cache
def shipped() -> WorkCalendar:
    """Return the calendar of the years that come with the product (State Council notices 2024 to 2026)."""
    return parse_calendar(files("pointsys.kit.calendar").joinpath("holidays.toml").read_text("utf-8"))


def parse_calendar(text: str) -> WorkCalendar:
    """Return the calendar that a file's text describes, in either form.

    Raises Problem ``bad_calendar`` naming the line or entry at fault.
    """
    text = text.removeprefix("\ufeff")
    pairs = _from_toml(text) if _looks_like_toml(text) else _from_csv(text)
    days: dict[date, DayKind] = {}
    for day, kind in pairs:
        if days.setdefault(day, kind) != kind:
            raise Problem("bad_calendar", CLASH, text=day.isoformat())
    if not days:
        raise Problem("bad_calendar", NO_DAYS)
    years = frozenset(day.year for day in days)
    for year in sorted(years):
        if not any(day.year == year and kind == "holiday" for day, kind in days.items()):
            raise Problem("bad_calendar", NO_HOLIDAYS, text=year)
    return WorkCalendar(days, years)


def _looks_like_toml(text: str) -> bool:
    return any(line.lstrip().startswith("[") for line in text.splitlines())


def _from_csv(text: str) -> Iterator[tuple[date, DayKind]]:
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [normalise_text(cell) for cell in next(csv.reader([line]), [])]
        if not any(cells) or cells[0].startswith("#"):
            continue
        day = _day(cells[0])
        kind = _KINDS.get(cells[1].casefold()) if len(cells) > 1 else None
        if day and kind:
            yield day, kind
        elif number > 1 or any(character.isdigit() for character in cells[0]):
            raise Problem("bad_calendar", BAD_LINE, line=number, text=line[:60])


def _from_toml(text: str) -> Iterator[tuple[date, DayKind]]:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem("bad_calendar", BAD_TOML, text=str(error)) from error
    for year, table in tables.items():
        if not isinstance(table, dict):
            raise Problem("bad_calendar", BAD_ENTRY, text=year)
        for name, entries in table.items():
            if name not in _LISTS or not isinstance(entries, list):
                raise Problem("bad_calendar", BAD_ENTRY, text=f"{year}.{name}")
            for day in _days(entries):
                if str(day.year) != year:
                    raise Problem("bad_calendar", BAD_ENTRY, text=f"{year}.{name}: {day.isoformat()}")
                yield day, _LISTS[name]


def _days(entries: Iterable[object]) -> Iterator[date]:
    for entry in entries:
        first_text, _, last_text = str(entry).partition("/")
        first = _day(first_text)
        last = _day(last_text) if last_text else first
        if first is None or last is None or not 0 <= (last - first).days < _LONGEST_RANGE:
            raise Problem("bad_calendar", BAD_ENTRY, text=str(entry)[:60])
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)


def _day(text: str) -> date | None:
    year, _, rest = text.replace("/", "-").replace(".", "-").partition("-")
    month, _, day = rest.partition("-")
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None
