"""One call from a file of any kind to plain rows of Python values."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet.delimited import decode, limit_rows, read_delimited, read_pasted
from pointsys.kit.spreadsheet.gate import ENCRYPTED, gate
from pointsys.kit.spreadsheet.limits import (
    BROWSER,
    EMPTY,
    UNKNOWN_SHEET,
    Kind,
    Limits,
    Row,
    Source,
    broken,
    load,
)
from pointsys.kit.spreadsheet.ods import replace_content, scan_ods
from pointsys.kit.spreadsheet.ole import scan_xls
from pointsys.kit.spreadsheet.xlsx import SheetEntry, SheetScan, cut_sheet, read_book, scan_sheet

# Not RecursionError and MemoryError: those are ours, or the ceiling's.
_DAMAGE = (
    CalamineError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The rows of one sheet, and the names of all visible ones.

    ``rows[i]`` is row ``i + 1`` of the sheet, blank rows included, rows may differ in length; blank cells are
    "" or None. ``formulas`` holds (row number, 0-based column) of cells whose value was computed.
    """

    kind: Kind
    sheets: tuple[str, ...]
    sheet: str
    rows: list[Row]
    formulas: frozenset[tuple[int, int]] = frozenset()
    date1904: bool = False


def read_rows(source: Source, filename: str, limits: Limits = BROWSER, sheet: str | None = None) -> Workbook:
    """Read one sheet, by default the first visible one that is not empty, in this process.

    Raises Problem with the codes of ``gate``, and too_many_rows, too_many_columns, unknown_sheet,
    empty_workbook, bad_encoding, broken_workbook.
    """
    data = load(source, limits)
    kind = gate(data, filename, limits)
    readers = {Kind.XLSX: _read_xlsx, Kind.ODS: _read_ods, Kind.XLS: _read_xls}
    if kind not in readers:
        return _from_text(kind, read_delimited(decode(data), limits))
    with _damage_is_refused():
        return readers[kind](data, limits, sheet)


def read_text(text: str, limits: Limits = BROWSER) -> Workbook:
    """Read cells pasted from a spreadsheet or a chat; Problem as ``read_rows``."""
    load(text.encode("utf-8", "replace"), limits)
    return _from_text(Kind.TXT, read_pasted(text, limits))


def _from_text(kind: Kind, rows: list[Row]) -> Workbook:
    if not rows:
        raise Problem("empty_workbook", EMPTY)
    return Workbook(kind, (), "", rows)


def _read_xlsx(data: bytes, limits: Limits, wanted: str | None) -> Workbook:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = read_book(archive)
        visible = [entry for entry in book.sheets if entry.visible] or list(book.sheets)
        names = tuple(entry.name for entry in visible)
        entry, scan = _choose_xlsx_sheet(archive, visible, names, limits, wanted)
    if scan.cut is not None:
        data = cut_sheet(data, entry.part, scan)
    rows = _values(_open(data).get_sheet_by_name(entry.name))
    return Workbook(Kind.XLSX, names, entry.name, limit_rows(rows, limits), scan.formulas, book.date1904)


def _choose_xlsx_sheet(
    archive: zipfile.ZipFile,
    visible: Sequence[SheetEntry],
    names: tuple[str, ...],
    limits: Limits,
    wanted: str | None,
) -> tuple[SheetEntry, SheetScan]:
    _refuse_unknown(wanted, names)
    for entry in visible:
        if wanted not in (None, entry.name):
            continue
        with archive.open(entry.part) as stream:
            scan = scan_sheet(stream, limits)
        if scan.last_row:
            return entry, scan
    raise Problem("empty_workbook", EMPTY)


def _read_ods(data: bytes, limits: Limits, wanted: str | None) -> Workbook:
    scan = scan_ods(data, limits)
    if scan.content is not None:
        data = replace_content(data, scan.content)
    names, index, name, rows = _choose(_open(data), wanted)
    formulas = frozenset(scan.formulas[index]) if index < len(scan.formulas) else frozenset()
    return Workbook(Kind.ODS, names, name, limit_rows(rows, limits), formulas)


def _read_xls(data: bytes, limits: Limits, wanted: str | None) -> Workbook:
    scan = scan_xls(data)
    if scan.encrypted:
        raise Problem("encrypted", ENCRYPTED)
    names, index, name, rows = _choose(_open(data), wanted)
    formulas = frozenset(scan.formulas.get(index, ()))
    return Workbook(Kind.XLS, names, name, limit_rows(rows, limits), formulas, scan.date1904)


def _choose(book: CalamineWorkbook, wanted: str | None) -> tuple[tuple[str, ...], int, str, list[Row]]:
    """The visible sheets, and of the wanted or first filled one its place, name and rows."""
    tables = [
        (index, meta.name)
        for index, meta in enumerate(book.sheets_metadata)
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
    ] or list(enumerate(book.sheet_names))
    names = tuple(name for _, name in tables)
    _refuse_unknown(wanted, names)
    for index, name in tables:
        if wanted not in (None, name):
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.height:
            return names, index, name, _values(sheet)
    raise Problem("empty_workbook", EMPTY)


def _refuse_unknown(wanted: str | None, names: tuple[str, ...]) -> None:
    if wanted is not None and wanted not in names:
        raise Problem("unknown_sheet", UNKNOWN_SHEET, sheet=wanted[:40], sheets=", ".join(names)[:200])


def _open(data: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(data))


def _values(sheet: CalamineSheet) -> list[Row]:
    # The reader's cell types are a subset of ours; lists are invariant, hence the cast.
    return cast("list[Row]", sheet.to_python(skip_empty_area=False))


@contextmanager
def _damage_is_refused() -> Iterator[None]:
    """Whatever a parser stumbles over in there is a damaged file to the user."""
    try:
        yield
    except PasswordError as error:
        raise Problem("encrypted", ENCRYPTED) from error
    except _DAMAGE as error:
        raise broken() from error
    except BaseException as error:
        # A panic inside the Rust library arrives as a BaseException of a class that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise broken() from error
        raise
