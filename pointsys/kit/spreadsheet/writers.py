"""Writing tables that Excel and WPS open as they are meant: text stays text, numbers stay numbers.

A text that starts like a formula is written as a typed text cell in .xlsx, where it is inert as it stands; in
.csv, which has no types, it gets an apostrophe. Numbers are never touched: −5 stays −5. Requirement S-51.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Literal

from pointsys.kit.spreadsheet.cells import parse_text
from pointsys.kit.spreadsheet.limits import CellValue, Row, column_letter

Target = Path | BinaryIO
OutValue = CellValue | Decimal

_LONGEST_TEXT = 32_767  # a cell of Excel holds no more; longer ones would be dropped in silence
_TOO_LARGE = 10**308
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_TEMPLATE_ROWS = 1_000
_LONGEST_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_LONGEST_CHOICE_LIST = 255
_FORMATS = {"text": "@", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "time": "hh:mm"}


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column to write; ``choices``, ``examples`` and ``hint`` are for templates. Width in characters."""

    title: str
    kind: Literal["text", "number", "date", "datetime"] = "text"
    width: int = 14
    choices: tuple[str, ...] = ()
    examples: tuple[OutValue, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class OutSheet:
    """One sheet of a workbook: its table, lines above the header (the first in bold) and lines below the rows."""

    name: str
    columns: Sequence[OutColumn]
    rows: Iterable[Sequence[OutValue]]
    above: Sequence[str] = ()
    below: Sequence[str] = ()


def write_xlsx(
    target: Target,
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence[OutValue]],
    *,
    sheet: str = "Sheet1",
    heading: str | None = None,
) -> None:
    """Write a table as .xlsx, row by row, so that its length costs no memory.

    ``heading`` is a line above the header. Datetimes have to be local and naive, as Excel has no zones.
    """
    write_workbook(target, [OutSheet(sheet, columns, rows, (heading,) if heading else ())])


def write_workbook(target: Target, sheets: Sequence[OutSheet], *, footer: str = "") -> None:
    """Write several tables as the sheets of one .xlsx; names that Excel would refuse are made to fit and to differ.

    ``footer`` stands at the foot of every printed page and in the properties of the file.
    """
    with _Book(target) as book:
        taken: set[str] = set()
        for one in sheets:
            page = book.sheet(_sheet_name(one.name, taken), one.columns)
            if footer:
                book.foot(page, footer)
            for line, text in enumerate(one.above):
                page.write_string(line, 0, text[:_LONGEST_TEXT], book.plain if line else book.bold)
            top = len(one.above)
            book.header(page, top, one.columns)
            page.freeze_panes(top + 1, 0)
            number = top
            for number, row in enumerate(one.rows, start=top + 1):
                for index, value in enumerate(row):
                    book.write(page, number, index, value)
            for line, text in enumerate(one.below, start=number + 2):
                page.write_string(line, 0, text[:_LONGEST_TEXT], book.plain)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name of at most 31 characters without those that Excel refuses, different from ``taken`` in any case."""
    printable = "".join(char for char in wanted if char.isprintable())
    plain = printable.translate(_NOT_IN_SHEET_NAMES).strip("' ")[:_LONGEST_SHEET_NAME].rstrip("' ") or "Sheet"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        ending = f" {number}"
        name = plain[: _LONGEST_SHEET_NAME - len(ending)] + ending
    taken.add(name.casefold())
    return name


def write_csv(target: Target, columns: Sequence[OutColumn], rows: Iterable[Sequence[OutValue]]) -> None:
    """Write a table as UTF-8 .csv with a byte order mark, without which Excel shows Chinese as noise."""
    if isinstance(target, Path):
        with target.open("wb") as file:
            write_csv(file, columns, rows)
        return
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_csv_value(column.title) for column in columns])
    writer.writerows([_csv_value(value) for value in row] for row in rows)
    text.flush()
    text.detach()


def write_template(
    target: Target,
    columns: Sequence[OutColumn],
    *,
    sheet: str,
    examples_sheet: str,
    choices_sheet: str,
) -> None:
    """Write an empty table to fill in: text columns, drop-down lists, hints, and examples on a second sheet.

    The columns of kind "text" are formatted as text, so that Excel keeps all digits of an ID number.
    """
    with _Book(target) as book:
        page = book.sheet(sheet, columns)
        book.header(page, 0, columns)
        page.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            if column.choices or column.hint:
                page.data_validation(
                    1, index, _TEMPLATE_ROWS, index, _validation(column, index, columns, choices_sheet)
                )
        _write_examples(book, columns, examples_sheet)
        _write_choices(book, columns, choices_sheet)


def write_errors(
    target: Target,
    rows: Sequence[Row],
    header_index: int,
    errors: Mapping[int, Sequence[str]],
    *,
    reason_title: str,
    only_errors: bool = False,
    sheet: str = "Sheet1",
    footer: str = "",
) -> None:
    """Write the user's own rows with one more column that says what is wrong, to correct and upload again.

    ``errors`` maps row numbers (``header_index`` + 2 is the first data row) to texts. A column that already
    bears ``reason_title`` is used again. ``only_errors`` leaves the good rows out.
    """
    header = rows[header_index]
    column = next((i for i, title in enumerate(header) if title == reason_title), None)
    if column is None:
        column = max(len(row) for row in rows[header_index:])
    widths = [OutColumn("", width=14)] * column + [OutColumn("", width=50)]
    with _Book(target) as book:
        page = book.sheet(sheet, widths)
        if footer:
            book.foot(page, footer)
        line = 0
        for index, row in enumerate(rows):
            reasons = errors.get(index + 1, ())
            if only_errors and index > header_index and not reasons:
                continue
            style = book.bold if index == header_index else None
            for place, value in enumerate(row):
                if place != column or index < header_index:
                    book.write(page, line, place, value, style)
            if index == header_index:
                page.write_string(line, column, reason_title, book.bold)
                page.freeze_panes(line + 1, 0)
            elif reasons:
                page.write_string(line, column, "；".join(reasons)[:_LONGEST_TEXT], book.red)
            line += 1


class _Book:
    """One workbook being written, its formats, and the rule for each type of value."""

    def __init__(self, target: Target) -> None:
        # Only who writes a workbook waits for this import.
        import xlsxwriter

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.workbook: Any = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options)
        self.bold = self.workbook.add_format({"bold": True, "num_format": "@"})
        self.plain = self.workbook.add_format({"num_format": "@"})
        self.red = self.workbook.add_format({"font_color": "#B00020", "text_wrap": True, "num_format": "@"})
        self.formats = {
            kind: self.workbook.add_format({"num_format": code}) for kind, code in _FORMATS.items()
        }

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, failed: object, *rest: object) -> None:
        self.workbook.close()

    def sheet(self, name: str, columns: Sequence[OutColumn]) -> Any:
        page = self.workbook.add_worksheet(name)
        for index, column in enumerate(columns):
            page.set_column(index, index, column.width, self.formats.get(column.kind))
        return page

    def foot(self, page: Any, text: str) -> None:
        """Put a line at the foot of the page's printed sheets and into the properties of the file."""
        self.workbook.set_properties({"comments": text})
        # & begins an order to the printer there, and 255 characters are the most.
        page.set_footer("&L&8" + text.replace("&", "&&")[:200] + "&R&8&P / &N")

    def header(self, page: Any, row: int, columns: Sequence[OutColumn]) -> None:
        for index, column in enumerate(columns):
            page.write_string(row, index, column.title, self.bold)

    def write(self, page: Any, row: int, column: int, value: OutValue, style: Any = None) -> None:
        """Write one value by its type; the type of the column decides nothing."""
        if value is None or value == "":
            return
        if isinstance(value, str):
            page.write_string(row, column, value[:_LONGEST_TEXT], style or self.formats["text"])
        elif isinstance(value, bool):
            page.write_boolean(row, column, value, style)
        elif isinstance(value, int | float | Decimal) and not _fits(value):
            # A sheet that was brought may say 1e999, and goes back with its own words.
            page.write_string(row, column, str(value)[:_LONGEST_TEXT], self.formats["text"])
        elif isinstance(value, int | float | Decimal):
            page.write_number(row, column, value, style)
        elif isinstance(value, datetime):
            page.write_datetime(row, column, value, self.formats["datetime"])
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self.formats["date"])
        elif isinstance(value, time):
            page.write_datetime(row, column, value, self.formats["time"])
        else:
            page.write_number(row, column, value / timedelta(days=1), self.formats["time"])


