"""A look at an .xlsx workbook before the reader gets it: sheet names, date system, one sheet's extent.

The reader hands over cached values without saying that a cell is a formula, and makes room for the whole
rectangle from A1 to the last value. So the sheet is scanned here first, in pieces: formula cells are noted,
and what lies after a long run of blank rows is cut off before the reader sees it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet.limits import (
    MIB,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    Limits,
    broken,
    column_letter,
    column_number,
)

_CHUNK = MIB
# A row of 100 full cells has some 20 kB; a row of all 16,384 columns, styled and empty, about 700 kB.
_LONGEST_ROW = 8 * MIB
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT_RELATIONS = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"

_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
_END_OF_DATA = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is|t)[\s>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*)>")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,3})(\d+)[\"']")
_REFERENCE_ROWS = re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]{1,3}(\d+)[\"']")
_FAR_COLUMN = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{2,3})\d")
_PREFIX = re.compile(rb"<(\w+:)?sheetData")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet of the workbook: its name, its part in the package, and whether it can be seen."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class XlsxBook:
    """What the workbook part says."""

    sheets: tuple[SheetEntry, ...]
    date1904: bool


@dataclass(frozen=True, slots=True)
class SheetScan:
    """Formula cells as (row number, 0-based column); ``cut`` is where the XML has to end, if anywhere."""

    formulas: frozenset[tuple[int, int]]
    cut: int | None
    prefix: bytes
    last_row: int


def read_book(archive: zipfile.ZipFile) -> XlsxBook:
    """Return the sheets of the package in their order; Problem broken_workbook."""
    names = {name.casefold(): name for name in archive.namelist()}
    home = next((name for name in names if name.endswith("workbook.xml")), None)
    if home is None:
        raise broken()
    folder = home.rpartition("/")[0]
    relations = names.get(f"{folder}/_rels/workbook.xml.rels".lstrip("/"))
    if relations is None:
        raise broken()
    root = _parse(archive, names[home])
    targets = {
        node.get("Id", ""): node.get("Target", "")
        for node in _parse(archive, relations)
        if node.get("Type", "").endswith("/worksheet")
    }
    sheets = []
    for node in root.iter():
        if _local(node) != "sheet":
            continue
        key = node.get(f"{_RELATIONS}id") or node.get(f"{_STRICT_RELATIONS}id") or ""
        target = targets.get(key)
        if target is not None:
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            part = names.get(path.casefold())
            if part is None:
                raise broken()
            sheets.append(SheetEntry(node.get("name", ""), part, node.get("state", "visible") == "visible"))
    properties = next((node for node in root if _local(node) == "workbookPr"), None)
    date1904 = properties is not None and properties.get("date1904", "0") in ("1", "true", "on")
    return XlsxBook(tuple(sheets), date1904)


def scan_sheet(stream: IO[bytes], limits: Limits) -> SheetScan:
    """Scan one sheet's XML; Problem too_many_rows, too_many_columns, broken_workbook."""
    formulas: set[tuple[int, int]] = set()
    number = last_row = 0
    prefix = b""
    for place, attributes, body in _rows(stream):
        if place < 0:
            prefix = attributes
            continue
        stated = _ROW_NUMBER.search(b" " + attributes)
        following = int(stated[1]) if stated else number + 1
        if following <= number:
            raise broken()
        number = following
        if number - last_row > limits.max_blank_rows + 1:
            return SheetScan(frozenset(formulas), place, prefix, last_row)
        formula = _FORMULA.search(body) is not None
        if not formula and _VALUE.search(body) is None:
            continue
        if number > limits.max_rows:
            raise Problem("too_many_rows", TOO_MANY_ROWS, limit=limits.max_rows)
        last_row = number
        if formula or _needs_a_closer_look(body, number, limits):
            formulas.update(_look_at_cells(body, number, limits))
    return SheetScan(frozenset(formulas), None, prefix, last_row)


def cut_sheet(data: bytes, part: str, scan: SheetScan) -> bytes:
    """Return the package with the sheet's XML ended at ``scan.cut``, unpacked for the reader."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(result, "w") as shorter:
        for name in archive.namelist():
            if name == part:
                with archive.open(name) as stream:
                    kept = stream.read(-1 if scan.cut is None else scan.cut)
                kept += b"</%bsheetData></%bworksheet>" % (scan.prefix, scan.prefix)
                shorter.writestr(name, kept)
            elif name.casefold().endswith((".xml", ".rels")):
                shorter.writestr(name, archive.read(name))
    return result.getvalue()


def _parse(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    try:
        # The gate has refused every document type declaration, so there are no entities to expand.
        return ElementTree.fromstring(archive.read(name))  # noqa: S314
    except ElementTree.ParseError as error:
        raise broken() from error


def _local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _rows(stream: IO[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (place in the stream, attributes, content) of every row.

    The first item has place -1 and the namespace prefix of the sheet's tags in the second field.
    """
    buffer = b""
    base = 0
    prefix_known = False
    while True:
        piece = stream.read(_CHUNK)
        buffer += piece
        if not prefix_known and (found := _PREFIX.search(buffer)):
            prefix_known = True
            yield -1, found[1] or b"", b""
        starts = list(_ROW.finditer(buffer))
        end = None if piece else len(buffer)
        if prefix_known and (closing := _END_OF_DATA.search(buffer)):
            end = closing.start()
        if end is not None:
            starts = [start for start in starts if start.start() < end]
        for index, start in enumerate(starts):
            if index + 1 < len(starts):
                body_end = starts[index + 1].start()
            elif end is not None:
                body_end = end
            else:
                break
            yield base + start.start(), start[1], buffer[start.end() : body_end]
        if end is not None:
            return
        # The last row may go on in the next piece.
        keep = starts[-1].start() if starts else max(0, len(buffer) - 1024)
        if len(buffer) - keep > _LONGEST_ROW:
            raise broken()
        base += keep
        buffer = buffer[keep:]


def _needs_a_closer_look(body: bytes, number: int, limits: Limits) -> bool:
    """Whether a row may reach past the last column or claim cells of another row."""
    if body.count(b"<c") > limits.max_columns:
        return True
    if any(int(row) != number for row in set(_REFERENCE_ROWS.findall(body))):
        return True
    return any(column_number(letters.decode()) >= limits.max_columns for letters in _FAR_COLUMN.findall(body))


def _look_at_cells(body: bytes, number: int, limits: Limits) -> Iterator[tuple[int, int]]:
    """Yield the row's formula cells, and refuse values outside the allowed columns."""
    column = -1
    cells = list(_CELL.finditer(body))
    for index, cell in enumerate(cells):
        content = body[cell.end() : cells[index + 1].start() if index + 1 < len(cells) else len(body)]
        column += 1
        if reference := _REFERENCE.search(b" " + cell[1]):
            if int(reference[2]) != number:
                raise broken()
            column = column_number(reference[1].decode())
        has_formula = _FORMULA.search(content) is not None
        if column >= limits.max_columns and (has_formula or _VALUE.search(content)):
            raise Problem(
                "too_many_columns",
                TOO_MANY_COLUMNS,
                row=number,
                column=column_letter(column),
                limit=limits.max_columns,
            )
        if has_formula:
            yield number, column
