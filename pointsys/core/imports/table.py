"""The table on a sheet: where its header is, which column means what, and its data rows one after the other.

``locate`` finds it; ``layout`` is what a batch remembers of it, so that a person can correct the columns later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from pointsys.core.batches import LOG
from pointsys.core.imports.columns import REQUIRED, WHEN, Columns
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import (
    FORMULA_CELL,
    CellValue,
    HeaderMatch,
    Row,
    Workbook,
    cell,
    column_letter,
    data_rows,
    find_header,
    is_blank,
)

_YEAR = re.compile(r"(20\d\d)\s*年")

NO_HEADER = N_(
    "No row with column titles was found. Write titles such as %(titles)s above the columns, or use the template."
)
MISSING_COLUMNS = N_(
    "No column was recognised as %(titles)s. Name it so in the title row, or say which column it is."
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused or flagged: the header of the column as the user wrote it, and a text to translate."""

    column: str
    code: str
    message: str
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, column: str) -> Fault:
        """The fault that a Problem means in a column."""
        return cls(column, problem.code, problem.message, {k: str(v) for k, v in problem.params.items()})


class RowFault(Exception):
    """A row that cannot be used, with its fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@dataclass(frozen=True)
class Layout:
    """Which row holds the titles (0-based, -1 for none) and which column (0-based) each key stands for."""

    header: int
    header_rows: tuple[int, ...]
    columns: dict[str, int]
    titles: dict[str, str]
    unused: tuple[tuple[int, str], ...]
    missing: tuple[str, ...]
    date1904: bool = False
    year: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values for a batch to keep."""
        return {
            "header": self.header, "header_rows": list(self.header_rows), "columns": self.columns,
            "titles": self.titles, "unused": [list(item) for item in self.unused], "missing": list(self.missing),
            "date1904": self.date1904, "year": self.year,
        }  # fmt: skip

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Layout:
        """The layout that ``as_json`` described."""
        return cls(
            raw["header"], tuple(raw["header_rows"]), dict(raw["columns"]), dict(raw["titles"]),
            tuple((index, title) for index, title in raw["unused"]), tuple(raw["missing"]), raw["date1904"],
            raw["year"],
        )  # fmt: skip

    @property
    def match(self) -> HeaderMatch:
        """The same as ``data_rows`` takes it."""
        return HeaderMatch(
            self.header, self.columns, self.titles, self.unused, self.missing, self.header_rows
        )


@dataclass(frozen=True)
class Table:
    """The rows of a sheet with the layout of its table. Formula cells are known by (row number, column)."""

    rows: Sequence[Row]
    layout: Layout
    formulas: Collection[tuple[int, int]] = ()

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        return data_rows(self.rows, self.layout.match)


def missing_keys(kind: str, present: Collection[str]) -> tuple[str, ...]:
    """Keys of the columns that an import of ``kind`` cannot do without and that are not there."""
    missing = [key for key in REQUIRED[kind] if key not in present]
    if kind == LOG and not any(key in present for key in WHEN):
        missing.append(WHEN[0])
    return tuple(missing)


def locate(workbook: Workbook, columns: Columns, known: Mapping[str, str]) -> Layout | None:
    """Where the table is; None when no row looks like its header. ``known`` are titles mapped by hand before."""
    found = find_header(workbook.rows, columns.specs, remembered=known, ignore=columns.ignore)
    if found is None:
        return None
    return Layout(
        found.row_index,
        found.header_rows,
        dict(found.mapping),
        dict(found.titles),
        tuple(found.unmapped),
        missing_keys(columns.kind, found.mapping),
        workbook.date1904,
        _year_above(workbook.rows[: found.row_index + 1], workbook.sheet),
    )


