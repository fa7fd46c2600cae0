"""The file of an export profile: the workbook or text that another system reads, without any line of ours in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from pointsys.plugin import OutColumn, OutSheet, write_workbook

from .profiles import FIELDS, MINUTES, NUMBER, Column, Profile

# What a spreadsheet would take for a formula.
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def file_of(profile: Profile, rows: Sequence[Sequence[Any]], footer: str = "") -> bytes:
    """The file's bytes; ``footer`` stands at the foot of printed pages of a workbook."""
    if profile.file == "csv":
        return _text(profile, rows)
    columns = [_column(profile, column) for column in profile.columns]
    above = (profile.heading,) if profile.heading else ()
    data = io.BytesIO()
    write_workbook(data, [OutSheet(profile.sheet, columns, rows, above)], footer=footer)
    return data.getvalue()


def _column(profile: Profile, column: Column) -> OutColumn:
    kind = FIELDS[profile.rows].get(column.field, "")
    number = not column.words and kind in (MINUTES, NUMBER) and column.form != "hh:mm"
    return OutColumn(
        column.title, kind="number" if number else "text", width=max(10, 2 * len(column.title) + 2)
    )


def _text(profile: Profile, rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if profile.heading:
        writer.writerow([profile.heading])
    writer.writerow([column.title for column in profile.columns])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    # A character that the receiving system's encoding does not have becomes a question mark, as it would there.
    return text.getvalue().encode(profile.encoding, errors="replace")


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell
