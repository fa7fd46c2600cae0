"""What all readers share: the kinds of file, the types of cells, and how much is too much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from pointsys.kit.problems import N_, Problem

MIB = 1024 * 1024

CellValue = str | int | float | bool | date | datetime | time | timedelta | None
Row = list[CellValue]
Source = Path | bytes


class Kind(StrEnum):
    """The kinds of table that can be read, by their usual extension."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"
    TXT = "txt"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be: sizes in bytes, ``max_ratio`` unpacked to packed, times in seconds.

    The defaults are those for an upload in the browser; ``max_seconds`` and ``max_memory`` (above what the
    interpreter itself takes) hold for ``read_in_subprocess`` only.
    """

    max_bytes: int = 10 * MIB
    max_unpacked: int = 100 * MIB
    max_ratio: int = 100
    max_parts: int = 200
    max_rows: int = 20_000
    max_columns: int = 100
    max_blank_rows: int = 200
    max_seconds: int = 60
    max_memory: int = 300 * MIB


BROWSER = Limits()
COMMAND_LINE = Limits(max_bytes=50 * MIB, max_unpacked=500 * MIB, max_rows=200_000)

FORMULA_CELL = N_(
    "This cell holds a formula. Copy the column and paste it back as values only, then import again."
)
FILE_TOO_LARGE = N_(
    "The file has %(megabytes)s MB, at most %(limit)s MB are read. Delete pictures and unused sheets from it, "
    "or split it into several files."
)
TOO_MANY_ROWS = N_("The sheet has more than %(limit)s rows. Split it into several files.")
TOO_MANY_COLUMNS = N_(
    "Row %(row)s has something in column %(column)s, at most %(limit)s columns are read. "
    "Delete what stands to the right of the table."
)
BROKEN = N_("This file is damaged. Open it in Excel or WPS, save it as a new .xlsx file and choose that one.")
UNKNOWN_SHEET = N_("There is no sheet “%(sheet)s” in this file. Choose one of: %(sheets)s.")
EMPTY = N_("There is nothing in this file. Check that the table was saved, or choose another sheet.")


def load(source: Source, limits: Limits) -> bytes:
    """Return the file's bytes; its size is checked before anything is read."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > limits.max_bytes:
        raise Problem(
            "file_too_large",
            FILE_TOO_LARGE,
            megabytes=-(-size // MIB),
            limit=limits.max_bytes // MIB,
        )
    return source if isinstance(source, bytes) else source.read_bytes()


def broken() -> Problem:
    """The refusal of a file whose inside does not hold together."""
    return Problem("broken_workbook", BROKEN)


def column_letter(index: int) -> str:
    """Return the spreadsheet's name of the 0-based column ``index``: A, B, …, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the 0-based index of the column called ``letters``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
