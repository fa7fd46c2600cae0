"""The user's own sheet given back: their rows with a column that says what is wrong."""

from __future__ import annotations

import io

from sqlalchemy.orm import Session

from pointsys.core.batches import Batch
from pointsys.core.imports import staging
from pointsys.core.imports.report import sentence
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import Row, write_errors

NOTHING_KEPT = N_(
    "The rows of this import are no longer kept. Choose the file again to see what is wrong with it."
)


def error_file(
    session: Session, batch: Batch, reason_title: str, *, only_errors: bool, footer: str = ""
) -> tuple[io.BytesIO, int]:
    """An .xlsx of the rows that are kept, to correct and upload again, and how many rows; raises Problem nothing_kept.

    ``footer`` stands at the foot of each printed page.
    """
    layout = staging.layout_of(batch)
    rows: list[Row] = []
    reasons: dict[int, list[str]] = {}
    header = 0
    for row in staging.read_rows(session, batch):
        if row.cells is None:
            continue
        rows.append(row.cells)
        if layout is not None and row.number == layout.header + 1:
            header = len(rows) - 1
        if row.fault is not None:
            where = f"{row.fault.column}: " if row.fault.column else ""
            reasons[len(rows)] = [where + sentence(row.fault)]
    if not reasons:
        raise Problem("nothing_kept", NOTHING_KEPT)
    data = io.BytesIO()
    write_errors(
        data, rows, header, reasons, reason_title=reason_title, only_errors=only_errors, footer=footer
    )
    return data, len(reasons) if only_errors else max(0, len(rows) - 1)
