"""Tables that are plain text: .csv and .txt files in whatever encoding, and cells pasted into a form."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable

from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet.limits import (
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    Limits,
    Row,
    broken,
    column_letter,
)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;"
_LINES_TO_SNIFF = 50
_QUOTED = re.compile(r'"[^"]*"')
# How Excel users and our own exports keep a number or a sign as text.
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_TEXT_MARK = re.compile(r"'(?=[=+\-@\t\r])")

BAD_ENCODING = N_(
    "The encoding of this text file is unknown. Open it in Excel or WPS, save it as .xlsx and choose that file."
)


def decode(data: bytes) -> str:
    """Return the text: by its byte order mark, else UTF-8, else GB18030; Problem bad_encoding."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_as(data, "gb18030")


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Problem("bad_encoding", BAD_ENCODING) from error


def read_delimited(text: str, limits: Limits) -> list[Row]:
    """Return the rows of a delimited text; Problem too_many_rows, too_many_columns, broken_workbook."""
    text = text.replace("\0", "").removeprefix("\ufeff")
    return limit_rows(_split(text, sniff(text) or ","), limits)


def read_pasted(text: str, limits: Limits) -> list[Row]:
    """Return the rows of pasted cells: by tabs, else commas or semicolons, else blanks between words."""
    text = text.replace("\0", "").removeprefix("\ufeff")
    delimiter = "\t" if "\t" in text else sniff(text)
    if delimiter:
        return limit_rows(_split(text, delimiter), limits)
    return limit_rows((list(line.split()) for line in text.splitlines()), limits)


def sniff(text: str) -> str | None:
    """Return the delimiter that cuts the most of the first lines into equally many cells, or None."""
    lines = [_QUOTED.sub("", line) for line in text[:100_000].splitlines() if line.strip()][:_LINES_TO_SNIFF]
    best, best_score = None, 0
    for delimiter in _DELIMITERS:
        counts = Counter(number for line in lines if (number := line.count(delimiter)))
        score = max((number * lines_with for number, lines_with in counts.items()), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _split(text: str, delimiter: str) -> Iterable[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield [_plain(cell) for cell in cells]
    except csv.Error as error:
        raise broken() from error


def _plain(cell: str) -> str:
    if cell.startswith('="') and (found := _TEXT_FORMULA.fullmatch(cell)):
        return found[1]
    return _TEXT_MARK.sub("", cell, count=1) if cell.startswith("'") else cell


def limit_rows(rows: Iterable[Row], limits: Limits) -> list[Row]:
    """Return the rows up to the last filled one, or up to a long run of blank ones.

    Raises Problem ``too_many_rows`` and ``too_many_columns``.
    """
    kept: list[Row] = []
    filled = 0
    for row in rows:
        kept.append(row)
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row):
            if len(kept) - filled > limits.max_blank_rows:
                break
            continue
        filled = len(kept)
        if filled > limits.max_rows:
            raise Problem("too_many_rows", TOO_MANY_ROWS, limit=limits.max_rows)
        if len(row) > limits.max_columns:
            _refuse_far_values(row, filled, limits)
    return kept[:filled]


def _refuse_far_values(row: Row, number: int, limits: Limits) -> None:
    for index in range(limits.max_columns, len(row)):
        if row[index] not in ("", None):
            raise Problem(
                "too_many_columns",
                TOO_MANY_COLUMNS,
                row=number,
                column=column_letter(index),
                limit=limits.max_columns,
            )