def _fits(value: int | float | Decimal) -> bool:
    """Whether a cell can hold it as a number: neither endless, nor none, nor beyond what a double holds."""
    if isinstance(value, Decimal):
        return value.is_finite() and -_TOO_LARGE < value < _TOO_LARGE
    return -_TOO_LARGE < value < _TOO_LARGE


def _csv_value(value: OutValue) -> str | int | float | Decimal:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_RISKY) else value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    return parse_text(value)


def _validation(
    column: OutColumn, index: int, columns: Sequence[OutColumn], choices_sheet: str
) -> dict[str, object]:
    rule: dict[str, object] = {"validate": "any"}
    if column.choices:
        source: object = list(column.choices)
        if len(",".join(column.choices)) > _LONGEST_CHOICE_LIST:
            place = [c for c in columns if c.choices].index(column)
            letter = column_letter(place)
            quoted = choices_sheet.replace("'", "''")
            source = f"='{quoted}'!${letter}$2:${letter}${len(column.choices) + 1}"
        # A value outside the list only gets a warning: the import has the last word.
        rule = {"validate": "list", "source": source, "error_type": "warning"}
    if column.hint:
        rule["input_title"] = column.title[:32]
        rule["input_message"] = column.hint[:255]
    return rule


def _write_examples(book: _Book, columns: Sequence[OutColumn], name: str) -> None:
    page = book.sheet(name, columns)
    book.header(page, 0, columns)
    for row in range(max((len(column.examples) for column in columns), default=0)):
        for index, column in enumerate(columns):
            if row < len(column.examples):
                book.write(page, row + 1, index, column.examples[row])


def _write_choices(book: _Book, columns: Sequence[OutColumn], name: str) -> None:
    listed = [column for column in columns if column.choices]
    if not listed:
        return
    page = book.sheet(name, listed)
    book.header(page, 0, listed)
    for row in range(max(len(column.choices) for column in listed)):
        for index, column in enumerate(listed):
            if row < len(column.choices):
                page.write_string(row + 1, index, column.choices[row], book.formats["text"])
