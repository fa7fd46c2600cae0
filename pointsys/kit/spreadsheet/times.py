"""Dates and times of day as people type them, as Excel stores them, and nothing that has to be guessed.

All results are local wall-clock values without a zone; the caller knows where the sheet was made.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet.cells import shown
from pointsys.kit.spreadsheet.limits import CellValue

_EPOCH_1900 = date(1899, 12, 30)  # makes up for Excel's 29 February 1900, so good from March 1900 on
_EPOCH_1904 = date(1904, 1, 1)
_EARLIEST, _LATEST = date(1900, 3, 1), date(2100, 12, 31)
# A number such as 2026 or 2026.3 in a date column is a year and month somebody typed, not a day in 1905.
_YEARS_AS_NUMBERS = range(1900, 2101)
_SECONDS_A_DAY = 86_400

_FULL_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?", re.ASCII)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_WEEKDAY_INSIDE = re.compile(r"^\s*\(?(周|星期|礼拜)[一二三四五六日天]\)?\s*")
_WEEKDAY = re.compile(r"\s*\(?(周|星期|礼拜)[一二三四五六日天]\)?$")
_MIDNIGHT = re.compile(r"[\sT]+0{1,2}:00(:00(\.0+)?)?$")

_CLOCK = re.compile(
    r"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|晚|早|am|pm)?\s*"
    r"(?P<hour>\d{1,2})\s*(?::|点|时|h)\s*(?:(?P<half>半)|(?P<minute>[0-5]?\d)\s*分?)?"
    r"(?:\s*[:\s]\s*(?P<second>[0-5]\d)\s*秒?(?:\.\d+)?)?\s*(?P<suffix>am|pm)?",
    re.ASCII | re.IGNORECASE,
)
_FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])([0-5]\d)", re.ASCII)
_AFTERNOON = {"下午", "傍晚", "晚上", "晚", "夜里", "pm"}
_MORNING = {"凌晨", "清晨", "早上", "早晨", "上午", "早", "am"}
# No date or time is longer, and patterns that look for a part take time that grows with the square of the text.
_LONGEST = 100
_DASHES = re.compile(r"\s*(?:-|~|—|–|‐|−|至|到)+\s*")

BAD_DATE = N_("“%(value)s” is not a date. Write it with a year of four digits, like 2026-03-07.")
NO_SUCH_DAY = N_(
    "The day “%(value)s” does not exist. Look at its month and day again, and write it like 2026-03-07."
)
BAD_TIME = N_(
    "“%(value)s” is not a time of day. Write it like 08:30; for midnight give the date too, like 2026-03-08 00:00."
)
BAD_RANGE = N_("“%(value)s” is not a span of time. Write it like 09:00-11:00.")


def parse_date(cell: CellValue, *, date1904: bool = False, default_year: int | None = None) -> date:
    """Return the day of a cell: a date, an Excel serial, or a text with a year of four digits.

    ``date1904`` is the workbook's date system; ``default_year`` completes texts such as 3月7日.
    Raises Problem ``bad_date``: for days that do not exist and for two-digit years, which are not guessed.
    """
    if isinstance(cell, datetime):
        return _in_range(cell.date(), cell)
    if isinstance(cell, date):
        return _in_range(cell, cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _date_from_number(cell, date1904)
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        raise _bad_date(cell)
    text = _MIDNIGHT.sub("", _WEEKDAY.sub("", normalise_text(cell)))
    if found := _FULL_DATE.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]), cell)
    if _SERIAL.fullmatch(text):
        return _date_from_number(float(text), date1904)
    if default_year is not None and (short := _MONTH_DAY.fullmatch(text)):
        return _day(default_year, int(short[1]), int(short[2]), cell)
    if moment := _date_and_time(text):
        return _in_range(moment.date(), cell)
    raise _bad_date(cell)


def parse_time(cell: CellValue, *, date1904: bool = False) -> time | datetime:
    """Return a time of day, or a naive local datetime when the cell has a date as well.

    Reads times and fractions of a day as Excel stores them, and “08:30”, “8：30”, “8点30”, “8点半”,
    “上午9:00”, “下午2时”, “0830”, “2026-04-03 09:00”. Raises Problem ``bad_time``.
    """
    if isinstance(cell, datetime):
        # Before 1905 there is no date, only a number of hours past 24.
        if cell.date() <= date(1904, 12, 31):
            raise _bad_time(cell)
        return cell
    if isinstance(cell, time):
        return cell
    if isinstance(cell, timedelta):
        return _time_from_seconds(cell // timedelta(seconds=1), cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _time_from_number(cell, date1904)
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        raise _bad_time(cell)
    text = normalise_text(cell)
    if found := _FOUR_DIGITS.fullmatch(text):
        return time(int(found[1]), int(found[2]))
    parsed = _clock(text) or _date_and_time(text)
    if parsed is None:
        raise _bad_time(cell)
    return parsed


def parse_time_range(cell: CellValue) -> tuple[time, time]:
    """Return both ends of “09:00-11:00”, “9:00～11:30”, “下午2:00至4:00”; Problem ``bad_time``.

    A part of the day that only the first time names holds for both. The end may lie before the start: that
    is for the caller to judge.
    """
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        raise Problem("bad_time", BAD_RANGE, value=shown(cell))
    ends = _DASHES.split(normalise_text(cell))
    if len(ends) == 2:
        start = _clock(ends[0])
        end = _clock(ends[1], part=_part_of_day(ends[0]))
        if start is not None and end is not None:
            return start, end
    raise Problem("bad_time", BAD_RANGE, value=shown(cell))


def _day(year: int, month: int, day: int, cell: CellValue) -> date:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise Problem("bad_date", NO_SUCH_DAY, value=shown(cell)) from error
    return _in_range(found, cell)


def _in_range(day: date, cell: CellValue) -> date:
    if not _EARLIEST <= day <= _LATEST:
        raise _bad_date(cell)
    return day


def _date_from_number(number: float, date1904: bool) -> date:
    if not 0 < number < 10**8 or int(number) in _YEARS_AS_NUMBERS:
        raise _bad_date(number)
    whole = int(number)
    if whole > 10**7:
        found = _EIGHT_DIGITS.fullmatch(str(whole))
        if found is None or number != whole:
            raise _bad_date(number)
        return _day(int(found[1]), int(found[2]), int(found[3]), number)
    try:
        day = (_EPOCH_1904 if date1904 else _EPOCH_1900) + timedelta(days=whole)
    except OverflowError as error:
        raise _bad_date(number) from error
    return _in_range(day, number)


def _time_from_number(number: float, date1904: bool) -> time | datetime:
    if not 0 <= number < 10**6:
        raise _bad_time(number)
    whole = int(number)
    # A fraction of a day is never exact in binary; whole seconds are.
    seconds = round((number - whole) * _SECONDS_A_DAY)
    if whole == 0:
        return _time_from_seconds(seconds, number)
    try:
        day = _date_from_number(whole, date1904)
    except Problem as problem:
        raise _bad_time(number) from problem
    if seconds == 0:
        # A bare whole number is a date, or an hour without minutes: either way the time is missing.
        raise _bad_time(number)
    return datetime.combine(day, time()) + timedelta(seconds=seconds)


def _time_from_seconds(seconds: int, cell: CellValue) -> time:
    if not 0 <= seconds < _SECONDS_A_DAY:
        raise _bad_time(cell)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _clock(text: str, part: str | None = None) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    part = (found["part"] or found["suffix"] or part or "").casefold()
    hour = int(found["hour"])
    minute = 30 if found["half"] else int(found["minute"] or 0)
    if not found["half"] and found["minute"] is None and ":" in text:
        return None
    if (part in _AFTERNOON and 1 <= hour < 12) or (part == "中午" and hour in (1, 2)):
        hour += 12
    elif part in _MORNING and hour == 12:
        hour = 0 if part in ("凌晨", "am") else 12
    return time(hour, minute, int(found["second"] or 0)) if hour < 24 else None


def _part_of_day(text: str) -> str | None:
    found = _CLOCK.fullmatch(text)
    return (found["part"] or found["suffix"]) if found else None


def _date_and_time(text: str) -> datetime | None:
    day = _FULL_DATE.match(text) or _EIGHT_DIGITS.match(text)
    if day is None:
        return None
    rest = _WEEKDAY_INSIDE.sub("", text[day.end() :]).lstrip(" T")
    clock = _clock(rest)
    if clock is None:
        return None
    try:
        return datetime.combine(date(int(day[1]), int(day[2]), int(day[3])), clock)
    except ValueError:
        return None


def _bad_date(cell: CellValue) -> Problem:
    return Problem("bad_date", BAD_DATE, value=shown(cell))


def _bad_time(cell: CellValue) -> Problem:
    return Problem("bad_time", BAD_TIME, value=shown(cell))
