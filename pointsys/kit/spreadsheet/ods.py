"""A look at an OpenDocument spreadsheet before the reader gets it.

Rows and cells carry repeat counts, so a file of one kilobyte can describe a sheet of millions of rows. The
reader follows the counts; here they are added up first, formula cells are noted, and what lies after a long
run of blank rows is cut out.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet.limits import TOO_MANY_COLUMNS, TOO_MANY_ROWS, Limits, broken, column_letter

CONTENT = "content.xml"

_TAG = re.compile(rb"<table:table(?=[\s>])[^>]*>|</table:table>|<table:table-row(?=[\s/>])([^>]*)>")
_CELL = re.compile(rb"<table:(?:covered-)?table-cell(?=[\s/>])([^>]*)>")
_VALUE = re.compile(rb"office:value-type\s*=|<text:p[\s>]|table:formula\s*=")
_FORMULA = re.compile(rb"table:formula\s*=")
_ROWS_REPEATED = re.compile(rb"number-rows-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_COLUMNS_REPEATED = re.compile(rb"number-columns-repeated\s*=\s*[\"'](\d{1,9})[\"']")


@dataclass(slots=True)
class OdsScan:
    """Formula cells of each table in file order; ``content`` is the shortened XML, when it had to be."""

    formulas: list[set[tuple[int, int]]] = field(default_factory=list)
    content: bytes | None = None


@dataclass(slots=True)
class _Table:
    formulas: set[tuple[int, int]]
    row: int = 0
    last_row: int = 0
    cut: int | None = None
    must_cut: bool = False


def scan_ods(data: bytes, limits: Limits) -> OdsScan:
    """Scan all tables; Problem too_many_rows, too_many_columns, broken_workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read(CONTENT)
    except KeyError as error:
        raise broken() from error
    scan = OdsScan()
    cuts: list[tuple[int, int]] = []
    table: _Table | None = None
    tags = list(_TAG.finditer(content))
    for index, tag in enumerate(tags):
        if tag[0].startswith(b"</"):
            if table is not None and table.cut is not None and table.must_cut:
                cuts.append((table.cut, tag.start()))
            table = None
        elif tag[1] is None:
            table = _Table(set())
            scan.formulas.append(table.formulas)
        elif table is not None:
            end = tags[index + 1].start() if index + 1 < len(tags) else len(content)
            _scan_row(table, tag, content[tag.end() : end], limits)
    if cuts:
        scan.content = _without(content, cuts)
    return scan


def replace_content(data: bytes, content: bytes) -> bytes:
    """Return the package with another content part, unpacked for the reader."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(result, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, content if name == CONTENT else archive.read(name))
    return result.getvalue()


def _scan_row(table: _Table, tag: re.Match[bytes], body: bytes, limits: Limits) -> None:
    times = _repeats(_ROWS_REPEATED, tag[1])
    first = table.row + 1
    table.row += times
    has_value = _VALUE.search(body) is not None
    if table.cut is not None:
        table.must_cut = table.must_cut or has_value
        return
    if not has_value:
        return
    if first - table.last_row > limits.max_blank_rows + 1:
        table.cut, table.must_cut = tag.start(), True
        return
    if table.row > limits.max_rows:
        raise Problem("too_many_rows", TOO_MANY_ROWS, limit=limits.max_rows)
    table.last_row = table.row
    columns = _formula_columns(body, first, limits)
    table.formulas.update((row, column) for column in columns for row in range(first, table.row + 1))


def _formula_columns(body: bytes, row: int, limits: Limits) -> list[int]:
    found: list[int] = []
    column = 0
    cells = list(_CELL.finditer(body))
    for index, cell in enumerate(cells):
        content = body[cell.start() : cells[index + 1].start() if index + 1 < len(cells) else len(body)]
        following = column + _repeats(_COLUMNS_REPEATED, cell[1])
        if _VALUE.search(content):
            if following > limits.max_columns:
                raise Problem(
                    "too_many_columns",
                    TOO_MANY_COLUMNS,
                    row=row,
                    column=column_letter(following - 1),
                    limit=limits.max_columns,
                )
            if _FORMULA.search(cell[1]):
                found.extend(range(column, following))
        column = following
    return found


def _repeats(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return max(1, int(found[1])) if found else 1


def _without(content: bytes, cuts: list[tuple[int, int]]) -> bytes:
    pieces = []
    place = 0
    for start, end in cuts:
        pieces.append(content[place:start])
        place = end
    return b"".join([*pieces, content[place:]])
