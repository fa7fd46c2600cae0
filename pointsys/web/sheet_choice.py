"""Which sheet of an uploaded workbook is read: the first whose titles are known, and the reader is told of the rest.

A workbook often opens with a cover or a page of instructions; plugins read their uploads with ``read_table``.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash
from flask_babel import gettext

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import ColumnSpec, Workbook, find_header, read_in_subprocess

# Each sheet is read by a child of its own: a workbook of many is no reason to start so many.
_MOST_TRIED = 6


def read_table(data: bytes, filename: str, columns: Sequence[ColumnSpec]) -> Workbook:
    """Read the first sheet that has the required ``columns``, else the first that is not empty.

    Says on the reader's next page which sheets stay unread. Raises the Problems of ``read_in_subprocess``.
    """
    first = read_in_subprocess(data, filename)
    book = first if _fits(first, columns) else _fitting(data, filename, first, columns) or first
    others = [name for name in book.sheets if name != book.sheet]
    if others:
        told = gettext(
            "The sheet “%(sheet)s” was read. Not read: %(others)s. Bring each of these as a file of its own.",
            sheet=book.sheet,
            others="、".join(others),
        )
        flash(told, "warning")
    return book


def _fitting(data: bytes, filename: str, first: Workbook, columns: Sequence[ColumnSpec]) -> Workbook | None:
    for name in [name for name in first.sheets if name != first.sheet][:_MOST_TRIED]:
        try:
            book = read_in_subprocess(data, filename, sheet=name)
        except Problem:  # an empty sheet, or one too large: another may do
            continue
        if _fits(book, columns):
            return book
    return None


def _fits(book: Workbook, columns: Sequence[ColumnSpec]) -> bool:
    header = find_header(book.rows, columns)
    return header is not None and all(one.key in header.mapping for one in columns if one.required)
