"""From one cell to one value: texts, names, numbers of hours, yes and no. Dates and times are in ``times``.

Every parser takes whatever a reader returns for a cell, refuses a blank one, and raises a Problem whose code
is ``bad_…`` and whose text shows how to write it. Ask ``is_blank`` first where a cell may be empty.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pointsys.kit.identity import clean_text, normalise_name, normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet.limits import CellValue

_PLACEHOLDERS = {"", "/", "\\", "-", "--", "—", "——", "无", "暂无", "n/a", "#n/a"}
_LONGEST_NAME = 60
_SHOWN = 40

_NUMERALS = str.maketrans("零一二两三四五六七八九", "01223456789")
_PLAIN_NUMBER = re.compile(r"\d{1,6}(\.\d{1,12})?|\.\d{1,12}", re.ASCII)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(:[0-5]\d)?", re.ASCII)
_AMOUNT = r"(\d{1,6}(?:\.\d{1,12})?|\.\d{1,12}|半)"
_DURATION = re.compile(
    rf"(?:{_AMOUNT}\s*个?(半)?\s*(?:小时|钟头|时|hours?|hrs?|h))?\s*"
    rf"(?:{_AMOUNT}\s*(?:分钟|分|minutes?|mins?|m))?(半)?",
    re.ASCII | re.IGNORECASE,
)

_TRUE = {"是", "有", "对", "√", "✓", "✔", "1", "y", "yes", "true", "t", "○"}
_FALSE = {"否", "不", "不是", "没有", "×", "✗", "✘", "✕", "x", "0", "n", "no", "false", "f"}
_SEXES: dict[str, Literal["male", "female"]] = {
    **dict.fromkeys(("男", "男性", "先生", "male", "m", "1"), "male"),
    **dict.fromkeys(("女", "女性", "女士", "female", "f", "2"), "female"),
}

BAD_NAME = N_("“%(value)s” is not a name. Write the person's full name and nothing else.")
BAD_HOURS = N_("“%(value)s” is not a length of time. Write hours like 1.5, or 90分钟.")
BAD_BOOL = N_("“%(value)s” is neither yes nor no. Write 是 or 否.")
BAD_SEX = N_("“%(value)s” is not a sex. Write 男 or 女.")


def is_blank(cell: CellValue) -> bool:
    """Whether a cell says nothing: empty, blanks, or a filler such as “/”, “—” or 无."""
    return cell is None or (isinstance(cell, str) and normalise_text(cell).casefold() in _PLACEHOLDERS)


def shown(cell: CellValue) -> str:
    """Return a cell as it is quoted in a message."""
    return parse_text(cell)[:_SHOWN]


def parse_text(cell: CellValue) -> str:
    """Return a cell as text: numbers without “.0”, dates in ISO form, blanks trimmed."""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return clean_text(cell)


def parse_name(cell: CellValue) -> str:
    """Return a person's name in its one spelling; Problem ``bad_name``."""
    name = normalise_name(cell) if isinstance(cell, str) else ""
    if not any(character.isalpha() for character in name) or len(name) > _LONGEST_NAME:
        raise Problem("bad_name", BAD_NAME, value=shown(cell))
    return name


def parse_hours(cell: CellValue, unit: Literal["hour", "minute"] = "hour") -> int:
    """Return a length of time in whole minutes, half up; ``unit`` is that of a bare number.

    Reads 1.5, “1.5小时”, “90分钟”, “1小时30分”, “一个半小时”, “1:30”, and cells formatted as times.
    Raises Problem ``bad_hours``, for negative lengths too.
    """
    minutes = _minutes(cell, unit)
    if minutes is None:
        raise Problem("bad_hours", BAD_HOURS, value=shown(cell))
    return int(minutes.to_integral_value(ROUND_HALF_UP))


def _minutes(cell: CellValue, unit: str) -> Decimal | None:
    per_unit = 60 if unit == "hour" else 1
    if isinstance(cell, timedelta):
        return Decimal(cell // timedelta(seconds=1)) / 60 if cell >= timedelta() else None
    if isinstance(cell, time):
        return Decimal(cell.hour * 3600 + cell.minute * 60 + cell.second) / 60
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    if isinstance(cell, int | float):
        # repr is the shortest decimal that means this float, so 1.1 is 1.1 and not its binary neighbour.
        number = Decimal(repr(cell))
        return number * per_unit if number.is_finite() and 0 <= number < 10**6 else None
    text = normalise_text(cell).translate(_NUMERALS)
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text) * per_unit
    if clock := _CLOCK.fullmatch(text):
        return Decimal(int(clock[1]) * 60 + int(clock[2]))
    duration = _DURATION.fullmatch(text)
    if duration is None or not (duration[1] or duration[3]):
        return None
    hours, half_hour, minutes, half_after = duration.groups()
    if half_after and (minutes or half_hour):
        return None
    halves = bool(half_hour) + bool(half_after)
    return _amount(hours) * 60 + halves * 30 + _amount(minutes)


def _amount(text: str | None) -> Decimal:
    return Decimal("0.5") if text == "半" else Decimal(text or 0)


def parse_bool(cell: CellValue) -> bool:
    """Return yes or no from 是 否 √ ✓ × x 1 0 and the like; Problem ``bad_bool``."""
    text = normalise_text(cell).casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Problem("bad_bool", BAD_BOOL, value=shown(cell))


def parse_sex(cell: CellValue) -> Literal["male", "female"]:
    """Return the sex from 男, 女 or the codes 1 and 2 of GB/T 2261.1; Problem ``bad_sex``."""
    found = _SEXES.get(normalise_text(cell).casefold())
    if found is None:
        raise Problem("bad_sex", BAD_SEX, value=shown(cell))
    return found