def mapped_by_hand(
    rows: Sequence[Row], header: int, chosen: Mapping[int, str], kind: str, date1904: bool
) -> Layout:
    """The layout that a user gave: the title row (-1 for none) and the key of each column, "" for unused ones."""
    title_row = rows[header] if 0 <= header < len(rows) else []
    width = max((len(row) for row in rows[:50]), default=0)
    titles = {
        index: str(cell(title_row, index) or "").strip() or column_letter(index) for index in range(width)
    }
    mapping: dict[str, int] = {}
    for index, key in sorted(chosen.items()):
        if key and key not in mapping and index < width:
            mapping[key] = index
    return Layout(
        header if title_row else -1,
        (header,) if title_row else (),
        mapping,
        {key: titles[index] for key, index in mapping.items()},
        tuple((i, t) for i, t in titles.items() if i not in mapping.values() and t != column_letter(i)),
        missing_keys(kind, mapping),
        date1904,
        _year_above(rows[: header + 1], ""),
    )


def _year_above(rows: Sequence[Row], sheet: str) -> int | None:
    """The one year that the title above the table names, for dates such as 3月7日; None if there are several."""
    text = " ".join([sheet, *(str(value) for row in rows for value in row if isinstance(value, str))])
    years = {int(year) for year in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def require_usable(layout: Layout | None, columns: Columns) -> Layout:
    """``layout`` if it is enough to go on with; raises Problem no_header or missing_columns."""
    if layout is None:
        titles = "、".join(column.title for column in columns.columns[:4])
        raise Problem("no_header", NO_HEADER, titles=titles)
    if layout.missing:
        wanted = [column.title for key in layout.missing if (column := columns.by_key(key))]
        raise Problem("missing_columns", MISSING_COLUMNS, titles="、".join(wanted))
    return layout


class Picker:
    """Takes the cells of some columns out of a row, None for a column that the sheet does not have."""

    def __init__(self, places: Sequence[int | None]) -> None:
        self._width = max((place + 1 for place in places if place is not None), default=0)
        # The None behind the row's cells stands for columns that do not exist, and makes it two cells at least.
        wanted = [-1 if place is None else place for place in places]
        self._get: Callable[[Row], tuple[CellValue, ...]] = itemgetter(*wanted, -1)

    def __call__(self, row: Row) -> tuple[CellValue, ...]:
        """The raw cells, and one more that is None."""
        return self._get([*row, *[None] * (self._width - len(row)), None])


def known_by(values: tuple[CellValue, ...]) -> tuple[object, ...]:
    """What tells raw cells from others: 1, True and 1.0 are one key to a dictionary, and mean different things."""
    return (values, *map(type, values))


def filled(value: CellValue) -> CellValue:
    """The cell, None for one that says nothing."""
    return None if is_blank(value) else value


class Cells:
    """Access to one sheet's cells by key; a formula in a column that is used is a fault of its row."""

    def __init__(self, table: Table, columns: Columns) -> None:
        self.layout = table.layout
        self._index = table.layout.columns
        self._titles = {
            column.key: table.layout.titles.get(column.key, column.title) for column in columns.columns
        }
        used = {index: key for key, index in self._index.items()}
        self._formulas: dict[int, str] = {}
        for number, index in sorted(table.formulas):
            if index in used:
                self._formulas.setdefault(number, used[index])

    def title(self, key: str) -> str:
        """The header of a column as the user wrote it, or the template's one where there is no such column."""
        return self._titles.get(key, key)

    def picker(self, *keys: str) -> Picker:
        """A function from a row to the raw cells of some columns."""
        return Picker([self._index.get(key) for key in keys])

    def get(self, row: Row, key: str) -> CellValue:
        """The cell of a row, None when blank or without a column."""
        value = cell(row, self._index.get(key))
        return None if is_blank(value) else value

    def fault(self, key: str, problem: Problem) -> RowFault:
        """The fault that a problem with a cell makes of its row."""
        return RowFault(Fault.of(problem, self.title(key)))

    def refuse_formulas(self, number: int) -> None:
        """Raise RowFault formula_cell where a used column of the row holds one: its value may be out of date."""
        if number in self._formulas:
            raise self.fault(self._formulas[number], Problem("formula_cell", FORMULA_CELL))
