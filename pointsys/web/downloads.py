"""Tables as files to take away: sheets for Excel and WPS, or plain text with separators."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from flask import send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.core.site import current_site
from pointsys.kit.spreadsheet import OutColumn, OutSheet, write_csv, write_workbook
from pointsys.kit.tables import Table, exported

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_WIDEST = 40


def as_sheet(name: str, table: Table, above: Sequence[str] = (), below: Sequence[str] = ()) -> OutSheet:
    """A table of figures as a sheet; hours and points become decimal numbers."""
    kinds = [column.kind for column in table.columns]
    rows = [*table.rows, *([table.total] if table.total is not None else [])]
    cells = [[exported(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows]
    columns = [
        OutColumn(
            column.title,
            kind="text" if column.kind == "text" else "date" if column.kind == "date" else "number",
            width=_width(column.title, [row[place] for row in cells]),
        )
        for place, column in enumerate(table.columns)
    ]
    return OutSheet(name, columns, cells, above, below)


def _width(title: str, values: Sequence[object]) -> int:
    """Characters a column needs; one of Chinese takes the room of two."""
    texts = [title, *(str(value) for value in values if value is not None)]
    longest = max(sum(2 if ord(char) > 0x2E80 else 1 for char in text) for text in texts)
    return min(max(longest + 2, 8), _WIDEST)


def send_sheets(name: str, sheets: Sequence[OutSheet]) -> Response:
    """The sheets as one .xlsx file called ``name``."""
    return send_bytes(sheets_file(sheets), f"{name}.xlsx")


def send_csv(name: str, sheet: OutSheet) -> Response:
    """One sheet's table as a .csv file called ``name``, without the lines above and below it."""
    return send_bytes(csv_file(sheet), f"{name}.csv")


def sheets_file(sheets: Sequence[OutSheet], footer: str = "") -> bytes:
    """The sheets as one .xlsx; ``footer`` stands at the foot of each printed page."""
    data = io.BytesIO()
    write_workbook(data, sheets, footer=footer)
    return data.getvalue()


def csv_file(sheet: OutSheet, last_line: str = "") -> bytes:
    """One sheet's table as .csv, with ``last_line`` in the first cell after a blank row."""
    data = io.BytesIO()
    write_csv(data, sheet.columns, [*sheet.rows, *([[], [last_line]] if last_line else [])])
    return data.getvalue()


def cut_off(at: datetime) -> str:
    """The sentence that says up to when figures are counted, in the reader's language."""
    return str(gettext("As of %(at)s", at=current_site().local(at).strftime("%Y-%m-%d %H:%M")))


def send_bytes(data: bytes, name: str) -> Response:
    """A file to take away; its type goes by the ending of its name."""
    kind = XLSX if name.endswith(".xlsx") else CSV
    answer: Response = send_file(io.BytesIO(data), kind, as_attachment=True, download_name=name)
    return answer
