"""Small sheets for import tests, and short ways to import them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time

import openpyxl
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor, operator
from pointsys.core.areas.services import find_area
from pointsys.core.imports.report import ImportReport
from pointsys.core.imports.runner import import_file
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.factories import HAPPY, make_tree

Cell = str | int | float | bool | date | datetime | time | None
LOG_HEADER = ("日期", "活动名称", "活动类型", "姓名", "手机号码", "开始时间", "结束时间")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def csv_of(*rows: Sequence[object], encoding: str = "utf-8") -> bytes:
    """Rows as a .csv file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows: Sequence[Cell], epoch1904: bool = False) -> bytes:
    """Rows as an .xlsx file, as Excel would save them."""
    book = openpyxl.Workbook()
    if epoch1904:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001  a workbook's epoch has no zone
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def id_number(serial: int, birth: str = "19900307") -> str:
    """A resident identity number with a right check character."""
    digits = f"990101{birth}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def plant_tree() -> None:
    """The usual areas and kinds, committed."""
    with unit_of_work(drain=False) as session:
        make_tree(session)


def bring(
    kind: str,
    data: bytes,
    code: str = HAPPY,
    actor: Actor | None = None,
    name: str = "sheet.csv",
    **options: object,
) -> ImportReport:
    """Import a file into the area with this code."""
    with read_scope() as session:
        area = find_area(session, code)
        assert area is not None
        session.expunge(area)
    return import_file(kind, data, name, area, actor or operator(), **options)  # type: ignore[arg-type]


def people(*rows: Sequence[object], **options: object) -> ImportReport:
    """Import a roster whose first row is the header, leaving faulty rows out."""
    return bring("people", csv_of(*rows), **{"skip_errors": True, **options})  # type: ignore[arg-type]


def log(*rows: Sequence[object], header: Sequence[str] = LOG_HEADER, **options: object) -> ImportReport:
    """Import an activity sheet, leaving faulty rows out."""
    return bring("activity_log", csv_of(header, *rows), **{"skip_errors": True, **options})  # type: ignore[arg-type]


def faults(report: ImportReport) -> list[tuple[int, str, str]]:
    """(row, column, code) of every fault."""
    return [(note.row, note.fault.column, note.fault.code) for note in report.errors]


def counts(report: ImportReport) -> dict[str, int]:
    """The counts that are not 0."""
    return {verdict: number for verdict, number in report.outcome.counts.items() if number}


def one(session: Session, statement: object) -> object:
    """The one value of a query."""
    return session.execute(statement).scalar_one()  # type: ignore[call-overload]
